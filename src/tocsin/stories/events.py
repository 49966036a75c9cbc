"""How large an event is, in the report's own figures: how many dead, hurt, missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tocsin.stories.lexicon import Hit, Words

_REACH = 5
_YEARS = range(1900, 2101)
_COUNTED = {"deaths": "dead", "injuries": "hurt", "missing": "missing", "freed": "freed", "arrest": "arrested"}
_STRENGTH = re.compile(r"[4-9](?:[.,]\d)?").fullmatch
_PARTED = re.compile(r"[,;•|]|\s[–—-]\s")
_ENDED = re.compile(r"[.!?…]\s|\n")


class Toll(NamedTuple):
    """A quoted count: ``what`` is dead, hurt or missing; the span covers number and word."""

    what: str
    value: int
    start: int
    end: int


def tolls(words: Words, hits: Sequence[Hit]) -> tuple[Toll, ...]:
    """Return the greatest count quoted for each of dead, hurt and missing, at most five words from its word.

    What stands beyond a comma counts only where nothing nearer does: "ten shot, two fatally" counts two dead.
    """
    best: dict[str, tuple[bool, Toll]] = {}
    counted = [hit for hit in hits if hit.concept in _COUNTED]
    for i, word in enumerate(words.known if counted else ()):
        hit = nearest_counted(words, counted, i) if word.number else None
        if hit is None or not _is_a_count(words, i):
            continue
        toll = Toll(_COUNTED[hit.concept], word.number, words.start(min(i, hit.first)), words.end(max(i, hit.last)))
        rank = (not _parted(words, hit, i), toll)
        if toll.what not in best or (rank[0], toll.value) > (best[toll.what][0], best[toll.what][1].value):
            best[toll.what] = rank
    return tuple(toll for _, toll in best.values())


def risen_to(words: Words, after: int) -> int:
    """Return the last count that a headline gives after the word ``after``, which says that a toll rose; 0 if none."""
    places = range(len(words) - 1, after, -1)
    return next((words[i].number for i in places if words[i].number and not counts_nothing(words, i)), 0)


def counts_nothing(words: Words, i: int) -> bool:
    """Tell a year, an age and a measure from a number that may count people."""
    following = words[i + 1].form if i + 1 < len(words) else ""
    a_year = words[i].number in _YEARS and words[i].form.isdecimal()
    return a_year or following in words.wording.units or following in words.wording.not_a_count


def magnitude(words: Words, hits: Sequence[Hit]) -> tuple[float, int]:
    """Return the magnitude that a headline about an earthquake gives, and the place of that word; 0 if none."""
    if not any(hit.concept == "disaster" and words[hit.first].form.startswith(words.wording.quakes) for hit in hits):
        return 0.0, 0
    given = ((float(word.form.replace(",", ".")), i) for i, word in enumerate(words.known) if _STRENGTH(word.form))
    return max(given, default=(0.0, 0))


def nearest_counted(words: Words, counted: Sequence[Hit], i: int) -> Hit | None:
    """Return the hit that the number at word ``i`` may count: the nearest, of two as near the one that follows.

    One beyond a comma comes last, so that "kills 23, injures 11" counts 23 dead.
    """
    near = [
        hit for hit in counted if hit.first - _REACH <= i <= hit.last + _REACH and not _between(words, hit, i, _ENDED)
    ]
    if len(near) < 2:
        return near[0] if near else None
    return min(
        near, key=lambda hit: (_parted(words, hit, i), min(abs(i - hit.first), abs(i - hit.last)), hit.first < i)
    )


def _parted(words: Words, hit: Hit, i: int) -> bool:
    return _between(words, hit, i, _PARTED)


def _between(words: Words, hit: Hit, i: int, mark: re.Pattern[str]) -> bool:
    gaps = range(i + 1, hit.first + 1) if i < hit.first else range(hit.last + 1, i + 1)
    return any(mark.search(words.before(place)) for place in gaps)


def _is_a_count(words: Words, i: int) -> bool:
    """Tell a count from a year, an age, a share, a date and a measure: "Ann Lee, 33, …", "9/11", "4-hour"."""
    wording = words.wording
    if (words[i].number in _YEARS and words[i].form.isdecimal()) or (i and words[i - 1].form in wording.before_an_age):
        return False
    if i > 1 and words[i - 2].form in wording.age and words[i - 1].form in wording.of:
        return False
    beside = [words[j].form for j in (i - 1, i + 1) if 0 <= j < len(words)]
    if any(form in wording.not_a_count or form.startswith(wording.ages) for form in beside):
        return False
    if i + 1 < len(words) and words[i + 1].form in wording.units:
        return False
    begun, ended = words.before(i), words.before(i + 1)
    if "/" in (begun, ended) or (ended == "-" and i + 1 < len(words) and not words[i + 1].number):
        return False
    return not (i and words[i - 1].capital and begun.startswith(",") and ended.startswith(","))
