"""When a version reaches one reader: at once, or held back for a summary, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tocsin.model import Band, VersionKind

_URGENCY = {Band.FLASH: 3, Band.ALERT: 2, Band.WATCH: 1, Band.NONE: 0}
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Wish:
    """How a reader wants alerts.

    Quiet hours run from ``quiet_from`` to ``quiet_to`` in minutes since local midnight (over midnight when the end is
    smaller), both None for none; ``quiet_override`` is the lowest band that breaks them, None when nothing does.
    ``digest_hour`` is local, ``digest_day`` counts from Monday, 0; ``daily_cap`` None means no cap.
    """

    zone: ZoneInfo
    pace: Literal["immediate", "daily", "weekly"] = "immediate"
    quiet_from: int | None = None
    quiet_to: int | None = None
    quiet_override: Band | None = Band.FLASH
    digest_hour: int = 7
    digest_day: int = 0
    daily_cap: int | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """When: ``until`` is None for at once, else the instant at which a summary of what was held back is due."""

    until: datetime | None
    reason: str


def timing(kind: VersionKind, band: Band, wish: Wish, now: datetime, sent_today: int) -> Timing:
    """Return when a version reaches a reader who was sent ``sent_today`` alerts since their local midnight.

    Corrections and withdrawals go past everything (DESIGN, decision 10). A flash breaks a cap, and quiet hours unless
    the reader says otherwise; it does not break a pause or a chosen digest, which are asked for in so many words.
    """
    if kind in {VersionKind.CORRECTION, VersionKind.WITHDRAWAL}:
        return Timing(None, f"a {kind} is never held back")
    if wish.paused_until and wish.paused_until > now:
        return Timing(wish.paused_until, "paused")
    if wish.pace != "immediate":
        return Timing(next_digest(now, wish), f"{wish.pace} digest")
    if (end := quiet_until(now, wish)) and not _breaks_quiet(band, wish):
        return Timing(end, "quiet hours")
    if wish.daily_cap is not None and sent_today >= wish.daily_cap and band is not Band.FLASH:
        return Timing(_next_at(now, wish.zone, wish.digest_hour * 60), "daily cap")
    return Timing(None, "at once")


def quiet_until(now: datetime, wish: Wish) -> datetime | None:
    """Return when the quiet hours that hold at ``now`` end, in UTC; None outside them."""
    if wish.quiet_from is None or wish.quiet_to is None:
        return None
    local = now.astimezone(wish.zone)
    since_from = (local.hour * 60 + local.minute - wish.quiet_from) % _MINUTES_A_DAY
    length = (wish.quiet_to - wish.quiet_from) % _MINUTES_A_DAY
    return _next_at(now, wish.zone, wish.quiet_to) if since_from < length else None


def next_digest(now: datetime, wish: Wish) -> datetime:
    """Return the instant after ``now`` at which the reader's next daily or weekly digest is due, in UTC."""
    weekday = wish.digest_day if wish.pace == "weekly" else None
    return _next_at(now, wish.zone, wish.digest_hour * 60, weekday)


def local_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the beginning of the reader's day, in UTC: since then a cap counts."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


def _breaks_quiet(band: Band, wish: Wish) -> bool:
    return wish.quiet_override is not None and _URGENCY[band] >= _URGENCY[wish.quiet_override]


def _next_at(now: datetime, zone: ZoneInfo, minute: int, weekday: int | None = None) -> datetime:
    """Return the first instant after ``now`` that is so many minutes after a local midnight, on a weekday if given.

    A time of day that a clock change skips comes as much later as the clock jumped (PEP 495, fold 0).
    """
    day = now.astimezone(zone).date()
    while True:
        at = datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
        if at > now and weekday in (None, day.weekday()):
            return at
        day += timedelta(days=1)
