"""How large an event is, in the report's own figures: how many dead, hurt, missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tocsin.stories.lexicon import Hit, Token

_REACH = 5
_YEARS = range(1900, 2101)
_COUNTED = {"deaths": "dead", "injuries": "hurt", "missing": "missing"}
_NOT_A_COUNT = frozenset(
    {
        "aged",
        "age",
        "year",
        "years",
        "old",
        "percent",
        "per",
        "am",
        "pm",
        "летний",
        "лет",
        "году",
        "года",
        "рокy",
        "років",
        "may",
    }
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


class Toll(NamedTuple):
    """A quoted count: ``what`` is dead, hurt or missing; the span covers number and word."""

    what: str
    value: int
    start: int
    end: int


def tolls(tokens: Sequence[Token], hits: Sequence[Hit], numbers: Mapping[str, int]) -> tuple[Toll, ...]:
    """Return the greatest count quoted for each of dead, hurt and missing, at most five words from its word."""
    counts = {i: value for i, token in enumerate(tokens) if (value := _count(tokens, i, token, numbers))}
    best: dict[str, Toll] = {}
    for hit in hits if counts else ():
        what = _COUNTED.get(hit.concept)
        near = _nearest(counts, hit) if what else None
        if what is None or near is None:
            continue
        if what not in best or counts[near] > best[what].value:
            start, end = min(near, hit.first), max(near, hit.last)
            best[what] = Toll(what, counts[near], tokens[start].start, tokens[end].end)
    return tuple(best.values())


def _nearest(counts: Mapping[int, int], hit: Hit) -> int | None:
    near = [i for i in counts if hit.first - _REACH <= i <= hit.last + _REACH]
    return min(near, key=lambda i: (min(abs(i - hit.first), abs(i - hit.last)), i), default=None)


def _count(tokens: Sequence[Token], i: int, token: Token, numbers: Mapping[str, int]) -> int:
    """Return the count a token stands for, 0 when it is no count (a year, an age, a share)."""
    value = numbers.get(token.form) or _digits(token.form)
    around = {tokens[j].form for j in (i - 1, i + 1) if 0 <= j < len(tokens)}
    return 0 if value in _YEARS or around & _NOT_A_COUNT else value


def _digits(form: str) -> int:
    if form.isdecimal():
        return int(form) if len(form) < 8 else 0
    return int(re.sub(r"[.,]", "", form)) if _GROUPED.fullmatch(form) and len(form) < 12 else 0
