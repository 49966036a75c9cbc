"""The days of holidays in a year: fixed ones, those on an nth weekday, and Easter."""

from __future__ import annotations

from datetime import date, timedelta

from tocsin.reading.times_calendar import shift_days

_FRIDAY, _SUNDAY = 4, 6


def holiday(named: str, year: int, weekday: int | None = None, *, eve: bool = False) -> date:
    """Return a holiday's day in ``year``.

    ``named`` is ``12-25``, ``11-4-3`` (the fourth Thursday of November; 0 for the last) or ``easter``. ``weekday`` is
    the one told with Easter: "Good Friday", "Easter Monday". ``eve`` means the day before.
    """
    day = _day(named, year)
    if named == "easter" and weekday is not None and weekday != _SUNDAY:
        day = shift_days(day, weekday + 1 if weekday < _FRIDAY else weekday - _SUNDAY)
    return shift_days(day, -1) if eve else day


def _day(named: str, year: int) -> date:
    if named == "easter":
        return easter(year)
    month, *rest = (int(part) for part in named.split("-"))
    if len(rest) == 1:
        return date(year, month, rest[0])
    nth, weekday = rest
    if nth == 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return shift_days(last, -((last.weekday() - weekday) % 7))
    first = date(year, month, 1)
    return shift_days(first, (weekday - first.weekday()) % 7 + 7 * (nth - 1))


def easter(year: int) -> date:
    """Return Easter Sunday of the western churches (the anonymous Gregorian computus, Nature 1876)."""
    golden, century, within = year % 19, year // 100, year % 100
    corrected = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - corrected + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (within // 4) - moon - within % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
