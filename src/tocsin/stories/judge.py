"""The verdict: gates first, then points, each with the words or facts it stood on."""

from __future__ import annotations

import math

import msgspec

from tocsin.model import Article, Reading, Reason, Source
from tocsin.stories.baseline import Velocity
from tocsin.stories.features import Report
from tocsin.stories.rules import Rules

_MANY_MESSAGES = 3

_NAMED = ("leader", "official", "celebrity", "known_leader", "militant_leader", "someone")
_HIGH_HARM = (
    ("death_of", _NAMED, "a named person's death"),
    ("deaths", ("leader", "celebrity", "known_leader", "militant_leader"), "a named person's death"),
    ("missile", ("strike", "attack", "emergency", "war"), "incoming missiles"),
    ("claim", (), "blame for an attack"),
    ("call", (), "an election call"),
    ("winning", ("election", "presidency"), "an election call"),
    ("market", ("first", "decision", "level"), "market-moving"),
    ("rates", ("central_bank",), "market-moving"),
    ("bankruptcy", (), "market-moving"),
)


class StoryFacts(msgspec.Struct, frozen=True, gc=False):
    """What is known of a story beside the words of its newest article."""

    velocity: Velocity | None = None
    origins: int = 1
    known_origins: int = 0


def high_harm(report: Report) -> str:
    """Return which kind of news this is that needs two origins and a person; empty for none (DESIGN, decision 8)."""
    for concept, with_any, kind in _HIGH_HARM:
        if concept in report.concepts and (not with_any or report.concepts & set(with_any)):
            return kind
    return ""


def story_points(
    article: Article, report: Report, reading: Reading, source: Source, facts: StoryFacts, rules: Rules
) -> tuple[Reason, ...]:
    """Return the points a story has beside its words: urgency, velocity, origins, and a party alone."""
    found = (
        _urgency(article, report, source, rules),
        _velocity(facts.velocity, rules),
        _origins(facts.known_origins, rules),
        _only_a_party(facts, reading, rules),
    )
    return tuple([reason for reason in found if reason])


def busy_day(alerts: int, rules: Rules) -> tuple[Reason, ...]:
    """Return the points that a day with many alerts takes off: readers expect two to eight, so each further one must
    deserve more than the one before.
    """
    over = alerts - rules.alerts_a_day
    if over <= 0:
        return ()
    return (Reason("a busy day", points=round(-rules.busy_points * over, 1), evidence=f"{alerts} alerts in 24 hours"),)


def worn_subject(messages: int, rules: Rules) -> tuple[Reason, ...]:
    """Return the points that earlier messages on the same subject take off, more for each: one event is no storm."""
    if not messages:
        return ()
    points = rules.subject_points * (messages + max(0, messages - _MANY_MESSAGES))
    evidence = f"{messages} messages on it in {rules.subject_hours:g} hours"
    return (Reason("the same subject", points=round(-points, 1), evidence=evidence),)


def _urgency(article: Article, report: Report, source: Source, rules: Rules) -> Reason | None:
    if article.urgency == 1 and source.known:
        return Reason("wire urgency", points=rules.wire_flash_points, evidence="urgency 1")
    if article.urgency == 2 and source.known:
        return Reason("wire urgency", points=rules.wire_bulletin_points, evidence="urgency 2")
    if source.known and "breaking" in report.concepts:
        return Reason("marked as breaking", points=rules.breaking_points, evidence=report.headline[:60])
    return None


def _velocity(velocity: Velocity | None, rules: Rules) -> Reason | None:
    if velocity is None or velocity.families < rules.velocity_families:
        return None
    points = min(rules.velocity_points, -5.0 * math.log10(velocity.tail))
    evidence = (
        f"{velocity.families} publishers within {velocity.minutes} min, {velocity.expected:.2f} expected "
        f"(baseline of {velocity.weeks:.1f} weeks)"
    )
    return Reason("velocity", points=round(points, 1), evidence=evidence) if points >= 1 else None


def _origins(known: int, rules: Rules) -> Reason | None:
    if known < 2:
        return None
    points = rules.third_origin_points if known > 2 else rules.second_origin_points
    return Reason("independent origins", points=points, evidence=f"{known} of known publishers")


def _only_a_party(facts: StoryFacts, reading: Reading, rules: Rules) -> Reason | None:
    if facts.origins > 1 or not reading.statements:
        return None
    parties = {statement.party for statement in reading.statements}
    if None in parties or len(parties) > 1:
        return None
    return Reason(
        "only a party says so", points=rules.only_a_party_points, evidence=reading.statements[0].speaker or ""
    )
