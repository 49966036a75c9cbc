"""When a source is due: pure decisions with their reason.

The rate of asking is proportional to the square root of a source's activity (half the delay of asking in proportion to
activity itself: Sia, Cho and Cho, 2007), below a ceiling for its tier, since a quiet authority matters most.
What a server answers may slow Tocsin down, never speed it up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.model import Source

SHORTEST_S = 5.0
"""No source is asked more often than this, however lively it is."""

BURST_S = 15.0
"""The longest wait for a source of a live story."""

FIRST_BACKOFF_S = 30.0
"""The wait after one error, whatever the tier: most are over by then, and news of a lively source is lost meanwhile."""

LONGEST_BACKOFF_S = 3600.0
"""A failing source is still asked once an hour."""

LONGEST_SERVER_WAIT_S = 86400.0
"""A server can ask for a day's rest, not for more."""

_ACTIVITY_HALF_LIFE_S = 6 * 3600.0
_LEAST_RATE = 1 / (7 * 86400)  # an item a week: what is assumed of a silent source, so that it keeps a share


class Tier(StrEnum):
    """How long news of a source may stay unseen."""

    HOT = "hot"
    OFFICIAL = "official"
    OTHER = "other"

    @property
    def ceiling_s(self) -> float:
        """Longest wait between two requests, in seconds."""
        return {Tier.HOT: 30.0, Tier.OFFICIAL: 60.0, Tier.OTHER: 600.0}[self]


@dataclass(frozen=True, slots=True)
class Load:
    """What all sources share: the sum of the square roots of their rates (items/s), and requests per second at most."""

    root_rates: float
    requests_per_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of one source's rhythm.

    ``rate`` is its activity in items per second; ``asked`` the last request, None before the first; ``failures`` the
    errors in a row; ``not_before`` the instant a server asked to wait for (Retry-After, 429, max-age).
    """

    rate: float = _LEAST_RATE
    asked: datetime | None = None
    failures: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When to ask next, and why then."""

    at: datetime
    reason: str


def tier_of(source: Source) -> Tier:
    """Return the tier: hot when it may alert alone, official for an authority, else other."""
    if source.may_alert_alone:
        return Tier.HOT
    return Tier.OFFICIAL if source.tier == 1 or source.remit else Tier.OTHER


def next_due(
    tier: Tier,
    pace: Pace,
    load: Load,
    now: datetime,
    *,
    luck: float,
    burst: bool = False,
    host_free_at: datetime | None = None,
) -> Due:
    """Return when to ask a source next.

    ``luck`` in [0, 1) spreads the retries of failing sources; ``burst`` is True while a story it reports on is live;
    ``host_free_at`` is when its host may be asked again (spacing between requests to one host).
    """
    due = _by_rhythm(tier, pace, load, now, luck=luck, burst=burst)
    if pace.not_before is not None and pace.not_before > due.at:
        longest = (pace.asked or now) + timedelta(seconds=LONGEST_SERVER_WAIT_S)
        due = Due(max(due.at, min(pace.not_before, longest)), "the server asked to wait")
    if host_free_at is not None and host_free_at > due.at:
        due = Due(host_free_at, "its host was asked a moment ago")
    return due


def _by_rhythm(tier: Tier, pace: Pace, load: Load, now: datetime, *, luck: float, burst: bool) -> Due:
    if pace.asked is None:
        return Due(now, "never asked before")
    if pace.failures:
        wait = backoff_s(pace.failures, FIRST_BACKOFF_S, luck)
        return Due(_later(pace.asked, wait), f"{pace.failures} errors in a row" if pace.failures > 1 else "an error")
    wait = interval_s(pace.rate, load)
    limit, why = (BURST_S, "a story it reports on is live") if burst else (tier.ceiling_s, f"ceiling of tier {tier}")
    if wait >= limit:
        return Due(_later(pace.asked, limit), why)
    return Due(_later(pace.asked, max(wait, SHORTEST_S)), "its activity")


def interval_s(rate: float, load: Load) -> float:
    """Return the seconds between two requests whose rate is this source's share by the square root of its activity."""
    return load.root_rates / (load.requests_per_s * math.sqrt(max(rate, _LEAST_RATE)))


def backoff_s(failures: int, first_s: float, luck: float) -> float:
    """Return the wait after errors in a row: doubling from ``first_s``, spread over [half, whole] by ``luck``."""
    whole = min(math.ldexp(first_s, min(failures - 1, 32)), LONGEST_BACKOFF_S)
    return whole * (0.5 + 0.5 * luck)


def learned_rate(rate: float, arrived: int, elapsed_s: float) -> float:
    """Return the activity in items per second after ``arrived`` new items in ``elapsed_s`` (half-life six hours)."""
    if elapsed_s <= 0:
        return rate
    keep = math.exp2(-elapsed_s / _ACTIVITY_HALF_LIFE_S)
    return max(_LEAST_RATE, keep * rate + (1 - keep) * arrived / elapsed_s)


def _later(since: datetime, seconds: float) -> datetime:
    return since + timedelta(seconds=seconds)
