"""Finds place names in a text and says which place each one is, by our own gazetteer; what stays unclear is left so."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.model import PlaceMention
from tocsin.reading.places_gazetteer import Place, gazetteer

# A namesake must be this much nearer to what else the text is about before it is chosen.
_CLEARLY: Final = 1.5
_DEGREES_AT_HAND: Final = 10.0
_WORD_BEFORE = re.compile(r"([^\W\d_]+\.?|\d+|[^\w\s]) ?\Z")
# What stands before a river and never before the town of its name ("the bank of the Dnipro", "берег Днепра").
_OF_A_RIVER: Final = re.compile(
    r"(?:(?:banks? of|side of|across|along|over|crossed) the|берег\w{0,4}|[Чч]ерез|вдоль|уздовж) \Z"
)
_PREPOSITIONS: Final = """
in of near from to at the on for with by over around outside inside toward towards into across between against via
eastern western northern southern central greater downtown occupied eu nato un
в во на у из из-за под около к ко от до за над через вблизи возле с со
в на у із з зі під біля до від за над через поблизу
"""
_BEFORE_PLACES: Final = frozenset(_PREPOSITIONS.split())


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A name found in the text, with the places it may mean."""

    start: int
    end: int
    meanings: tuple[Place, ...]


def find_places(text: str) -> tuple[PlaceMention, ...]:
    """Return the places named in ``text`` in order, with spans in its code points.

    Names are read in English, Ukrainian and Russian, whatever the text is in: news quotes across them. A name that
    several places bear is resolved by the region or country named right behind it, else by what else the text is about,
    else left unresolved.
    """
    candidates = _candidates(text)
    about = Counter(found.meanings[0] for found in candidates if len(found.meanings) == 1)
    following: Sequence[_Candidate | None] = [*candidates[1:], None]
    return tuple(
        _mention(text, found, _choose(text, found, behind, about))
        for found, behind in zip(candidates, following, strict=False)
    )


def _candidates(text: str) -> list[_Candidate]:
    book = gazetteer()
    found = []
    for index, start, end in book.automaton.find_matches_as_indexes(text):
        meanings = book.meanings[index]
        if _is_word(text, start, end) and not _is_other(text, start, end, meanings[0].flags):
            found.append(_Candidate(start, end, meanings))
    return found


def _is_word(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isalnum() or before == "_" or after.isalnum() or after == "_")


def _is_other(text: str, start: int, end: int, flags: str) -> bool:
    """Tell Kirov the man from Kirov the town, and Nice from nice.

    A surname follows a capitalised word, a given name precedes one; a common word is a name only behind a preposition.
    """
    if not flags:
        return False
    before = _WORD_BEFORE.search(text, max(0, start - 40), start)
    word = before[1] if before else ""
    ends_sentence = word.endswith(".") and len(word) > len("Sgt.")
    if "s" in flags and word[:1].isupper() and not ends_sentence and word.lower() not in _BEFORE_PLACES:
        return True
    if "g" in flags and word.lower() not in _BEFORE_PLACES and _name_behind(text, end):
        return True
    return "w" in flags and word.lower() not in _BEFORE_PLACES


def _name_behind(text: str, end: int) -> bool:
    return text[end : end + 1] == " " and text[end + 1 : end + 2].isupper()


def _choose(text: str, found: _Candidate, behind: _Candidate | None, about: Counter[Place]) -> Place | None:
    """Return the place that a name means here, or None."""
    if behind and text[found.end : behind.start] == ", " and behind.meanings[0].kind in {"region", "country"}:
        inside = [place for place in found.meanings if any(_holds(outer, place) for outer in behind.meanings)]
        if inside:
            return inside[0]
        if behind.meanings[0].kind == "region" and _elsewhere(found.meanings, behind.meanings):
            return None
    plain = [place for place in found.meanings if "?" not in place.flags]
    rivers = [place for place in plain if place.kind == "feature"]
    if len(plain) > 1 and rivers:
        near_water = _OF_A_RIVER.search(text, max(0, found.start - 30), found.start)
        return rivers[0] if near_water else next(place for place in plain if place is not rivers[0])
    if len({place.country for place in plain}) == 1:
        return plain[0]  # a country and its capital of one name ("Алжир") are told apart by nothing: the larger
    return _nearest(found.meanings, about)


def _holds(outer: Place, place: Place) -> bool:
    """Say whether a region or country can hold a town, or stand in a list with another region of its country."""
    if outer.country != place.country:
        return False
    town_of_region = outer.kind == "region" and place.kind in {"town", "capital"}
    return not town_of_region or _degrees(outer, place) < _DEGREES_AT_HAND / 2


def _elsewhere(towns: Sequence[Place], regions: Sequence[Place]) -> bool:
    """Say whether a town is named with a region of another country ("London, Ontario"), so is none that we know."""
    countries = {region.country for region in regions}
    return all(town.kind in {"town", "capital"} and town.country not in countries for town in towns)


def _nearest(meanings: Sequence[Place], about: Counter[Place]) -> Place | None:
    """Return the namesake that is clearly nearest to the other places of the text."""
    scored = sorted(((_nearness(place, about), place.name, place) for place in meanings), key=lambda item: -item[0])
    best, second = scored[0], scored[1] if len(scored) > 1 else (0.0, "", None)
    return best[2] if best[0] > 0.1 and best[0] >= _CLEARLY * second[0] else None


def _nearness(place: Place, about: Counter[Place]) -> float:
    return sum(
        count * (1.0 if other.country == place.country else math.exp(-_degrees(place, other) / _DEGREES_AT_HAND))
        for other, count in about.items()
        if other.country
    )


def _degrees(one: Place, other: Place) -> float:
    """Return a rough distance in degrees of latitude."""
    east = (one.lon - other.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(one.lat - other.lat, east)


def _mention(text: str, found: _Candidate, place: Place | None) -> PlaceMention:
    span = found.start, found.end
    if place is None:
        return PlaceMention(text[slice(*span)], span)
    return PlaceMention(text[slice(*span)], span, place.name, place.country, place.lat, place.lon)
