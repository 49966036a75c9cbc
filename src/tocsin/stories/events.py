"""How large an event is, in the report's own figures: how many dead, hurt, missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tocsin.stories.lexicon import Hit, Words

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
        "года",
        "году",
        "років",
    }
)
_AN_AGE = ("летн", "летие", "річн")  # what follows the number and a hyphen: 93-летнего
_BEFORE_AN_AGE = frozenset(
    {"at", "aged", "was", "he", "she", "district", "number", "no", "article", "в", "на", "до", "с"}
)


_QUAKES = ("earthquake", "quake", "magnitude", "землетр", "магнит", "магніт")
_STRENGTH = re.compile(r"[4-9](?:[.,]\d)?").fullmatch


class Toll(NamedTuple):
    """A quoted count: ``what`` is dead, hurt or missing; the span covers number and word."""

    what: str
    value: int
    start: int
    end: int


def tolls(words: Words, hits: Sequence[Hit]) -> tuple[Toll, ...]:
    """Return the greatest count quoted for each of dead, hurt and missing, at most five words from its word."""
    best: dict[str, Toll] = {}
    counted = [hit for hit in hits if hit.concept in _COUNTED]
    for i, word in enumerate(words.known if counted else ()):
        hit = _nearest(counted, i) if word.number and _is_a_count(words, i) else None
        if hit is None:
            continue
        what = _COUNTED[hit.concept]
        if what not in best or word.number > best[what].value:
            best[what] = Toll(what, word.number, words.start(min(i, hit.first)), words.end(max(i, hit.last)))
    return tuple(best.values())


def magnitude(words: Words, hits: Sequence[Hit]) -> tuple[float, int]:
    """Return the magnitude that a headline about an earthquake gives, and the place of that word; 0 if none."""
    if not any(hit.concept == "disaster" and words[hit.first].form.startswith(_QUAKES) for hit in hits):
        return 0.0, 0
    given = ((float(word.form.replace(",", ".")), i) for i, word in enumerate(words.known) if _STRENGTH(word.form))
    return max(given, default=(0.0, 0))


def _nearest(counted: Sequence[Hit], i: int) -> Hit | None:
    """Return the hit that the number at word ``i`` counts: the nearest, of two as near the one that follows."""
    near = [hit for hit in counted if hit.first - _REACH <= i <= hit.last + _REACH]
    return min(near, key=lambda hit: (min(abs(i - hit.first), abs(i - hit.last)), hit.first < i), default=None)


def _is_a_count(words: Words, i: int) -> bool:
    """Tell a count from a year, an age and a share."""
    if words[i].number in _YEARS or (i and words[i - 1].form in _BEFORE_AN_AGE):
        return False
    beside = [words[j].form for j in (i - 1, i + 1) if 0 <= j < len(words)]
    return not any(form in _NOT_A_COUNT or form.startswith(_AN_AGE) for form in beside)
