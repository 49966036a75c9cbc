"""Turns a matched expression into a value, given the publication time and what was spoken of before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from tocsin.reading.times_calendar import Publication, at, bounds, shift, shift_days, shift_months
from tocsin.reading.times_tense import direction
from tocsin.reading.times_tokens import LETTERS, Lexicon, Tokens

_AROUND_MONTHS: Final = {LETTERS[name] for name in ("of", "at", "the", "one", "before", "after", "dash")}
Kind = Literal["point", "span", "duration"]
PRECISIONS: Final = {"S": "second", "I": "minute", "H": "hour", "D": "day", "W": "week", "M": "month", "Q": "quarter"}
PRECISIONS_LONG: Final = {"Y": "year", "E": "decade", "C": "century"}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value at its precision, or None where the text and the publication time do not give one."""

    value: str | None
    precision: str
    kind: Kind = "point"


@dataclass(slots=True)
class Focus:
    """What the text spoke of last: "the day before", "the year-earlier quarter" and bare clock times lean on it."""

    day: date | None = None
    quarter: date | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything besides an expression's own words that its value may depend on."""

    tokens: Tokens
    lexicon: Lexicon
    published: Publication | None
    focus: Focus = field(default_factory=Focus)

    @property
    def day(self) -> date | None:
        """The publication day; None when only its month or year is known."""
        return self.published.day if self.published and self.published.precision == "day" else None

    @property
    def year(self) -> int | None:
        """The publication year."""
        return self.published.day.year if self.published else None


@dataclass(frozen=True, slots=True)
class Found:
    """The tokens of one expression, asked for by class."""

    context: Context
    first: int
    last: int

    def every(self, *kinds: str) -> list[str | int]:
        """Return the values of all tokens of these classes, in order."""
        letters = {LETTERS[kind] for kind in kinds}
        tokens = self.context.tokens
        return [tokens.values[i] for i in range(self.first, self.last) if tokens.classes[i] in letters]

    def number(self, *kinds: str) -> int | None:
        """Return the first number among the tokens of these classes."""
        return next((value for value in self.every(*kinds) if isinstance(value, int)), None)

    def word(self, *kinds: str) -> str | None:
        """Return the first textual value among the tokens of these classes."""
        return next((value for value in self.every(*kinds) if isinstance(value, str)), None)

    def before(self, *kinds: str) -> int | None:
        """Return the number that stands right before a token of these classes."""
        letters = {LETTERS[kind] for kind in kinds}
        tokens = self.context.tokens
        for i in range(self.first + 1, self.last):
            value = tokens.values[i - 1]
            if tokens.classes[i] in letters and isinstance(value, int):
                return value
        return None

    def beside(self, *kinds: str) -> int | None:
        """Return the number next to a token of these classes: before it, or behind it ("11 November", "Nov. 11")."""
        numbers = {LETTERS[kind] for kind in ("digits", "nth", "ordinal")}
        letters = {LETTERS[kind] for kind in kinds}
        tokens = self.context.tokens
        named = next(i for i in range(self.first, self.last) if tokens.classes[i] in letters)
        for i in (named - 1, named - 2, named + 1, named + 2):
            value = tokens.values[i] if self.first <= i < self.last else None
            if isinstance(value, int) and tokens.classes[i] in numbers:
                return value
        return None

    def relation(self) -> int | None:
        """Return -1, 0 or 1 for last, this or next; None when none is said."""
        aside = self.number("last", "next")
        return aside if aside is not None else self.number("this", "latest")

    def direction(self) -> int:
        """Return where the clause looks: 1 ahead, -1 back, 0 unknown."""
        return direction(self.context.tokens, self.first, self.last, self.context.lexicon)

    def has(self, *cues: str) -> bool:
        """Say whether one of the lexicon's words of these groups is part of the expression."""
        words = self.context.tokens.words[self.first : self.last]
        return any(word in self.context.lexicon.cues[cue] for cue in cues for word in words)

    def count(self) -> int | None:
        """Return how many units are meant, or None for "a few" and a bare plural."""
        vague = self.number("vague")
        if vague is not None:
            return vague or None
        numbers = [value for value in self.every("number", "digits", "year") if isinstance(value, int)]
        if not numbers:
            return self.number("one")
        return _spelled(numbers) if len(numbers) > 1 and "and" not in self._kinds() else numbers[0]

    def unit(self) -> tuple[str, int]:
        """Return the unit's letter and how many of it one count means (a fortnight is two weeks)."""
        word = self.word("unit", "units", "hourword") or "D"
        return (word[-1], int(word[:-1])) if len(word) > 1 else (word, 1)

    def _kinds(self) -> set[str]:
        letters = set(self.context.tokens.classes[self.first : self.last])
        return {name for name in ("and",) if LETTERS[name] in letters}


