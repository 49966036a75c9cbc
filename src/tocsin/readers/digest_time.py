"""When a reader's digest is due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tocsin.readers.preferences import Preferences


def digest_due(wishes: Preferences, since: datetime) -> datetime:
    """Return when what has been held back from a reader since ``since`` is told to them as one digest.

    Not before a pause is over; then by their pace: at the end of the quiet hours for who wants alerts at once (at the
    digest's hour if a cap held them back), at the digest's hour for a daily, on its day for a weekly one.
    """
    start = max(since, wishes.paused_until or since)
    if wishes.pace == "immediate":
        if start > since:
            return start
        quiet = wishes.quiet_to is not None
        minutes = wishes.quiet_to if wishes.quiet_to is not None else wishes.digest_hour * 60
        return _next(start, wishes.zone, time(*divmod(minutes % 1440, 60))) if quiet or wishes.daily_cap else start
    weekday = wishes.digest_day if wishes.pace == "weekly" else None
    return _next(start, wishes.zone, time(wishes.digest_hour), weekday)


def _next(after: datetime, zone: str, clock: time, weekday: int | None = None) -> datetime:
    """Return the first instant after ``after`` at which clocks in ``zone`` show ``clock``, on ``weekday`` if given."""
    where = ZoneInfo(zone)
    day = after.astimezone(where).date()
    for ahead in range(9):
        due = datetime.combine(day + timedelta(days=ahead), clock, where)
        if due > after and weekday in (None, due.weekday()):
            return due.astimezone(UTC)
    raise AssertionError("a week has every weekday")
