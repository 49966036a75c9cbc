"""Velocity: how unusual it is that so many publishers report one story so fast, against the hour of the week."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURS_OF_A_WEEK = 168
_PRIOR_HOURS = 4.0
# The part of all items that one ordinary story draws: with hundreds of stories a day, about one item in a hundred.
_SHARE_OF_A_STORY = 0.01
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Velocity:
    """How fast a story is: ``families`` within ``minutes``, ``expected`` at that hour, ``tail`` the Poisson chance.

    ``weeks`` is the length of the recorded baseline: it is stated, never silently shorter than assumed.
    """

    families: int
    minutes: int
    expected: float
    tail: float
    weeks: float


@dataclass(frozen=True, slots=True)
class BaselineState:
    """What a baseline counted: whole hours, the one that runs, and when it began."""

    hours: list[tuple[datetime, int]]
    current: tuple[datetime, int] | None
    begun: datetime | None


class Baseline:
    """Counts items per hour of the week over a recorded window, in bounded memory."""

    def __init__(self, window: timedelta = timedelta(weeks=4)) -> None:
        self._window = window
        self._hours: deque[tuple[datetime, int]] = deque()
        self._items = [0] * HOURS_OF_A_WEEK
        self._seen = [0] * HOURS_OF_A_WEEK
        self._current: tuple[datetime, int] | None = None
        self._begun: datetime | None = None

    def saw(self, at: datetime) -> None:
        """Count one item at ``at``; only whole hours that have ended enter the baseline."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        self._begun = self._begun or hour
        if self._current and self._current[0] == hour:
            self._current = (hour, self._current[1] + 1)
            return
        if self._current:
            self._close(self._current, hour)
        self._current = (hour, 1)

    def state(self) -> BaselineState:
        """Return what was counted."""
        return BaselineState(list(self._hours), self._current, self._begun)

    def resume(self, state: BaselineState) -> None:
        """Take up what was counted."""
        self._hours, self._current, self._begun = deque(state.hours), state.current, state.begun
        for hour, items in state.hours:
            self._items[_slot(hour)] += items
            self._seen[_slot(hour)] += 1

    def weeks(self, at: datetime) -> float:
        """Return how many weeks the baseline covers at ``at``."""
        return 0.0 if self._begun is None else min(self._window, at - self._begun) / timedelta(weeks=1)

    def per_hour(self, at: datetime) -> float:
        """Return the items expected in the hour of the week of ``at``, shrunk to the overall mean where it is thin."""
        total, seen = sum(self._items), sum(self._seen)
        mean = total / seen if seen else 1.0
        slot = _slot(at)
        return (self._items[slot] + _PRIOR_HOURS * mean) / (self._seen[slot] + _PRIOR_HOURS)

    def _close(self, done: tuple[datetime, int], now: datetime) -> None:
        hour, items = done
        while hour < now and now - hour <= self._window:
            self._hours.append((hour, items))
            self._items[_slot(hour)] += items
            self._seen[_slot(hour)] += 1
            hour, items = hour + timedelta(hours=1), 0
        while self._hours and now - self._hours[0][0] > self._window:
            old, count = self._hours.popleft()
            self._items[_slot(old)] -= count
            self._seen[_slot(old)] -= 1


def velocity_of(firsts: Collection[datetime], baseline: Baseline, at: datetime, minutes: int) -> Velocity | None:
    """Return the velocity of a story from the first report of each family of publishers; None for a single one."""
    if len(firsts) < _FEWEST:
        return None
    since = at - timedelta(minutes=minutes)
    families = sum([first >= since for first in firsts])
    if families < _FEWEST:
        return None
    expected = _SHARE_OF_A_STORY * baseline.per_hour(at) * minutes / 60
    return Velocity(families, minutes, expected, poisson_tail(families, expected), baseline.weeks(at))


def poisson_tail(count: int, expected: float) -> float:
    """Return the chance of ``count`` or more events where ``expected`` are expected (Poisson); at least 1e-12."""
    if count <= 0:
        return 1.0
    term = math.exp(-expected)
    below = term
    for k in range(1, count):
        term *= expected / k
        below += term
    return min(1.0, max(1e-12, 1.0 - below))


def _slot(at: datetime) -> int:
    return at.weekday() * 24 + at.hour