def _spelled(numbers: list[int]) -> int:
    """Return the number of "twenty four" or "two hundred"."""
    first, second = numbers[0], numbers[1]
    return first * second if second >= 100 else first + second if first >= 20 > second else first


def resolve(name: str, found: Found) -> Resolved | None:
    """Return the value of the expression that the grammar called ``name``; None when it is no time after all."""
    return _RESOLVERS[name](found)


# Days and clock times


def _date(found: Found) -> Resolved | None:
    day = _day(found)
    return _within_day(found, day)


def _within_day(found: Found, day: date | None) -> Resolved:
    clock, part = _clock_time(found), found.word("part", "clockpart")
    if clock is not None:
        precision = "minute" if ":" in clock else "hour"
        return Resolved(f"{day.isoformat()}T{clock}" if day else None, precision)
    if found.has("tonight"):
        part = "night"
    return Resolved(day.isoformat() if day else None, part or "day")


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


def _day(found: Found) -> date | None:
    iso = found.word("isodate")
    if iso is not None:
        return _valid(*(int(part) for part in iso.split("-")))
    month = found.number("month", "abbr")
    if month is not None:
        return _calendar_day(found, month)
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
    year = found.number("year")
    if year is not None:
        return _valid(year, month, day)
    today = found.context.day
    if today is None:
        return _valid(found.context.year, month, day) if found.context.year else None
    candidates = [made for offset in (-1, 0, 1) if (made := _valid(today.year + offset, month, day))]
    return _nearest(candidates, today, found.direction()) if candidates else None


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
    if way < 0 and back < timedelta(days=240):
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


def _half_day(found: Found) -> Resolved | None:
    today = found.context.day
    relation = found.relation() or 0
    day = shift_days(today, relation) if today else None
    made = _within_day(found, day)
    return made if found.word("part") else Resolved(made.value, "night")


def _clock(found: Found) -> Resolved | None:
    return _within_day(found, found.context.focus.day or found.context.day)


# Months, seasons, quarters, years


def _month(found: Found) -> Resolved | None:
    month = found.number("month", "abbr")
    if month is None or not _is_month(found):
        return None
    year = found.number("year") or _month_year(found, month)
    return Resolved(f"{year:04}-{month:02}" if year else None, "month")


def _is_month(found: Found) -> bool:
    """Tell "in May" from "may", and April the month from April Jones."""
    tokens, place, cues = found.context.tokens, found.first, found.context.lexicon.cues
    if found.last - found.first > 1:
        return True
    before = tokens.classes[place - 1] if place else ""
    if before in _AROUND_MONTHS or (place and tokens.words[place - 1] in cues["around_month"]):
        return True
    if found.last < len(tokens.words) and tokens.capitals[found.last]:
        return False
    return tokens.words[place] not in cues["rarely_month"] or before in {LETTERS["and"], LETTERS["comma"]}


def _month_year(found: Found, month: int) -> int | None:
    today, year = found.context.published, found.context.year
    if today is None or year is None:
        return None
    relation = found.relation()
    if found.has("told") and relation is None and found.context.focus.year:
        return found.context.focus.year
    if found.word("unit") == "Y" and relation is not None:
        return year + relation
    now = today.day.month
    if relation == -1:
        return year if month < now else year - 1
    if relation == 1:
        return year if month > now else year + 1
    if relation == 0:
        return year
    way = found.direction()
    if way > 0:
        return year if month >= now else year + 1
    return year if month <= now or (way == 0 and month - now <= 2) else year - 1


def _season(found: Found) -> Resolved | None:
    season = found.word("season", "inseason") or ""
    year, published = found.number("year"), found.context.published
    if year is None and published is not None:
        year = _season_year(found, season, published.day)
    return Resolved(f"{year:04}-{season}" if year else None, "season")


