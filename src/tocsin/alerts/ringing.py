"""When and whom to ring: at once, again every two minutes, and after three times everybody who can be rung."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

AGAIN = timedelta(minutes=2)
SEEN_FOR = timedelta(minutes=10)
"""Somebody who is on it has so long before it rings again."""
ESCALATE_AFTER = 3


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody's time on duty and the channel that rings them (a webhook, an ntfy topic, a browser, …)."""

    person: str
    since: datetime
    until: datetime
    url: str

    def covers(self, at: datetime) -> bool:
        """Tell whether the shift covers an instant; its end belongs to the next one."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Ring:
    """Whom to ring now (nobody: it is not time, or there is nobody), and why them."""

    to: tuple[Shift, ...]
    reason: str


def ring_of(
    rota: tuple[Shift, ...], now: datetime, *, times: int, last_at: datetime | None, seen_at: datetime | None = None
) -> Ring:
    """Return whom a cause rings that has rung ``times`` times, the last at ``last_at``; ``seen_at``: somebody is on it.

    First those on duty; from the fourth ring on, or with nobody on duty, everybody in the rota, each channel once.
    """
    if last_at is not None and now - last_at < AGAIN:
        return Ring((), "rung just now")
    if seen_at is not None and now - seen_at < SEEN_FOR:
        return Ring((), "somebody is on it")
    on_duty = tuple(shift for shift in rota if shift.covers(now))
    if on_duty and times < ESCALATE_AFTER:
        return Ring(_once(on_duty), "on duty")
    everybody = _once((*on_duty, *rota))
    return Ring(everybody, "nobody has answered" if on_duty else "nobody is on duty")


def _once(shifts: tuple[Shift, ...]) -> tuple[Shift, ...]:
    return tuple({shift.url: shift for shift in reversed(shifts)}.values())[::-1]
