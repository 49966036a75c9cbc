from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories.reports import NOON, article, source, unread
from tocsin.alerts.route import route_sources
from tocsin.model import Article, Band, Reading, Route, Source, VersionKind
from tocsin.reading.reader import read
from tocsin.stories.core import Core, Decision
from tocsin.stories.rules import Rules

ATTACK = "At least 40 people killed as gunman opens fire on concert in Lindholm, police say"
HALF_HOUR = timedelta(minutes=30)
RULES = Rules(update_gap_minutes=30)
WIRES = {
    name: source(name, tier=tier, **more)
    for name, tier, more in (
        *(("Agency", 1, {"may_alert_alone": True}), ("Daily", 2, {}), ("Herald", 2, {}), ("Blog", 4, {})),
        ("Quakes", 1, {"remit": ("earthquakes",)}),
    )
}


class Desk:
    """A core that is told reports minute by minute."""

    def __init__(self, sources: Mapping[str, Source] = WIRES, rules: Rules = RULES) -> None:
        self.core = Core(rules, sources, unread, route_sources)
        self.told = 0

    def hear(self, title: str, minute: float = 0, by: str = "Agency", **more: Any) -> Decision:
        self.told += 1
        at = NOON + timedelta(minutes=minute)
        published = more.pop("published", at.isoformat())
        one = article(title, key=str(self.told), source=by, published=published, **more)
        return self.core.observe(one, at, primed=True)


def test_a_trusted_source_alerts_alone_and_at_once() -> None:
    decision = Desk().hear(ATTACK)
    assert decision.verdict.route is Route.SEND
    assert decision.message is not None
    assert decision.message.kind is VersionKind.ALERT
    assert decision.message.lead.title == ATTACK


def test_an_unknown_source_is_held_never_sent() -> None:
    decision = Desk(sources={}).hear(ATTACK, by="nobody")
    assert decision.verdict.route is Route.HOLD
    assert decision.verdict.label == "One report"


def test_many_unknown_sources_are_still_held() -> None:
    desk = Desk(sources={})
    routes = {desk.hear(ATTACK, minute, by=f"nobody {minute}").verdict.route for minute in range(6)}
    assert Route.SEND not in routes


def test_a_second_known_origin_turns_the_hold_into_a_sending() -> None:
    desk = Desk()
    held = desk.hear(ATTACK, by="Blog")
    sent = desk.hear("Gunman kills at least 40 at concert in Lindholm", 4, by="Daily")
    assert held.message is not None
    assert held.message.route is Route.HOLD
    assert sent.message is not None
    assert (sent.message.route, sent.message.promotes, sent.message.story) == (Route.SEND, True, held.message.story)


def test_the_same_again_says_nothing() -> None:
    desk = Desk()
    desk.hear(ATTACK)
    again = desk.hear("Gunman kills 40 at Lindholm concert: police", 50, by="Daily")
    assert again.message is None
    assert again.verdict.route is Route.DIGEST


def test_a_toll_that_doubles_is_an_update_but_not_within_minutes() -> None:
    desk = Desk()
    first = desk.hear(ATTACK)
    soon = desk.hear("Lindholm concert shooting: at least 85 people killed, police say", 5, by="Daily")
    later = desk.hear("Lindholm concert shooting: at least 90 people killed, police say", 45, by="Daily")
    assert soon.message is None
    assert later.message is not None
    assert first.message is not None
    assert (later.message.kind, later.message.story) == (VersionKind.UPDATE, first.message.story)


def test_a_grave_turn_waits_for_no_gap() -> None:
    desk = Desk()
    quake = desk.hear("Earthquake of magnitude 7.8 strikes Chile, at least 40 people killed")
    turned = desk.hear("President of Chile killed as helicopter crashes after earthquake", 10, by="Daily")
    assert quake.message is not None
    assert turned.message is not None
    assert (turned.message.kind, turned.message.story) == (VersionKind.UPDATE, quake.message.story)


def test_another_grave_event_in_the_same_place_is_an_alert_hours_later() -> None:
    desk = Desk()
    desk.hear(ATTACK)
    other = desk.hear("Train derails near Lindholm, at least 50 dead", 200, by="Agency")
    assert other.message is not None
    assert other.message.kind is VersionKind.ALERT


def test_a_toll_that_rises_hours_later_is_an_update() -> None:
    desk = Desk()
    first = desk.hear(ATTACK)
    later = desk.hear("Death toll in Lindholm concert shooting rises to 85", 600)
    assert first.message is not None
    assert later.message is not None
    assert (later.message.kind, later.message.story) == (VersionKind.UPDATE, first.message.story)


def test_a_toll_that_officials_lower_is_a_correction_however_few_points_it_has() -> None:
    desk = Desk()
    first = desk.hear(ATTACK)
    later = desk.hear("Lindholm concert: hospital corrects number of dead to 31", 20, by="Daily")
    assert later.verdict.score < RULES.alert
    assert (later.verdict.label, later.verdict.band) == ("Corrected", first.verdict.band)
    assert first.message is not None
    assert later.message is not None
    assert (later.message.kind, later.message.story) == (VersionKind.CORRECTION, first.message.story)


def test_the_same_correction_by_others_and_a_late_count_are_not_told() -> None:
    desk = Desk()
    desk.hear(ATTACK)
    desk.hear("Officials lower death toll of Lindholm concert shooting to 31", 20, by="Daily")
    again = desk.hear("Death toll in Lindholm concert shooting revised to 31 from 40", 90, by="Herald")
    late = desk.hear("Gunman kills 22 at concert in Lindholm", 95, by="Daily")
    assert (again.message, late.message) == (None, None)


