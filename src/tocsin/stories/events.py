"""How large an event is, in the report's own figures: how many dead, hurt, missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tocsin.stories.lexicon import Hit, Token

_REACH = 5
_YEARS = range(1900, 2101)
_COUNTED = {"deaths": "dead", "injuries": "hurt", "missing": "missing", "freed": "freed", "arrest": "arrested"}
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
        "лет",
        "летний",
        "летняя",
        "года",
        "году",
        "років",
    }
)
_BEFORE_AN_AGE = frozenset(
    {"at", "aged", "was", "he", "she", "district", "number", "no", "article", "в", "на", "до", "с"}
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
    best: dict[str, Toll] = {}
    counted = [hit for hit in hits if hit.concept in _COUNTED]
    for i, token in enumerate(tokens if counted else ()):
        value = _count(tokens, i, token, numbers)
        hit = _nearest(counted, i) if value else None
        if hit is None:
            continue
        what = _COUNTED[hit.concept]
        if what not in best or value > best[what].value:
            start, end = min(i, hit.first), max(i, hit.last)
            best[what] = Toll(what, value, tokens[start].start, tokens[end].end)
    return tuple(best.values())


def _nearest(counted: Sequence[Hit], i: int) -> Hit | None:
    """Return the hit that the number at token ``i`` counts: the nearest, of two as near the one that follows."""
    near = [hit for hit in counted if hit.first - _REACH <= i <= hit.last + _REACH]
    return min(near, key=lambda hit: (min(abs(i - hit.first), abs(i - hit.last)), hit.first < i), default=None)


def _count(tokens: Sequence[Token], i: int, token: Token, numbers: Mapping[str, int]) -> int:
    """Return the count a token stands for, 0 when it is no count (a year, an age, a share)."""
    value = numbers.get(token.form) or _digits(token.form)
    if value in _YEARS or (i and tokens[i - 1].form in _BEFORE_AN_AGE):
        return 0
    around = {tokens[j].form for j in (i - 1, i + 1) if 0 <= j < len(tokens)}
    return 0 if around & _NOT_A_COUNT else value


def _digits(form: str) -> int:
    if form.isdecimal():
        return int(form) if len(form) < 8 else 0
    return int(re.sub(r"[.,]", "", form)) if _GROUPED.fullmatch(form) and len(form) < 12 else 0
