"""Once: what has to change before readers hear of a story again."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model import Reading, Reason
from tocsin.stories.features import Report

TURNED = "the story turned"
"""The reason of a new kind of happening."""

_RISE = 1.5
_LEAST_RISE = 3
# Happenings that turn a story: readers who heard of a siege want to hear that it ended, of a vote that it was lost.
_TURNS = frozenset(
    (
        *("deaths", "attack", "strike", "captured", "missile", "disaster", "wreck", "hostage", "coup"),
        *("exit", "arrest", "verdict", "call", "decision", "peace", "rupture", "outage", "cyber", "freed"),
        *("death_of", "claim"),
    )
)


@dataclass(frozen=True, slots=True)
class Known:
    """What readers were last told of a story."""

    label: str
    dead: int = 0
    turns: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()


def known_of(label: str, report: Report, reading: Reading) -> Known:
    """Return what a message with ``label`` about this report tells."""
    return Known(
        label,
        max((toll.value for toll in report.tolls if toll.what == "dead"), default=0),
        report.concepts & _TURNS,
        frozenset(place.country for place in reading.places if place.country),
        frozenset(statement.party for statement in reading.statements if statement.party),
    )


def changes(before: Known, now: Known, report: Report) -> tuple[Reason, ...]:
    """Return what is materially new in ``now``: empty when readers need not hear of it."""
    found: list[Reason] = []
    if now.dead >= max(before.dead * _RISE, before.dead + _LEAST_RISE) and before.dead:
        found.append(Reason("the toll rose by half", evidence=f"{before.dead} → {now.dead}"))
    if now.label != before.label and now.label.startswith(("Confirmed", "Disputed", "Corrected")):
        found.append(Reason("the label changed", evidence=f"{before.label} → {now.label}"))
    if turns := now.turns - before.turns:
        found.append(Reason(TURNED, evidence=", ".join(sorted(turns))))
    if before.countries and (places := now.countries - before.countries):
        found.append(Reason("a new place", evidence=", ".join(sorted(places))))
    if before.parties and (parties := now.parties - before.parties):
        found.append(Reason("a new party speaks", evidence=", ".join(sorted(parties))))
    if "denied" in report.concepts:
        found.append(Reason("a denial", evidence=report.headline))
    if "correction" in report.concepts:
        found.append(Reason("a correction", evidence=report.headline))
    return tuple(found)


def told_with(before: Known, now: Known) -> Known:
    """Return what readers know once both were told."""
    return Known(
        label=now.label,
        dead=max(before.dead, now.dead),
        turns=before.turns | now.turns,
        countries=before.countries | now.countries,
        parties=before.parties | now.parties,
    )