def test_the_correction_of_what_was_held_is_held_itself() -> None:
    desk = Desk()
    desk.hear(ATTACK, by="Blog")
    later = desk.hear("Officials lower death toll of Lindholm concert shooting to 31", 20, by="Blog")
    assert later.message is not None
    assert (later.message.kind, later.message.route) == (VersionKind.CORRECTION, Route.HOLD)


def test_updates_end() -> None:
    desk = Desk()
    titles = [f"Lindholm concert shooting: at least {40 * 2**i} people killed, police say" for i in range(8)]
    messages = [desk.hear(title, 40 * i).message for i, title in enumerate(titles)]
    assert sum(message is not None for message in messages) <= 1 + RULES.updates_most


def test_undated_and_old_reports_are_dropped() -> None:
    for published in (None, "2026-03-01", (NOON - timedelta(hours=9)).isoformat()):
        assert Desk().hear(ATTACK, published=published).verdict.route is Route.DROP


def test_a_report_with_todays_date_and_no_hour_goes_to_a_person() -> None:
    verdict = Desk().hear(ATTACK, published="2026-03-02").verdict
    assert verdict.route is Route.HOLD
    assert [reason.evidence for reason in verdict.reasons if reason.name == "its hour is known"] == [
        "only a date: 2026-03-02"
    ]


def test_a_first_fetch_alerts_nobody() -> None:
    core = Core(RULES, WIRES, unread, route_sources)
    assert core.observe(article(ATTACK, source="Agency"), NOON, primed=False).message is None


def test_a_named_persons_death_goes_to_a_person_even_from_a_trusted_source() -> None:
    decision = Desk().hear("Former president dies at 92, family says", by="Agency")
    assert decision.verdict.route in {Route.HOLD, Route.DIGEST}


def test_a_burst_of_alerts_is_held() -> None:
    titles = [
        "At least 90 people killed as express train derails near Lindholm",
        "Army seizes power in Freedonia and declares martial law",
        "Magnitude 8.2 earthquake strikes off Ostrava coast, tsunami warning, 60 dead",
        "Airliner with 180 aboard crashes after takeoff from Nagoya, dozens dead",
        "Gunmen storm hotel in Cartagena, hostages taken, at least 25 killed",
        "Ferry sinks off Windhoek harbour, 70 dead, 100 missing",
    ]
    desk = Desk()
    routes = [desk.hear(title, i).verdict.route for i, title in enumerate(titles)]
    assert routes[:3] == [Route.SEND] * 3
    assert routes[-1] is Route.HOLD


def test_the_verdict_names_its_reasons_with_words() -> None:
    verdict = Desk().hear(ATTACK).verdict
    by_name = {reason.name: reason for reason in verdict.reasons}
    assert verdict.band is Band.FLASH
    assert by_name["attack + deaths"].evidence
    assert by_name["supported"].holds


def test_reading_is_asked_only_for_what_comes_near_an_alert() -> None:
    asked: list[str] = []

    def reading_of(one: Article) -> Reading:
        asked.append(one.title)
        return Reading("en")

    core = Core(RULES, WIRES, reading_of, route_sources)
    core.observe(article("Ten tips for better sleep", source="Daily"), NOON)
    assert asked == []
    core.observe(article(ATTACK, key="2", source="Daily"), NOON)
    assert ATTACK in asked


titles = st.sampled_from(
    [
        ATTACK,
        "Gunman kills 40 at Lindholm concert",
        "Magnitude 8 earthquake strikes Chile, dozens dead",
        "Ferry sinks off Greece, 60 missing",
        "Prime minister resigns",
        "Cat learns to surf",
        "Lindholm attacker shot dead",
        "Correction: 30 killed in Lindholm, not 40",
    ]
)
rows = st.lists(st.tuples(titles, st.integers(0, 90), st.sampled_from([*WIRES, "nobody"])), max_size=14)


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(0, 14))
def test_cutting_a_stream_leaves_every_earlier_decision_unchanged(stream: list[tuple[str, int, str]], cut: int) -> None:
    def decisions(part: list[tuple[str, int, str]]) -> list[Decision]:
        desk, minute, made = Desk(), 0, []
        for title, gap, by in part:
            minute += gap
            made.append(desk.hear(title, minute, by))
        return made

    assert decisions(stream)[:cut] == decisions(stream[:cut])


def test_the_rules_are_the_ones_given() -> None:
    silent = replace(RULES, alert=98.0, flash=99.0)
    assert Desk(rules=silent).hear("Prime minister resigns").message is None


def test_a_core_restored_midway_decides_as_one_that_ran_on_for_days() -> None:
    texts = (ATTACK, "Gunman kills 40 at Lindholm concert", "Ferry sinks off Samos, 12 feared dead", "Harvest begins")
    heard = [
        replace(
            article(f"{title} {number}", key=f"{title} {number}", source=by, published=at.isoformat()),
            text=f"{title}. The {number} reporters of {by} were told so by the mayor, who spoke at the town hall.",
        )
        for number in range(40)
        for at in (NOON + number * timedelta(hours=4),)
        for title, by in zip(texts, ("Daily", "Herald", "Blog", "Daily"), strict=True)
    ]
    times = [at + timedelta(seconds=place) for place, one in enumerate(heard) if (at := one.published_at)]
    for cut in (1, 61, 119):
        running = Core(RULES, WIRES, read, route_sources)
        for pair in zip(heard[:cut], times, strict=False):
            running.observe(*pair)
        snapshot, named = running.snapshot(), running.articles()
        restored = Core(RULES, WIRES, read, route_sources)
        restored.restore(snapshot, {one.id: one for one in heard if one.id in named})
        later = list(zip(heard[cut:], times[cut:], strict=True))
        assert [restored.observe(*pair) for pair in later] == [running.observe(*pair) for pair in later]
        assert restored.snapshot() == running.snapshot()
