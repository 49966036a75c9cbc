"""Turns a matched expression into a value: the resolver of each pattern of the grammar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tocsin.reading.times_days import resolve_clock, resolve_date, resolve_half_day, resolve_told_part
from tocsin.reading.times_found import Found, Resolved
from tocsin.reading.times_lengths import resolve_ago, resolve_anchored, resolve_duration
from tocsin.reading.times_periods import (
    resolve_century,
    resolve_decade,
    resolve_half,
    resolve_month,
    resolve_quarter,
    resolve_season,
    resolve_unit,
    resolve_weekend,
    resolve_year,
    resolve_year_end,
)


def resolve(name: str, found: Found) -> Resolved | None:
    """Return the value of the expression that the grammar called ``name``; None when it is no time after all."""
    return _RESOLVERS[name](found)


_RESOLVERS: Final[dict[str, Callable[[Found], Resolved | None]]] = {
    "date": resolve_date,
    "half_day": resolve_half_day,
    "told_part": resolve_told_part,
    "half": resolve_half,
    "anchored": resolve_anchored,
    "quarter": resolve_quarter,
    "ago": resolve_ago,
    "past_span": resolve_duration,
    "month": resolve_month,
    "year_end": resolve_year_end,
    "unit": resolve_unit,
    "the_unit": resolve_unit,
    "weekend": resolve_weekend,
    "season": resolve_season,
    "decade": resolve_decade,
    "century": resolve_century,
    "duration": resolve_duration,
    "year": resolve_year,
    "clock": resolve_clock,
}
