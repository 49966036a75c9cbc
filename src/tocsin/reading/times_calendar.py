"""Arithmetic on dates of known precision, in the notation of ``TimeMention.value``.

Values are ISO 8601 at the precision the words give: ``2022``, ``2022-11``, ``2022-11-11``, ``2022-11-11T05``,
``2022-W45``; quarters are ``2022-Q4``, halves ``2022-H1``, seasons ``2022-SU`` (TIMEX3's letters, since ISO 8601-1 has
none) and decades ``198``. Nothing here reads text.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

SEASON_MONTHS: Final = {"SP": (3, 5), "SU": (6, 8), "FA": (9, 11), "WI": (12, 14)}
# Outside these a publication year is a mistake, and arithmetic on it could leave the calendar.
PUBLISHING_YEARS: Final = range(1500, 2200)
_PUBLISHED = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_VALUE = re.compile(r"(\d{4})(?:-(\d{2}|Q\d|H\d|W\d{2}|SP|SU|FA|WI))?(?:-(\d{2}))?(?:T.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Publication:
    """When an article was published, at the precision its publisher gives (``day`` 1 stands in for an unknown one)."""

    day: date
    precision: str
    moment: datetime | None = None


def publication(published: str | None, zone: tzinfo | None = None) -> Publication | None:
    """Return the local day (and moment) of an ISO 8601 text, or None when it is no date.

    The day is the publisher's own: that of the offset written in the text, or of ``zone`` when that is given.
    """
    if not published or not (match := _PUBLISHED.match(published)):
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if year not in PUBLISHING_YEARS:
        return None
    try:
        known = date(year, month or 1, day or 1)
    except ValueError:
        return None
    precision = "day" if day else "month" if month else "year"
    moment = _moment(published, zone) if day and len(published) > len("2022-11-11") else None
    return Publication(moment.date() if moment else known, precision, moment)


def _moment(published: str, zone: tzinfo | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(published)
        return moment.astimezone(zone) if zone and moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def shift_months(day: date, months: int) -> date:
    """Return the day ``months`` later, the month's last day where it has fewer days; clamped to years 1–9999."""
    index = min(max(day.year * 12 + day.month - 1 + months, 12), 9999 * 12 + 11)
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def shift_days(day: date, days: int) -> date:
    """Return the day ``days`` later, clamped to what ``date`` can hold."""
    ordinal = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal)


def shift(day: date, unit: str, count: int) -> date:
    """Return ``day`` moved by ``count`` units (``D``, ``W``, ``M``, ``Q``, ``Y``, ``E`` decades, ``C`` centuries)."""
    if unit in {"D", "W"}:
        return shift_days(day, count * (7 if unit == "W" else 1))
    return shift_months(day, count * {"M": 1, "Q": 3, "Y": 12, "E": 120, "C": 1200}[unit])


def at(day: date, unit: str) -> str:
    """Return the value of the calendar unit that holds ``day``: its day, week, month, quarter, year or decade."""
    if unit == "D":
        return day.isoformat()
    if unit == "W":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if unit == "M":
        return f"{day.year:04}-{day.month:02}"
    if unit == "Q":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return {"Y": f"{day.year:04}", "E": f"{day.year // 10:03}", "C": f"{day.year // 100:02}"}[unit]


def bounds(value: str) -> tuple[date, date] | None:
    """Return the first and the last day that a value covers; None for durations, decades and what is no date."""
    match = _VALUE.fullmatch(value)
    if not match:
        return None
    year, part, day = int(match[1]), match[2], match[3]
    try:
        return _bounds(year, part, int(day) if day else None)
    except ValueError:
        return None


def _bounds(year: int, part: str | None, day: int | None) -> tuple[date, date]:
    if part is None:
        return date(year, 1, 1), date(year, 12, 31)
    if part.startswith("W") and part not in SEASON_MONTHS:
        monday = date.fromisocalendar(year, int(part[1:]), 1)
        return monday, shift_days(monday, 6)
    if part.startswith("Q"):
        first, last = int(part[1:]) * 3 - 2, int(part[1:]) * 3
    elif part.startswith("H"):
        first, last = int(part[1:]) * 6 - 5, int(part[1:]) * 6
    elif part in SEASON_MONTHS:
        first, last = SEASON_MONTHS[part]
    else:
        first = last = int(part)
    if day:
        return date(year, first, day), date(year, first, day)
    start = date(year, first, 1)
    return start, shift_months(start, last - first + 1) - timedelta(days=1)
