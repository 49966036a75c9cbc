"""Lengths of time, and times at a distance: "for eight months", "two weeks ago", "two months after 24 February"."""

from __future__ import annotations

from datetime import date, timedelta

from tocsin.reading.times_calendar import at, bounds, shift, shift_days, shift_months
from tocsin.reading.times_days import day_meant
from tocsin.reading.times_found import Context, Found, Resolved, unit_name
from tocsin.reading.times_periods import quarter_value, resolve_month, resolve_year
from tocsin.reading.times_tokens import LETTERS


def resolve_duration(found: Found) -> Resolved | None:
    """Return a length of time; without a value when it is vague ("a few days")."""
    amount = found.amount()
    return Resolved(_length(*amount) if amount else None, unit_name(found.unit()[0]), "duration")


def _length(count: int, unit: str) -> str:
    """Return an ISO 8601 duration; quarters, decades and centuries in the months and years they have."""
    if unit in "HIS":
        return f"PT{count}{unit.replace('I', 'M')}"
    factor, letter = {"Q": (3, "M"), "E": (10, "Y"), "C": (100, "Y")}.get(unit, (1, unit))
    return f"P{count * factor}{letter}"


def resolve_ago(found: Found) -> Resolved | None:
    """Return the time at a distance from the publication ("ago") or from what was told last ("earlier", "later")."""
    unit, size = found.unit()
    context, amount = found.context, found.amount()
    if amount is None and found.every("unit", "hourword") and not found.every("vague", "half"):
        amount = size, unit
    if amount is None:
        return Resolved(None, unit_name(unit))
    later = found.number("later")
    steps, step = (amount[0] if later else -amount[0]), amount[1]
    told = not found.every("ago")
    if amount == (1, "Y") and not later and context.focus.quarter:
        return quarter_value(shift_months(context.focus.quarter, -12))
    if step in "HIS":
        return Resolved(_hours_ago(context, step, steps) if not told else None, unit_name(step))
    base = context.focus.day if told else None
    if base is None and told and unit == "Y" and context.focus.year:
        base = date(context.focus.year, 1, 1)
    base = base or (None if later else context.day)
    return Resolved(at(shift(base, step, steps), unit) if base else None, unit_name(unit))


def _hours_ago(context: Context, unit: str, steps: int) -> str | None:
    moment = context.published.moment if context.published else None
    if moment is None or unit == "S":
        return None
    return (moment + timedelta(**{"hours" if unit == "H" else "minutes": max(steps, -(10**6))})).isoformat()[
        : len("2022-11-11T05") if unit == "H" else len("2022-11-11T05:30")
    ]


def resolve_anchored(found: Found) -> Resolved | None:
    """Resolve "two months after 24 February 2022": the anchor's day or month, moved at the coarser precision."""
    unit, size = found.unit()
    count = found.count() or (1 if found.every("unit") and not found.every("vague") else None)
    if count is None or unit in "HIS" or found.every("half"):
        return resolve_duration(found)
    steps = count * size * (-1 if found.every("before") else 1)
    anchor = _anchor(found)
    if anchor is None:
        return resolve_duration(found)
    value, precision = anchor
    coarse = unit if "DWMQYEC".index(unit) >= "DWMQYEC".index(precision) else precision
    return Resolved(at(shift(value, unit, steps), coarse), unit_name(coarse))


def _anchor(found: Found) -> tuple[date, str] | None:
    tail = Found(found.context, _behind_link(found), found.last)
    if tail.every("now", "deictic"):
        today = found.context.day
        return (shift_days(today, tail.number("deictic") or 0), "D") if today else None
    if tail.every("isodate", "weekday") or (tail.every("month", "abbr") and tail.every("digits", "nth", "ordinal")):
        day = day_meant(tail)
        return (day, "D") if day else None
    made = resolve_month(tail) if tail.every("month", "abbr") else resolve_year(tail)
    limits = bounds(made.value) if made and made.value else None
    return (limits[0], "M" if tail.every("month", "abbr") else "Y") if limits else None


def _behind_link(found: Found) -> int:
    links = {LETTERS["before"], LETTERS["after"], LETTERS["from"]}
    classes = found.context.tokens.classes
    return next(i for i in range(found.first, found.last) if classes[i] in links) + 1
