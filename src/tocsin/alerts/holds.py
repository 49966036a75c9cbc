"""Holds: how long a version waits for an editor before it is too old to be news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model import VersionKind

# Evidence §5: a hold expires in 20 min; by then half the field has told the story (the fourth owner comes at 30).
HOLD = timedelta(minutes=20)
# Nobody wants to send yesterday's news because somebody at last looked at the desk.
STALE = timedelta(minutes=60)
# Who has opened a hold must not lose it while reading: it then lasts at least this much longer.
GRACE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when a version waits, None for ever, and why then."""

    until: datetime | None
    reason: str


def hold_of(kind: VersionKind, decided_at: datetime, published_at: datetime | None, lasts: timedelta = HOLD) -> Hold:
    """Return how long a version waits that was decided at ``decided_at``; ``lasts`` is what the rules say.

    A correction or withdrawal never expires: what readers were told wrongly stays wrong. Otherwise ``lasts``, less when
    the news is ``STALE`` before that, but never less than ``GRACE``.
    """
    if kind in {VersionKind.CORRECTION, VersionKind.WITHDRAWAL}:
        return Hold(None, "a correction stays due")
    until = decided_at + lasts
    if published_at is not None and published_at + STALE < until:
        return Hold(max(published_at + STALE, decided_at + GRACE), "the news grows stale")
    return Hold(until, f"a hold lasts {lasts / timedelta(minutes=1):g} minutes")


def is_over(until: datetime | None, now: datetime) -> bool:
    """Tell whether a hold's time is over, also while nobody has noted that yet."""
    return until is not None and until <= now


def nearly_over(until: datetime | None, now: datetime) -> bool:
    """Tell whether less than ``GRACE`` is left of a hold that is not over."""
    return until is not None and now < until < now + GRACE


def opened(hold: Hold, now: datetime) -> Hold:
    """Return the hold after an editor opened it at ``now``: at least ``GRACE`` is left."""
    if not nearly_over(hold.until, now):
        return hold
    return Hold(now + GRACE, "an editor has opened it")
