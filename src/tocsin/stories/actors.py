"""Who acts in a headline beyond what a lexicon can list: a person by name, nations that meet, an army in a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.stories.lexicon import Hit, Word, Words
from tocsin.stories.mention import HAPPENED

_LATEST_START = 3
_MOST_NAMES = 3
_HEADLINE_STYLE = 0.65
_NATIONS = frozenset({"power", "nation_unrest"})
# An army, what it does and where: "troops have now entered the city of Kherson".
_TO_THE_VERB = 3
_TO_THE_PLACE = 3
_PLACES = _NATIONS | {"country", "city", "key_city", "major_place"}
_NO_PLACES = frozenset(
    {"known_leader", "militant_leader", "militant", "leader", "official", "sport", "sport_final", "army"}
)
_NAMED = frozenset({"someone", "known_leader", "famous", "celebrity", "leader", "militant_leader"})
_LONGEST_APPOSITION = 14
_BREAK = ",.;:!?|«\"“‘'"


def actors(words: Words, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield "someone" for a person's name near the beginning, and "two nations" where two different ones are named."""
    name = _name(words, hits)
    if name is not None:
        yield name
    for person in (*hits, name) if name is not None else hits:
        if person.concept in _NAMED and person.first <= _LATEST_START:
            yield from _with_apposition(person, words, hits)
    yield from _killers(words, hits)
    yield from _advance(words, hits)
    nations = {words.known[hit.first].form[:4]: hit for hit in hits if hit.concept in _NATIONS}
    if len(nations) > 1:
        places = [hit.first for hit in nations.values()]
        yield Hit("two_nations", min(places), max(places))


def _with_apposition(person: Hit, words: Words, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield a person together with what describes them: "Stephen Hawking, physicist who …, dies"."""
    following = person.last + 1
    if following >= len(words) or not words.before(following).startswith(","):
        return
    for place in range(following + 1, min(following + _LONGEST_APPOSITION, len(words))):
        if words.before(place).startswith(","):
            if not any(hit.concept in HAPPENED and following <= hit.first < place for hit in hits):
                yield Hit(person.concept, person.first, place - 1)
            return


def _killers(words: Words, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield militants who act: "militants kill 12", not "12 militants killed"."""
    for hit in hits:
        if hit.concept == "militant" and hit.last + 1 < len(words) and words[hit.last + 1].form in words.wording.acting:
            yield Hit("militants_act", hit.first, hit.last + 1)
            return


def _advance(words: Words, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield an army that goes into a place, whatever it is called: "soldiers enter Kherson", not "… second week"."""
    armies = [hit for hit in hits if hit.concept == "army"]
    if not armies:
        return
    for verb in hits:
        if verb.concept != "enters" or (verb.first and words[verb.first - 1].form in words.wording.to):
            continue
        near = [army for army in armies if _between(army, verb) <= _TO_THE_VERB]
        place = _place(words, verb, hits) if near else None
        if place is not None:
            in_a_key_city = any(hit.concept == "key_city" and hit.first <= place <= hit.last for hit in hits)
            concept = "key_city_entered" if in_a_key_city else "advance"
            yield Hit(concept, min(near[0].first, verb.first, place), max(near[0].last, verb.last, place))
            return


def _between(one: Hit, other: Hit) -> int:
    return max(one.first, other.first) - min(one.last, other.last) - 1


def _place(words: Words, verb: Hit, hits: Sequence[Hit]) -> int | None:
    """Return the word that names where an army goes: written with a capital, or known as a place; a key city first."""
    concepts: dict[int, set[str]] = {}
    for hit in hits:
        for place in range(hit.first, hit.last + 1):
            concepts.setdefault(place, set()).add(hit.concept)
    in_title_case = _in_title_case([word.capital for word in words.known[1:]])
    found = [
        place
        for place in _after(words, verb)
        if _may_be_a_place(words[place], concepts.get(place, set()), in_title_case)
    ]
    found += [
        place
        for place in range(max(1, verb.first - _TO_THE_PLACE), verb.first)
        if words[place - 1].form in words.wording.into_a_place
        and _may_be_a_place(words[place], concepts.get(place, set()), False)
    ]
    return min(found, key=lambda place: "key_city" not in concepts.get(place, set()), default=None)


def _after(words: Words, verb: Hit) -> Iterator[int]:
    """Yield the words where a place may stand: a few after the verb, more while they only describe it."""
    describing = True
    for place in range(verb.last + 1, len(words)):
        if any(mark in words.before(place) for mark in _BREAK) or not (
            describing or place <= verb.last + _TO_THE_PLACE
        ):
            return
        yield place
        describing = describing and words[place].form in words.wording.describing


def _may_be_a_place(word: Word, concepts: set[str], in_title_case: bool) -> bool:
    if concepts & _NO_PLACES:
        return False
    return bool(concepts & _PLACES) or (word.capital and not in_title_case)


def _in_title_case(capitals: Sequence[bool]) -> bool:
    return len(capitals) > 1 and sum(capitals) > _HEADLINE_STYLE * len(capitals)


def _name(words: Words, hits: Sequence[Hit]) -> Hit | None:
    """Return the first two or three words with a capital in a row that no concept explains.

    A headline In Which Most Other Words Have One Too tells no names.
    """
    known, wording = words.known, words.wording
    explained = {place for hit in hits if hit.concept != "famous" for place in range(hit.first, hit.last + 1)}
    for first in range(min(_LATEST_START, len(known) - 1) + 1):
        last = first
        while last < len(known) and last - first < _MOST_NAMES and known[last].capital and last not in explained:
            last += 1
        if last - first > 1:
            others = [word.capital for word in (*known[1:first], *known[last:])]
            begins = known[first].form
            no_name = _in_title_case(others) or begins.endswith(wording.adjectives) or begins in wording.before_a_place
            return None if no_name else Hit("someone", first, last - 1)
    return None
