"""Calendar periods: weeks, months, seasons, quarters, years and decades."""

from __future__ import annotations

from datetime import date
from typing import Final

from tocsin.reading.times_calendar import at, bounds, shift, shift_days, shift_months
from tocsin.reading.times_found import Found, Resolved, unit_name
from tocsin.reading.times_tokens import LETTERS

SATURDAY: Final = 5
# So near ahead a month is meant even if no word says that it is to come.
NEAR_MONTHS: Final = 2
_AROUND_YEARS: Final = {LETTERS[name] for name in ("of", "at", "the")}
_MEASURES: Final = frozenset(
    {"$", "£", "€", "#", "№", "+", "/", "%", "km", "kg", "m", "miles", "km/h", "mw", "км", "кг", "м"}
)
_AROUND_MONTHS: Final = {LETTERS[name] for name in ("of", "at", "the", "one", "before", "after", "dash")}


def resolve_month(found: Found) -> Resolved | None:
    """Return the month of "in May", "last June", "October of that year"; None when the word is no month here."""
    month = found.number("month", "abbr")
    if month is None or not _is_month(found):
        return None
    year = found.year() or _month_year(found, month)
    return Resolved(f"{year:04}-{month:02}" if year else None, "month")


def _is_month(found: Found) -> bool:
    """Tell "in May" from "may", and April the month from April Jones."""
    tokens, place, cues = found.context.tokens, found.first, found.context.lexicon.cues
    if found.last - found.first > 1:
        return True
    before = tokens.classes[place - 1] if place else ""
    if before in _AROUND_MONTHS or (place and tokens.words[place - 1] in cues["around_month"]):
        return True
    if found.last < len(tokens.words) and tokens.capital(found.last):
        return False
    listed = (
        before in {LETTERS["and"], LETTERS["comma"]} and tokens.classes[found.last : found.last + 1] != LETTERS["dash"]
    )
    return listed or tokens.words[place] not in cues["rarely_month"]


def _month_year(found: Found, month: int) -> int | None:
    """Return the year of a month that is named without one: "October of that year", "last June", "in May"."""
    published, relation = found.context.published, found.relation()
    if published is None:
        return None
    if found.has("told") and relation is None and found.context.focus.year:
        return found.context.focus.year
    year, now = published.day.year, published.day.month
    if relation is not None:
        return year + relation if found.word("unit") == "Y" else year + _turn(relation, month, now)
    way, ahead = found.direction(), (month - now) % 12
    if way > 0 or (way == 0 and 0 < ahead <= NEAR_MONTHS):
        return year if month >= now else year + 1
    return year if month <= now else year - 1


def _turn(relation: int, month: int, now: int) -> int:
    """Return in which year "last", "this" or "next" month of a name lies, from this one."""
    if relation < 0:
        return 0 if month < now else -1
    return 1 if relation > 0 and month <= now else 0


def resolve_season(found: Found) -> Resolved | None:
    """Return the season of "last summer" or "the winter of 2010", which is named after the year it begins in."""
    season = found.word("season", "inseason") or ""
    year, published = found.year(), found.context.published
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


def resolve_quarter(found: Found) -> Resolved | None:
    """Return the quarter that is meant; "the quarter" and "the year-earlier quarter" lean on the one told last."""
    told = found.context.focus.quarter
    if found.every("yearago", "ago", "earlier"):
        return quarter_value(shift_months(told, -12) if told else None)
    ordinal, year = found.number("quarterno", "ordinal", "nth"), _quarter_year(found)
    if ordinal and ordinal <= 4:
        return quarter_value(_numbered_quarter(found, ordinal, year))
    if year is not None:
        return quarter_value(told.replace(year=year)) if told else Resolved(f"{year:04}", "year")
    current = _current_quarter(found)
    return quarter_value(current) if current else None


def _quarter_year(found: Found) -> int | None:
    """Return the year told with a quarter: its number, or "last year's"."""
    year, relation, published = found.year(), found.relation(), found.context.published
    if year is None and found.word("unit") == "Y" and relation is not None and published:
        return published.day.year + relation
    return year


def _current_quarter(found: Found) -> date | None:
    """Return a day in "last quarter", "the latest period" or "the quarter"; None when nothing says which."""
    told, published, relation = found.context.focus.quarter, found.context.published, found.relation()
    if published is None or relation is None or (relation == 0 and told):
        return told
    ended = LETTERS["latest"] in found.context.tokens.classes[found.first : found.last]
    return shift_months(published.day.replace(day=1), -3 if ended else 3 * relation)


def _numbered_quarter(found: Found, ordinal: int, year: int | None) -> date | None:
    if year is not None:
        return date(year, ordinal * 3, 1)
    published = found.context.published
    if published is None:
        return None
    now = (published.day.month + 2) // 3
    behind = ordinal > now and found.direction() <= 0
    return date(published.day.year - (1 if behind else 0), ordinal * 3, 1)


