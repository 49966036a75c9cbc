"""Finds place names in a text and says which place each one is, by our own gazetteer; what stays unclear is left so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tocsin.model import PlaceMention
from tocsin.reading.places_gazetteer import Place, gazetteer


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A name found in the text, with the places it may mean."""

    start: int
    end: int
    meanings: tuple[Place, ...]


def find_places(text: str, language: str) -> tuple[PlaceMention, ...]:
    """Return the places named in ``text`` in order, with spans in its code points.

    Names are read in English, Ukrainian and Russian whatever ``language`` says, since news quotes across them. A name that
    several places bear is resolved by the region or country named beside it, else by the countries that the rest of the
    text is about, else left unresolved.
    """
    candidates = _candidates(text)
    about = Counter(
        found.meanings[0].country
        for found in candidates
        if len(found.meanings) == 1 and "?" not in found.meanings[0].flags
    )
    return tuple(_mention(text, found, about) for found in candidates)


def _candidates(text: str) -> list[_Candidate]:
    book = gazetteer()
    found = []
    for index, start, end in book.automaton.find_matches_as_indexes(text):
        meanings = book.meanings[index]
        if _is_word(text, start, end) and not _is_person(text, start, end, meanings[0].flags):
            found.append(_Candidate(start, end, meanings))
    return found


def _is_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() or before == "_" or after.isalnum() or after == "_")


def _is_person(text: str, start: int, end: int, flags: str) -> bool:
    """Tell Kirov the man from Kirov the town: a surname follows a given name, a given name precedes a surname."""
    if "s" in flags and _capital_before(text, start):
        return True
    return "g" in flags and text[end : end + 1] == " " and text[end + 1 : end + 2].isupper()


def _capital_before(text: str, start: int) -> bool:
    """Say whether the word before is capitalised in the middle of a sentence ("Sergei Kirov")."""
    if start < 2 or text[start - 1] != " ":
        return False
    word = text[text.rfind(" ", max(0, start - 40), start - 1) + 1 : start - 1]
    return word[:1].isupper() and word.isalpha() and word.lower() not in _BEFORE_PLACES


_BEFORE_PLACES = frozenset(
    "in of near from to at the and eastern western northern southern central greater new".split()
)


def _mention(text: str, found: _Candidate, about: Counter[str]) -> PlaceMention:
    place = _choose(found.meanings, about)
    span = found.start, found.end
    if place is None:
        return PlaceMention(text[slice(*span)], span)
    return PlaceMention(text[slice(*span)], span, place.name, place.country, place.lat, place.lon)


def _choose(meanings: tuple[Place, ...], about: Counter[str]) -> Place | None:
    if len(meanings) == 1 and "?" not in meanings[0].flags:
        return meanings[0]
    ranked = sorted(meanings, key=lambda place: -about[place.country])
    if not about[ranked[0].country] or (len(ranked) > 1 and about[ranked[0].country] == about[ranked[1].country]):
        clear = [place for place in meanings if "?" not in place.flags]
        return clear[0] if clear else None
    return ranked[0]
