"""How fast may be sent, and when to stop: pure arithmetic over what the store and the relay said."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.delivery.outcomes import Fault

AHEAD = timedelta(seconds=0.1)
"""How far ahead slots are given out: senders look more often than this, and a limit is never exceeded by more."""
SAMPLE = 40
"""Answers by which a breaker judges."""
SPIKE = 0.5
"""Share of refusals among them that trips it."""

_OURS = frozenset({Fault.POLICY, Fault.LOGIN})


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may be sent now, and when the slot after theirs begins."""

    count: int
    next_at: datetime


def grant(next_at: datetime, now: datetime, rate: float, wanted: int) -> Grant:
    """Give out up to ``wanted`` slots of ``1 / rate`` seconds that begin before ``now + AHEAD``.

    ``next_at`` is when the next free slot begins; slots of the past are gone (the generic cell rate algorithm).
    """
    start = max(next_at, now)
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


class Breaker:
    """Trips when relays refuse us rather than readers: policy, reputation, login."""

    def __init__(self) -> None:
        self._newest: deque[bool] = deque(maxlen=SAMPLE)

    def trips(self, fault: Fault) -> bool:
        """Take note of an answer; True when most of the newest ones refused us."""
        refused = fault in _OURS
        self._newest.append(refused)
        tripped = refused and len(self._newest) == SAMPLE and sum(self._newest) >= SAMPLE * SPIKE
        if tripped:
            self._newest.clear()
        return tripped
