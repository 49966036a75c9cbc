"""Which relay takes how many letters: pure arithmetic over plans and over what was used, with the reason.

Quotas are counted over the last hour and the last 24 hours, in steps of five minutes: providers count so, and a clock
hour would let twice as many through around its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

STEP = timedelta(minutes=5)
HOUR_STEPS, DAY_STEPS = 12, 288
AWAY_FIRST, AWAY_LONGEST = timedelta(seconds=15), timedelta(minutes=10)
REFUSING_FOR = timedelta(minutes=15)
"""How long a relay that refuses us is left alone while others take our mail."""
UNBOUNDED = 10_000_000
"""Letters that are as good as any number; a relay that takes so many a day is warm."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A new relay's first days: ``first_day`` letters on the day it ``begins``, ``growth`` times as many each day."""

    begins: date
    first_day: int
    growth: float = 2.0

    def cap(self, day: date) -> int | None:
        """Return how many letters a day it takes; None once it is warm, and none before it begins."""
        days = (day - self.begins).days
        if days < 0:
            return 0
        grown = self.first_day * self.growth ** min(days, 200)
        return int(grown) if grown < UNBOUNDED else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operator plans for a relay. ``share`` is its weight among those that can take more."""

    name: str
    share: float = 1.0
    per_hour: int | None = None
    per_day: int | None = None
    warm_up: WarmUp | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a relay stands: letters in the last hour and the last 24 hours; until when it is away, and why."""

    hour: int = 0
    day: int = 0
    away_until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many letters a relay may take now; ``reason`` says why not more."""

    name: str
    count: int
    reason: str


def room_of(plan: Plan, standing: Standing, now: datetime) -> Allowance:
    """Return how many letters a relay could take now, whatever the others do."""
    if standing.away_until is not None and standing.away_until > now:
        return Allowance(plan.name, 0, f"away until {standing.away_until:%H:%M:%S} UTC: {standing.reason}")
    warm = plan.warm_up.cap(now.astimezone(UTC).date()) if plan.warm_up else None
    caps = [
        (plan.per_hour, standing.hour, "an hour"),
        (plan.per_day, standing.day, "a day"),
        (warm, standing.day, "a day while it warms up"),
    ]
    rooms = [
        (max(0, cap - used), f"{used:,} of {cap:,} {span} are used") for cap, used, span in caps if cap is not None
    ]
    room, reason = min(rooms, default=(UNBOUNDED, "no quota"))
    return Allowance(plan.name, room, reason)


def share_out(
    plans: Sequence[Plan], standings: Mapping[str, Standing], want: int, now: datetime
) -> tuple[Allowance, ...]:
    """Share ``want`` letters out by weight among the relays that can take some; what one can't take, others do.

    Of a remainder the relay gets most that has done least of its share lately: so that a small share gets its turn even
    if letters come one by one.
    """
    rooms = {plan.name: room_of(plan, standings.get(plan.name, Standing()), now) for plan in plans}
    counts = dict.fromkeys(rooms, 0)
    while left := want - sum(counts.values()):
        able = [plan for plan in plans if rooms[plan.name].count > counts[plan.name] and plan.share > 0]
        able = able or [plan for plan in plans if rooms[plan.name].count > counts[plan.name]]
        if not able:
            break
        for plan, part in _parts(able, standings, left):
            counts[plan.name] += min(part, rooms[plan.name].count - counts[plan.name])
    return tuple(
        Allowance(name, counts[name], room.reason if counts[name] == room.count else "its share")
        for name, room in rooms.items()
    )


def _parts(able: Sequence[Plan], standings: Mapping[str, Standing], left: int) -> list[tuple[Plan, int]]:
    total = sum(plan.share for plan in able) or float(len(able))
    parts = {plan.name: int(left * (plan.share or 1.0) / total) for plan in able}
    rest = left - sum(parts.values())
    behind = sorted(able, key=lambda plan: standings.get(plan.name, Standing()).hour / (plan.share or 1.0))
    for plan in (behind * (rest // len(behind) + 1))[:rest]:
        parts[plan.name] += 1
    return [(plan, parts[plan.name]) for plan in able]


def away_for(failures: int) -> timedelta:
    """Return how long a relay that could not be reached for the n-th time in a row is left alone."""
    doubled: timedelta = AWAY_FIRST * 2.0 ** min(failures - 1, 10)
    return min(doubled, AWAY_LONGEST)


def step_of(at: datetime) -> int:
    """Return the number of the five minutes that an instant is in."""
    return int(at.timestamp()) // int(STEP.total_seconds())


def next_step(now: datetime) -> datetime:
    """Return when the next five minutes begin: quotas have no more room before."""
    return datetime.fromtimestamp((step_of(now) + 1) * STEP.total_seconds(), UTC)