def _season_year(found: Found, season: str, today: date) -> int:
    relation = found.relation()
    if found.word("unit") == "Y" and relation is not None:
        return today.year + relation
    start, end = bounds(f"{today.year:04}-{season}") or (today, today)
    if relation == -1:
        return today.year if end < today else today.year - 1
    if relation == 1:
        return today.year if start > today else today.year + 1
    if relation == 0:
        return today.year
    return today.year if start <= today or found.direction() > 0 else today.year - 1


def _quarter(found: Found) -> Resolved | None:
    focus, published = found.context.focus, found.context.published
    if found.number("yearago") is not None or found.word("ago") or _year_earlier(found):
        return _quarter_value(shift_months(focus.quarter, -12) if focus.quarter else None)
    ordinal = found.number("quarterno", "ordinal", "nth")
    year = found.number("year")
    relation = found.relation()
    if year is None and found.word("unit") == "Y" and relation is not None and published:
        year = published.day.year + relation
    if ordinal and ordinal <= 4:
        return _quarter_value(_numbered_quarter(found, ordinal, year))
    if year is not None:
        quarter = focus.quarter.replace(year=year) if focus.quarter else None
        return _quarter_value(quarter) if quarter else Resolved(f"{year:04}", "year")
    if relation in {-1, 1} and published:
        return _quarter_value(shift_months(published.day.replace(day=1), 3 * relation))
    if relation == 0 and published and not focus.quarter:
        back = -3 if LETTERS["latest"] in found.context.tokens.classes[found.first : found.last] else 0
        return _quarter_value(shift_months(published.day.replace(day=1), back))
    return _quarter_value(focus.quarter) if focus.quarter else None


def _year_earlier(found: Found) -> bool:
    return any(found.every(kind) for kind in ("ago", "earlier"))


def _numbered_quarter(found: Found, ordinal: int, year: int | None) -> date | None:
    if year is not None:
        return date(year, ordinal * 3, 1)
    published = found.context.published
    if published is None:
        return None
    now = (published.day.month + 2) // 3
    behind = ordinal > now and found.direction() <= 0
    return date(published.day.year - (1 if behind else 0), ordinal * 3, 1)


def _quarter_value(quarter: date | None) -> Resolved:
    return Resolved(at(quarter, "Q") if quarter else None, "quarter")


def _unit(found: Found) -> Resolved | None:
    published = found.context.published
    unit, size = ("Y", 1) if found.every("yearly") else found.unit()
    year = found.number("year")
    if year is not None:
        return Resolved(f"{year:04}", "year")
    if unit not in "DWMQYE" or published is None:
        return None if published else Resolved(None, _precision(unit))
    base = found.context.focus.day if unit == "D" or found.has("told") else None
    base = base or (published.day if published.precision == "day" or unit in "YE" else None)
    if base is None and published.precision == "month" and unit == "M":
        base = published.day
    relation = (found.number("yearly") or found.relation() or 0) * size
    return Resolved(at(shift(base, unit, relation), unit) if base else None, _precision(unit))


def _year_end(found: Found) -> Resolved | None:
    if found.word("unit") != "Y" or found.context.year is None:
        return None
    return Resolved(f"{found.context.year:04}", "year")


def _weekend(found: Found) -> Resolved | None:
    today = found.context.day
    if today is None:
        return Resolved(None, "weekend")
    relation = found.relation()
    if relation is None or relation == 0:
        relation = 0 if found.direction() > 0 or today.weekday() >= 5 or (relation == 0) else -1
    return Resolved(at(shift_days(today, 7 * relation), "W"), "weekend")


def _decade(found: Found) -> Resolved | None:
    tens = found.word("decade") or found.number("decade_word")
    return Resolved(f"{tens}", "decade")


def _century(found: Found) -> Resolved | None:
    ordinal = found.number("nth", "ordinal")
    if found.unit()[0] != "C" or not ordinal:
        return None
    return Resolved(f"{ordinal - 1:02}", "century")


def _year(found: Found) -> Resolved | None:
    year = found.number("year") or _spelled_year(found)
    if year is None or not _is_year(found, year):
        return None
    return Resolved(f"{year:04}", "year")


def _spelled_year(found: Found) -> int | None:
    """Return the year of "nineteen ninety-four"."""
    numbers = [value for value in found.every("spelled", "number", "digits") if isinstance(value, int)]
    return 1900 + sum(numbers[1:]) if len(numbers) > 1 and 20 <= numbers[1] < 100 else None


