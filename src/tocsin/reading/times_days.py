"""Days and clock times: what "5am on Friday", "24 February" and "last night" mean."""

from __future__ import annotations

from datetime import date, timedelta

from tocsin.reading.times_calendar import shift_days
from tocsin.reading.times_found import Found, Resolved
from tocsin.reading.times_holidays import holiday


def resolve_date(found: Found) -> Resolved | None:
    """Return the day that the words mean, with its clock time or part of day."""
    return None if _is_title(found) or _is_repeated(found) else _within_day(found, day_meant(found))


def _is_repeated(found: Found) -> bool:
    """Tell "every Monday", which is no day in particular."""
    place = found.first
    return place > 0 and found.context.tokens.words[place - 1] in found.context.lexicon.cues["each"]


def _is_title(found: Found) -> bool:
    """Tell "USA Today" from today."""
    tokens, place = found.context.tokens, found.first
    return place > 0 and tokens.capital(place) and tokens.words[place - 1] in found.context.lexicon.cues["titles"]


def _within_day(found: Found, day: date | None) -> Resolved:
    clock, part = _clock_time(found), found.word("part", "clockpart")
    if clock is not None:
        precision = "minute" if ":" in clock else "hour"
        return Resolved(f"{day.isoformat()}T{clock}" if day else None, precision)
    if found.has("tonight"):
        part = "night"
    return Resolved(day.isoformat() if day else None, part or "day", "span" if found.is_range() else "point")


def _clock_time(found: Found) -> str | None:
    """Return the hour, or hour and minute, that the words tell: "5am", "noon", "5 утра", "14 годин"."""
    clock, noon = found.word("clock"), found.number("noon")
    if clock is not None or noon is not None:
        return clock if noon is None else f"{noon:02}"
    if not found.every("hourword", "clockpart"):
        return None
    hour = found.before("hourword", "clockpart")
    if hour is None or hour > 24:
        return None
    late = found.word("clockpart") in {"evening", "afternoon"} or (found.word("clockpart") == "night" and hour > 6)
    return f"{(hour % 12 + 12 if late and hour != 12 else hour) % 24:02}"


def day_meant(found: Found) -> date | None:
    """Return the day that a date, weekday or "yesterday" means; None when it is none or needs the publication day."""
    iso = found.word("isodate")
    if iso is not None:
        return _valid(*(int(part) for part in iso.split("-")))
    month = found.number("month", "abbr")
    if month is not None:
        return _calendar_day(found, month)
    named = found.word("holiday", "holiday_of") or ("01-01" if found.every("newyear") else None)
    if named is not None:
        return _holiday(found, named)
    weekday = found.number("weekday")
    today = found.context.day
    if today is None:
        return None
    if weekday is not None:
        return _weekday(found, weekday, today)
    return shift_days(today, found.number("deictic") or 0)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _calendar_day(found: Found, month: int) -> date | None:
    day = found.beside("month", "abbr") or 1
    year = found.year()
    if year is not None:
        return _valid(year, month, day)
    today = found.context.day
    if today is None:
        return _valid(found.context.year, month, day) if found.context.year else None
    candidates = [made for offset in (-1, 0, 1) if (made := _valid(today.year + offset, month, day))]
    if _has_ended(found):
        candidates = [made for made in candidates if made <= today]
    return _nearest(candidates, today, found.direction()) if candidates else None


def _has_ended(found: Found) -> bool:
    """Tell "the year ended Dec. 31", which is over however long ago that is."""
    place = found.first
    return place > 0 and found.context.tokens.words[place - 1] in found.context.lexicon.cues["ended"]


def _holiday(found: Found, named: str) -> date | None:
    """Return the day of a holiday: of the year that is told, "last", "next", or the nearest."""
    weekday, eve, year = found.number("weekday"), bool(found.every("eve")), found.year()
    if year is not None:
        return holiday(named, year, weekday, eve=eve)
    today = found.context.day
    if today is None:
        return None
    candidates = [holiday(named, today.year + offset, weekday, eve=eve) for offset in (-1, 0, 1)]
    relation = found.relation()
    if relation:
        passed = [day for day in candidates if (day < today if relation < 0 else day > today)]
        return passed[-1] if relation < 0 else passed[0]
    return _nearest(candidates, today, found.direction())


def _nearest(candidates: list[date], today: date, way: int) -> date:
    """Choose the year that a day and month without one mean.

    Without a cue of tense the nearest is meant, the past preferred: what lies ahead is named at most a third of a year
    before without saying so.
    """
    past = [day for day in candidates if day <= today]
    future = [day for day in candidates if day >= today]
    if not past or not future:
        return min(candidates, key=lambda day: abs(day - today))
    back, ahead = today - past[-1], future[0] - today
    if way > 0:
        return future[0] if ahead < timedelta(days=330) else past[-1]
    if way < 0 and back < timedelta(days=330):
        return past[-1]
    return future[0] if ahead < back and ahead < timedelta(days=122) else past[-1]


def _weekday(found: Found, weekday: int, today: date) -> date:
    unit, relation = found.word("unit"), found.relation()
    if unit is not None and relation is not None:
        monday = shift_days(today, -today.weekday() + 7 * relation)
        return shift_days(monday, weekday)
    base = (found.context.focus.day if found.has("told") else None) or today
    back, ahead = (base.weekday() - weekday) % 7, (weekday - base.weekday()) % 7
    if relation == -1:
        return shift_days(base, -(back or 7))
    if relation == 1:
        return shift_days(base, ahead or 7)
    if relation == 0:
        return shift_days(base, ahead)
    return shift_days(base, ahead if found.direction() > 0 else -back)


def resolve_half_day(found: Found) -> Resolved | None:
    """Return the day of "this morning", "last night" or "overnight"."""
    relation = found.relation() or 0
    told = relation > 0 or found.has("told")
    base = found.context.focus.near(found.first) if told else None
    base = base or (None if relation > 0 else found.context.day)
    made = _within_day(found, shift_days(base, relation) if base else None)
    return made if found.word("part") else Resolved(made.value, "night")


def resolve_told_part(found: Found) -> Resolved | None:
    """Return "the evening" or "that morning" of the day that was told shortly before; None when none was."""
    day = found.context.focus.near(found.first)
    return _within_day(found, day) if day else None


def resolve_clock(found: Found) -> Resolved | None:
    """Return a clock time on the day that was told shortly before, else on the publication day."""
    return _within_day(found, found.context.focus.near(found.first) or found.context.day)
