"""Remit: whether an authority speaks of what it is the authority for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tocsin.model import PlaceMention, Source

# The topics a remit may name, and the concepts of the lexicons that are about them; any other entry names a place.
_TOPICS = {
    "weather": {"disaster", "emergency"},
    "earthquakes": {"disaster"},
    "disasters": {"disaster", "emergency"},
    "health": {"disaster", "emergency"},
    "civil protection": {"disaster", "emergency", "missile", "strike"},
    "elections": {"election", "winning"},
    "markets": {"market", "decision"},
    "police": {"attack", "arrest", "hostage", "suspect"},
    "transport": {"crash", "wreck", "outage"},
}


def within_remit(source: Source, concepts: Collection[str], places: Sequence[PlaceMention]) -> bool:
    """Return whether an authority's remit covers a report with these concepts and places.

    A remit holds topics (``weather``), places (``UA``, ``Kherson``) or both. What it names must all be met: one of its
    topics is spoken of, and each place that the report names lies within its places. What is not certain is outside.
    """
    if source.tier != 1 or not source.remit:
        return False
    remit = {entry.casefold() for entry in source.remit}
    topics, areas = remit & _TOPICS.keys(), remit - _TOPICS.keys()
    spoken_of = any(_TOPICS[topic] & set(concepts) for topic in topics)
    return (spoken_of or not topics) and (_all_inside(areas, places) or not areas)


def _all_inside(areas: set[str], places: Sequence[PlaceMention]) -> bool:
    return bool(places) and all(_names(place) & areas for place in places)


def _names(place: PlaceMention) -> set[str]:
    return {name.casefold() for name in (place.name, place.country) if name}
