"""How fast may be sent: pure arithmetic over what the store and the relay said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

AHEAD = timedelta(seconds=0.25)
"""How far ahead slots are given out: senders look more often than this, and a limit is never exceeded by more."""
LATE = timedelta(seconds=1)
"""How long a slot that nobody took in time may still be taken: senders that are held up do not make a limit lower."""

FURTHEST = timedelta(minutes=31)
"""Nothing is held back for longer (a domain that refuses us: half an hour); what says so is of before the clock was set
back, and holds nothing."""


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may be sent now, and when the slot after theirs begins."""

    count: int
    next_at: datetime


def grant(next_at: datetime, now: datetime, rate: float, wanted: int) -> Grant:
    """Give out up to ``wanted`` slots of ``1 / rate`` seconds that begin before ``now + AHEAD``.

    ``next_at`` is when the next free slot begins; slots of more than ``LATE`` ago are gone (the generic cell rate
    algorithm).
    """
    start = next_at if now - LATE <= next_at <= now + FURTHEST else now
    room = int((now + AHEAD - start).total_seconds() * rate) + 1 if start <= now + AHEAD else 0
    count = min(wanted, room)
    return Grant(count, start + timedelta(seconds=count / rate) if count else next_at)


@dataclass(frozen=True, slots=True)
class Bound:
    """What sending can't be faster than: ``readers`` of whom ``per_second`` are reached. ``name`` says what it is."""

    name: str
    readers: int
    per_second: float

    @property
    def seconds(self) -> float:
        """How long it takes for all of them."""
        return self.readers / self.per_second


def slowest(bounds: Iterable[Bound]) -> Bound | None:
    """Return the bound that decides when the last reader is reached: all hold at once, so it is the longest one."""
    return max(bounds, key=lambda bound: bound.seconds, default=None)
