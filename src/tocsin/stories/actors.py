"""Who acts in a headline beyond what a lexicon can list: a person by name, and nations that meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.stories.lexicon import Hit, Words

_LATEST_START = 3
_MOST_NAMES = 3
_HEADLINE_STYLE = 0.65
_ACTING = frozenset(
    {"kill", "kills", "behead", "beheads", "massacre", "execute", "executes", "shoot", "storm", "storms"}
)
_NO_FIRST_NAME = ("ой", "ое", "ых", "ого")  # adjectives: "Великой Отечественной"
_NATIONS = frozenset({"power", "nation_unrest"})


def actors(words: Words, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield "someone" for a person's name near the beginning, and "two nations" where two different ones are named."""
    name = _name(words, hits)
    if name is not None:
        yield name
    yield from _killers(words, hits)
    nations = {words.known[hit.first].form[:4]: hit for hit in hits if hit.concept in _NATIONS}
    if len(nations) > 1:
        places = [hit.first for hit in nations.values()]
        yield Hit("two_nations", min(places), max(places))


def _killers(words: Words, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield militants who act: "militants kill 12", not "12 militants killed"."""
    for hit in hits:
        if hit.concept == "militant" and hit.last + 1 < len(words) and words[hit.last + 1].form in _ACTING:
            yield Hit("militants_act", hit.first, hit.last + 1)
            return


def _name(words: Words, hits: Sequence[Hit]) -> Hit | None:
    """Return the first two or three words with a capital in a row that no concept explains.

    A headline In Which Most Other Words Have One Too tells no names.
    """
    known = words.known
    explained = {place for hit in hits for place in range(hit.first, hit.last + 1)}
    for first in range(min(_LATEST_START, len(known) - 1) + 1):
        last = first
        while last < len(known) and last - first < _MOST_NAMES and known[last].capital and last not in explained:
            last += 1
        if last - first > 1:
            others = [word.capital for word in (*known[1:first], *known[last:])]
            headline_style = len(others) > 1 and sum(others) > _HEADLINE_STYLE * len(others)
            no_name = headline_style or known[first].form.endswith(_NO_FIRST_NAME)
            return None if no_name else Hit("someone", first, last - 1)
    return None
