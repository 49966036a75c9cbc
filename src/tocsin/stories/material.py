"""Once: what has to change before readers hear of a story again."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model import Reading, Reason
from tocsin.stories.events import risen_to
from tocsin.stories.features import Report

TURNED = "the story turned"
"""The reason of a new kind of happening."""

_TOLL_RISES = "toll_rises"
_RISE = 1.5
_LEAST_RISE = 3
_FIRST_COUNT = 10
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
    """What readers were last told of a story; ``most`` is the highest number of dead of all that they were told."""

    label: str
    dead: int = 0
    most: int = 0
    turns: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()


def known_of(label: str, report: Report, reading: Reading) -> Known:
    """Return what a message with ``label`` about this report tells."""
    dead = report.revised or _dead(report)
    return Known(
        label,
        dead,
        dead,
        report.concepts & _TURNS,
        frozenset(place.country for place in reading.places if place.country),
        frozenset(statement.party for statement in reading.statements if statement.party),
    )


def _dead(report: Report) -> int:
    """Return how many are dead; what a toll has risen to counts when it is not said beside the number of what."""
    counted = max((toll.value for toll in report.tolls if toll.what == "dead"), default=0)
    if counted or any(toll.what != "dead" for toll in report.tolls):
        return counted
    risen = next((one for one in report.features if one.name == _TOLL_RISES and one.words is report.words), None)
    return risen_to(report.words, risen.last) if risen else 0


def corrects(before: Known, report: Report) -> bool:
    """Tell whether a report says that fewer died than readers were told, and that it was counted wrongly before."""
    return 0 < report.revised < before.dead


def changes(before: Known, now: Known, report: Report) -> tuple[Reason, ...]:
    """Return what is materially new in ``now``: empty when readers need not hear of it."""
    found: list[Reason] = []
    if corrects(before, report):
        found.append(Reason("the toll was corrected", evidence=f"{before.dead} → {report.revised}"))
    if not before.dead and now.dead >= _FIRST_COUNT:
        found.append(Reason("a first count of the dead", evidence=str(now.dead)))
    if now.dead > before.most and before.dead and now.dead >= max(before.dead * _RISE, before.dead + _LEAST_RISE):
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
    if "correction" in report.concepts and not report.revised:
        found.append(Reason("a correction", evidence=report.headline))
    return tuple(found)


def told_with(before: Known, now: Known, report: Report) -> Known:
    """Return what readers know once they were told of ``report`` too."""
    return Known(
        label=now.label,
        dead=report.revised if corrects(before, report) else max(before.dead, now.dead),
        most=max(before.most, now.most),
        turns=before.turns | now.turns,
        countries=before.countries | now.countries,
        parties=before.parties | now.parties,
    )