def resolve_half(found: Found) -> Resolved | None:
    """Return the half of a year, as ``2022-H1``."""
    told = found.number("halfno", "ordinal", "nth")
    half = told if told is not None else (2 if found.number("last") else None)
    published = found.context.published
    year = found.year() or (published.day.year + (found.relation() or 0) * (told is not None) if published else None)
    if half not in (1, 2) or found.word("unit") not in (None, "Y"):
        return None
    return Resolved(f"{year:04}-H{half}" if year else None, "half")


def quarter_value(quarter: date | None) -> Resolved:
    """Return a day's quarter as a value."""
    return Resolved(at(quarter, "Q") if quarter else None, "quarter")


def resolve_unit(found: Found) -> Resolved | None:
    """Return the week, month, quarter or year of "last week", "the end of the year"."""
    published = found.context.published
    unit, size = ("Y", 1) if found.every("yearly") else found.unit()
    year = found.year()
    if year is not None:
        return Resolved(f"{year:04}", "year")
    if not _is_period(found, unit):
        return None
    if unit == "Y" and found.has("told") and found.context.focus.year and found.relation() in (0, None):
        return Resolved(f"{found.context.focus.year:04}", "year")
    if unit not in "DWMQYE" or published is None:
        return None if published else Resolved(None, unit_name(unit))
    base = found.context.focus.day if unit == "D" or found.has("told") else None
    base = base or (published.day if published.precision == "day" or unit in "YE" else None)
    if base is None and published.precision == "month" and unit == "M":
        base = published.day
    relation = (found.number("yearly") or found.relation() or 0) * size
    return Resolved(at(shift(base, unit, relation), unit) if base else None, unit_name(unit))


def _is_period(found: Found, unit: str) -> bool:
    """Tell "in the year" and "that week" from the year of anything; words such as "last" and "early" settle it."""
    if found.every("last", "this", "next", "latest", "edge", "earlier", "later", "yearly", "ago") or found.has("told"):
        return True
    tokens, place = found.context.tokens, found.first
    before = tokens.words[place - 1] if place else ""
    whole = bool(found.every("fiscal")) or before in found.context.lexicon.cues["duration"] or before == "in"
    bounded = found.last < len(tokens.words) and tokens.words[found.last] in found.context.lexicon.cues["bounded"]
    return unit == "Y" and tokens.words[place] == "the" and whole and not bounded


def resolve_year_end(found: Found) -> Resolved | None:
    """Return the year of "year-end"."""
    if found.word("unit") != "Y" or found.context.year is None:
        return None
    return Resolved(f"{found.context.year:04}", "year")


def resolve_weekend(found: Found) -> Resolved | None:
    """Return the week of a weekend."""
    today = found.context.day
    if today is None:
        return Resolved(None, "weekend")
    relation = found.relation()
    if not relation:
        begun = today.weekday() >= SATURDAY or relation == 0 or found.direction() > 0
        relation = 0 if begun else -1
    return Resolved(at(shift_days(today, 7 * relation), "W"), "weekend")


def resolve_decade(found: Found) -> Resolved | None:
    """Return the three digits of a decade."""
    tens = found.word("decade") or found.number("decade_word")
    return Resolved(f"{tens}", "decade")


def resolve_century(found: Found) -> Resolved | None:
    """Return the two digits of a century."""
    ordinal = found.number("nth", "ordinal")
    if found.unit()[0] != "C" or not ordinal:
        return None
    return Resolved(f"{ordinal - 1:02}", "century")


def resolve_year(found: Found) -> Resolved | None:
    """Return the year that a number names; None when it counts something."""
    year = found.year() or _year_in_words(found)
    if year is None or not _is_year(found, year):
        return None
    return Resolved(f"{year:04}", "year")


def _year_in_words(found: Found) -> int | None:
    """Return the year of "the year two thousand and eight"."""
    numbers = [value for value in found.every("number", "digits") if isinstance(value, int)]
    if found.word("unit") != "Y" or len(numbers) < 2:
        return None
    year = numbers[0] * numbers[1] + sum(numbers[2:])
    return year if 1500 <= year <= 2199 else None


def _is_year(found: Found, year: int) -> bool:
    """Tell the year 2000 from two thousand soldiers."""
    tokens, cues = found.context.tokens, found.context.lexicon.cues
    around = [i for i in range(found.first, found.last) if tokens.classes[i] not in _AROUND_YEARS]
    if len(around) > 1 or tokens.words[around[0]].startswith("fy"):
        return True
    place = around[0]
    before = tokens.words[place - 1] if place else ""
    after = tokens.words[found.last] if found.last < len(tokens.words) else ""
    if before in _MEASURES or after in _MEASURES:
        return False
    counts = after.isalpha() and after.endswith(tuple(cues["counted_endings"])) and after not in cues["never_counted"]
    return before in cues["around_year"] or (1900 <= year <= 2099 and not counts)
