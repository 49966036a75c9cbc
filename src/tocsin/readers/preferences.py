"""Preferences as a reader sets them on a form: what, when, how often."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind
from tocsin.readers.signup import Fields

PACES = ("immediate", "daily", "weekly")
OVERRIDES = ("flash", "alert", "none")
MOST_PHRASES = 20
MOST_PLACES = 50
MOST_TOPICS = 200
LONGEST_PHRASE = 120
MOST_CAP = 50

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_WORD = re.compile(r"\w{2}")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants, when and how often.

    Quiet hours run from ``quiet_from`` to ``quiet_to`` (minutes since local midnight, over midnight if the end is
    smaller), both None for none; ``quiet_override`` is the lowest band that breaks them ("none": nothing does).
    ``digest_day`` counts from Monday, 0. ``daily_cap`` None means no cap. ``zone`` is an IANA name.
    """

    interests: tuple[Interest, ...] = (ALL_NEWS,)
    pace: str = "immediate"
    flash_only: bool = False
    quiet_from: int | None = None
    quiet_to: int | None = None
    quiet_override: str = "flash"
    digest_hour: int = 7
    digest_day: int = 0
    daily_cap: int | None = None
    zone: str = "UTC"
    language: str = "en"
    paused_until: datetime | None = None

    def named(self, kind: InterestKind) -> tuple[str, ...]:
        """Return the values of the interests of a kind."""
        return tuple(interest.value for interest in self.interests if interest.kind == kind)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a form may ask for: which topics and languages there are, and what a place's name means."""

    is_topic: Callable[[str], bool]
    languages: tuple[str, ...]
    place_keys: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form asked for, and the places it named that nobody knows.

    ``half_quiet`` tells that quiet hours were given no end, or no beginning.
    """

    preferences: Preferences
    unknown_places: tuple[str, ...] = ()
    half_quiet: bool = False


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones: finding them takes a walk through hundreds of files, once."""
    return frozenset(available_timezones())


def read_preferences(fields: Fields, present: Preferences, offer: Offer, now: datetime) -> Chosen:
    """Return what the form asks for; a field that is missing or makes no sense leaves what there is.

    Nothing chosen means all news. A pause ends at the beginning of the named day in the reader's zone.
    """
    zone = _one_of(fields, "zone", zones(), present.zone)
    quiet = _minutes(fields, "quiet_from"), _minutes(fields, "quiet_to")
    half = (quiet[0] is None) != (quiet[1] is None)
    if half:
        quiet = present.quiet_from, present.quiet_to
    unknown = tuple(name for name in _lines(fields, "new_places", MOST_PLACES) if not offer.place_keys(name))
    chosen = replace(
        present,
        interests=_interests(fields, present, offer),
        pace=_one_of(fields, "pace", PACES, present.pace),
        flash_only=bool(_text(fields, "flash_only")),
        quiet_from=None if None in quiet or quiet[0] == quiet[1] else quiet[0],
        quiet_to=None if None in quiet or quiet[0] == quiet[1] else quiet[1],
        quiet_override=_one_of(fields, "quiet_override", OVERRIDES, present.quiet_override),
        digest_hour=_number(fields, "digest_hour", 0, 23, present.digest_hour),
        digest_day=_number(fields, "digest_day", 0, 6, present.digest_day),
        daily_cap=_number(fields, "daily_cap", 1, MOST_CAP, 0) or None,
        zone=zone,
        language=_one_of(fields, "language", offer.languages, present.language),
        paused_until=_pause(fields, zone, now),
    )
    return Chosen(chosen, unknown, half)


def _interests(fields: Fields, present: Preferences, offer: Offer) -> tuple[Interest, ...]:
    had = frozenset(present.interests)
    topics = [Interest(InterestKind.TOPIC, name) for name in fields.get("topics", ())[:MOST_TOPICS]]
    kept = [Interest(InterestKind.PLACE, key) for key in fields.get("places", ())]
    named = [key for name in _lines(fields, "new_places", MOST_PLACES) for key in offer.place_keys(name)[-1:]]
    places = [place for place in kept if place in had] + [Interest(InterestKind.PLACE, key) for key in named]
    phrases = [
        Interest(InterestKind.PHRASE, line) for line in _lines(fields, "phrases", MOST_PHRASES) if _WORD.search(line)
    ]
    wanted = [topic for topic in topics if offer.is_topic(topic.value) or topic in had]
    if _text(fields, "everything"):
        wanted.insert(0, ALL_NEWS)
    return tuple(dict.fromkeys((*wanted, *places[:MOST_PLACES], *phrases))) or (ALL_NEWS,)


def _lines(fields: Fields, name: str, most: int) -> tuple[str, ...]:
    """Return the lines of a text area, each once, white space made plain."""
    lines = (" ".join(line.split())[:LONGEST_PHRASE] for line in _text(fields, name).splitlines())
    return tuple(dict.fromkeys(filter(None, lines)))[:most]


def _text(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "").strip()


def _one_of(fields: Fields, name: str, known: Iterable[str], present: str) -> str:
    value = _text(fields, name)
    return value if value in known else present


def _number(fields: Fields, name: str, least: int, most: int, present: int) -> int:
    value = _text(fields, name)
    plain = value.isascii() and value.isdecimal() and len(value) <= 4
    return int(value) if plain and least <= int(value) <= most else present


def _minutes(fields: Fields, name: str) -> int | None:
    clock = _CLOCK.fullmatch(_text(fields, name)[:5])
    return None if clock is None else int(clock[1]) * 60 + int(clock[2])


def _pause(fields: Fields, zone: str, now: datetime) -> datetime | None:
    try:
        day = date.fromisoformat(_text(fields, "paused_until"))
        until = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return None
    return until if until > now else None
