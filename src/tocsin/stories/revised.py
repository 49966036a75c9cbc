"""What a toll was corrected to: "toll revised to 18 from 25", "18 people killed, not 25".

A lower number alone corrects nothing: outlets count at different times. Somebody must say that a count was wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tocsin.stories.events import counts_nothing, nearest_counted
from tocsin.stories.lexicon import Hit, Words

_OF_THE_DEAD = frozenset({"deaths", "toll_rises"})
_COUNTED = frozenset({"deaths", "injuries", "missing", "freed", "arrest"})
_BEFORE_A_TOLL = 4
_AFTER_A_TOLL = 7
_OF_WHOM = 2
_EARLIER = 3
_PARTS = ",;:•|.!?…–—\n"


def revised_to(*parts: tuple[Words, Sequence[Hit]]) -> int:
    """Return the number of dead to which a report (headline and lead, with their concepts) says a toll was corrected.

    0 when it says no such thing, says that the toll rose, or gives no number. Where the words of correction stand
    without one, it is the number of dead that the other part quotes.
    """
    told = [(words, hits) for words, hits in parts if any(hit.concept in _OF_THE_DEAD for hit in hits)]
    said = [part for part in told if _is_revised(*part) or any(_instead(*part))]
    if not said or any(word.form in words.wording.upwards for words, _ in said for word in words.known):
        return 0
    old = [words[i].number for words, hits in said for i in _figures(words, hits) if _is_old(words, i)]
    others = [part for part in told if part not in said]
    new = [*_new(said, at_a_distance=True), *(value for value in _new(others) if value not in old)]
    return new[0] if new and (not old or new[0] < min(old)) else 0


def _is_revised(words: Words, hits: Sequence[Hit]) -> bool:
    """Tell whether a toll and a word that corrects it stand together, with no comma between."""
    wording = words.wording
    corrected = [i for i, word in enumerate(words.known) if word.form in wording.revises]
    counts = [i for i in range(len(words)) if corrected and _is_a_toll(words, i, hits)]
    near = ((i, j) for i in corrected for j in counts if -_AFTER_A_TOLL <= j - i <= _BEFORE_A_TOLL)
    return any(not _parted(words, *pair) for pair in near)


def _is_a_toll(words: Words, i: int, hits: Sequence[Hit]) -> bool:
    """Tell "toll" and "number of dead" from the number of something else."""
    if words[i].form in words.wording.tolls:
        return True
    if words[i].form not in words.wording.counts:
        return False
    return any(hit.concept == "deaths" and hit.first - i <= _OF_WHOM and i <= hit.last for hit in hits)


def _instead(words: Words, hits: Sequence[Hit]) -> Iterator[int]:
    """Yield the number that another one, of people who died, takes the place of: "18 killed, not 25"."""
    for before, i in pairwise(_figures(words, hits)):
        if _is_instead(words, i) and words[before].number < words[i].number:
            yield i


def _is_instead(words: Words, i: int) -> bool:
    wording, near = words.wording, words.known[max(0, i - _EARLIER) : i]
    return any(word.form in wording.instead for word in near) or (i > 0 and words[i - 1].form in wording.not_so)


def _is_old(words: Words, i: int) -> bool:
    """Tell a number that was said before from the one that holds now."""
    near = range(max(0, i - _EARLIER), i)
    last = max((j + 1 for j in near if words[j].number), default=near.start)
    return _is_instead(words, i) or any(words[j].form in words.wording.earlier for j in range(last, i))


def _new(parts: Sequence[tuple[Words, Sequence[Hit]]], *, at_a_distance: bool = False) -> Iterator[int]:
    """Yield each part's number that holds now: the one that a toll was corrected *to*, else the first no older one."""
    for words, hits in parts:
        new = [i for i in _figures(words, hits, at_a_distance=at_a_distance) if not _is_old(words, i)]
        until = (i for i in new if i and words[i - 1].form in words.wording.until)
        if new:
            yield words[next(until, new[0])].number


def _figures(words: Words, hits: Sequence[Hit], *, at_a_distance: bool = True) -> Iterator[int]:
    """Yield the numbers that may count the dead: exact ones, no years, ages and measures, nor those of the hurt.

    ``at_a_distance``: also those near no word that says whom they count ("toll in Leeds fire revised to 18").
    """
    counted = [hit for hit in hits if hit.concept in _COUNTED]
    for i, word in enumerate(words.known):
        if not word.number or word.form in words.wording.vague or counts_nothing(words, i):
            continue
        nearest = nearest_counted(words, counted, i)
        by_how_many = i > 0 and words[i - 1].form in words.wording.by_how_many
        if not by_how_many and (at_a_distance if nearest is None else nearest.concept == "deaths"):
            yield i


def _parted(words: Words, one: int, other: int) -> bool:
    return any(mark in words.before(i) for i in range(min(one, other) + 1, max(one, other) + 1) for mark in _PARTS)