def _is_year(found: Found, year: int) -> bool:
    """Tell the year 2000 from two thousand soldiers."""
    tokens = found.context.tokens
    if found.last - found.first > 1:
        return True
    before = tokens.words[found.first - 1] if found.first else ""
    after = tokens.words[found.last] if found.last < len(tokens.words) else ""
    if before in {"$", "£", "€", "#", "№", "+", "/"} or after in {"%", "/", "km", "kg", "m"}:
        return False
    if before in found.context.lexicon.cues["around_year"]:
        return True
    return 1900 <= year <= 2099 and not after.endswith("s")


# Lengths and distances


def _precision(unit: str) -> str:
    return PRECISIONS.get(unit) or PRECISIONS_LONG[unit]


def _duration(found: Found) -> Resolved | None:
    unit, size = found.unit()
    count = found.count()
    return Resolved(_length(count * size, unit) if count else None, _precision(unit), "duration")


def _length(count: int, unit: str) -> str:
    """Return an ISO 8601 duration; quarters, decades and centuries in the months and years they have."""
    if unit in "HIS":
        return f"PT{count}{unit.replace('I', 'M')}"
    factor, letter = {"Q": (3, "M"), "E": (10, "Y"), "C": (100, "Y")}.get(unit, (1, unit))
    return f"P{count * factor}{letter}"


def _ago(found: Found) -> Resolved | None:
    unit, size = found.unit()
    count = found.count()
    context = found.context
    precision = _precision(unit)
    if count is None and found.every("unit", "hourword") and not found.every("vague"):
        count = 1
    if count is None:
        return Resolved(None, precision)
    later = found.number("later")
    steps = count * size if later else -count * size
    told = not found.every("ago")
    if unit == "Y" and count == 1 and not later and context.focus.quarter:
        return _quarter_value(shift_months(context.focus.quarter, -12))
    if unit in "HIS":
        return Resolved(_hours_ago(context, unit, steps) if not told else None, precision)
    base = context.focus.day if told else None
    if base is None and told and unit == "Y" and context.focus.year:
        base = date(context.focus.year, 1, 1)
    base = base or (None if later else context.day)
    return Resolved(at(shift(base, unit, steps), unit) if base else None, precision)


def _hours_ago(context: Context, unit: str, steps: int) -> str | None:
    moment = context.published.moment if context.published else None
    if moment is None or unit == "S":
        return None
    return (moment + timedelta(**{"hours" if unit == "H" else "minutes": max(steps, -(10**6))})).isoformat()[
        : len("2022-11-11T05") if unit == "H" else len("2022-11-11T05:30")
    ]


def _anchored(found: Found) -> Resolved | None:
    """Resolve "two months after 24 February 2022": the anchor's day or month, moved at the coarser precision."""
    unit, size = found.unit()
    count = found.count()
    if count is None or unit in "HIS":
        return _duration(found)
    steps = count * size * (-1 if found.every("before") else 1)
    anchor = _anchor(found)
    if anchor is None:
        return _duration(found)
    value, precision = anchor
    coarse = unit if "DWMQYEC".index(unit) >= "DWMQYEC".index(precision) else precision
    return Resolved(at(shift(value, unit, steps), coarse), _precision(coarse))


def _anchor(found: Found) -> tuple[date, str] | None:
    tail = Found(found.context, _behind_link(found), found.last)
    if tail.every("isodate", "weekday") or (tail.every("month", "abbr") and tail.every("digits", "nth", "ordinal")):
        day = _day(tail)
        return (day, "D") if day else None
    made = _month(tail) if tail.every("month", "abbr") else _year(tail)
    limits = bounds(made.value) if made and made.value else None
    return (limits[0], "M" if tail.every("month", "abbr") else "Y") if limits else None


def _behind_link(found: Found) -> int:
    links = {LETTERS["before"], LETTERS["after"]}
    classes = found.context.tokens.classes
    return next(i for i in range(found.first, found.last) if classes[i] in links) + 1


_RESOLVERS: Final[dict[str, Callable[[Found], Resolved | None]]] = {
    "date": _date,
    "half_day": _half_day,
    "anchored": _anchored,
    "quarter": _quarter,
    "ago": _ago,
    "past_span": _duration,
    "month": _month,
    "year_end": _year_end,
    "unit": _unit,
    "weekend": _weekend,
    "season": _season,
    "decade": _decade,
    "century": _century,
    "duration": _duration,
    "year": _year,
    "clock": _clock,
}
