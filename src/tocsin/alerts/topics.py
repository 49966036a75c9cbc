"""Topics: IPTC Media Topics and the operator's own, assigned by rules that can be read, each with its reason."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel import Locale

from tocsin.alerts.words import Word, stem, words_of
from tocsin.errors import WrongUse
from tocsin.model import PlaceMention, Reason
from tocsin.problems import toml_of

# A word in the headline is worth two in the lead; an event that judging found is worth one word.
_HEADLINE, _LEAD, _EVENT, _PLACE = 2, 1, 1, 2
ENOUGH = 2
MOST_TOPICS = 5
LEAD_WORDS = 80
LEAD_SPAN = 500
OFTEN = 3

LANGUAGES = ("en", "uk", "ru")
_FALLBACK = "en"
# What a country is called where its own name is the place named.
_ENGLISH = Locale.parse(_FALLBACK).territories


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic readers can follow.

    ``labels``, ``words`` and ``not_words`` are by language; a word or phrase may end in "*" for any ending. ``events``
    are concepts named in a verdict's reasons, ``places`` place keys (``place_keys``) that make an article the topic's.
    """

    id: str
    labels: Mapping[str, str]
    parent: str | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assigned:
    """A topic given to an article, and the words, places and events it was given for."""

    topic: str
    points: int
    evidence: tuple[str, ...]


class Topics:
    """All topics of an installation, ready to assign."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = {topic.id: topic for topic in topics}
        self._words = {language: _Lookup(self._topics.values(), language) for language in LANGUAGES}

    def __iter__(self) -> Iterator[Topic]:
        """Iterate over the topics in the order of their files, the operator's own last."""
        return iter(self._topics.values())

    def label(self, topic: str, language: str) -> str:
        """Return what readers call a topic, in their language if it has a label there; its id when it is unknown."""
        known = self._topics.get(topic)
        if known is None:
            return topic
        return known.labels.get(language) or known.labels.get(_FALLBACK) or next(iter(known.labels.values()), topic)

    def assign(
        self,
        headline: str,
        text: str,
        language: str,
        places: Sequence[PlaceMention] = (),
        reasons: Sequence[Reason] = (),
    ) -> tuple[Assigned, ...]:
        """Return the topics of an article, the surest first, each followed by the wider one it belongs to.

        Words count in the headline and the first ``LEAD_WORDS`` words; ``places`` are those the reading found,
        ``reasons`` the verdict's. Deterministic; a topic needs ``ENOUGH`` points.
        """
        evidence: dict[str, dict[str, int]] = defaultdict(dict)
        lookup = self._words.get(language, self._words[_FALLBACK])
        for piece, points in ((headline, _HEADLINE), (_lead(text), _LEAD)):
            for topic, words in lookup.find(piece):
                evidence[topic].setdefault(words.casefold(), points)
        self._by_event(evidence, reasons)
        self._by_place(evidence, places)
        sums = {topic: sum(found.values()) for topic, found in evidence.items()}
        chosen = sorted((topic for topic in sums if sums[topic] >= ENOUGH), key=lambda topic: -sums[topic])
        return tuple(self._with_parents(chosen[:MOST_TOPICS], evidence, sums))

    def _by_event(self, evidence: dict[str, dict[str, int]], reasons: Sequence[Reason]) -> None:
        for event, words in concepts_of(reasons).items():
            for topic in self._topics.values():
                if event in topic.events:
                    evidence[topic.id].setdefault(f"{event}: {words}", _EVENT)

    def _by_place(self, evidence: dict[str, dict[str, int]], places: Sequence[PlaceMention]) -> None:
        keys = {key: place.text for place in places for key in place_keys((place,))}
        for topic in self._topics.values():
            for key in topic.places & keys.keys():
                evidence[topic.id].setdefault(keys[key], _PLACE)

    def _with_parents(
        self, chosen: Sequence[str], evidence: Mapping[str, Mapping[str, int]], sums: Mapping[str, int]
    ) -> Iterator[Assigned]:
        given: set[str] = set()
        for topic in chosen:
            for one in (topic, self._topics[topic].parent):
                if one and one not in given:
                    given.add(one)
                    yield Assigned(one, sums[topic], tuple(evidence[topic]))


def concepts_of(reasons: Sequence[Reason]) -> dict[str, str]:
    """Return the concepts that a verdict's reasons name and add points for, with the words they stand on.

    A reason may join concepts ("court + verdict") or say "… at once".
    """
    concepts: dict[str, str] = {}
    for reason in reasons:
        if reason.kind == "points" and reason.points > 0:
            for concept in reason.name.split(" + "):
                concepts.setdefault(concept.removesuffix(" at once").strip(), reason.evidence)
    return concepts


def place_keys(places: Iterable[PlaceMention]) -> tuple[str, ...]:
    """Return the keys of the resolved places in order, each once: the country ("UA"), then the place ("UA/Kherson")."""
    keys: dict[str, None] = {}
    for place in places:
        if place.country:
            keys[place.country] = None
            if place.name and place.name != _ENGLISH.get(place.country):
                keys[f"{place.country}/{place.name}"] = None
    return tuple(keys)


def places_about(places: Sequence[PlaceMention], headline: str) -> tuple[PlaceMention, ...]:
    """Return the places an article is about, not those it merely mentions.

    They stand in the headline or in the first ``LEAD_SPAN`` characters, or come back ``OFTEN`` times.
    """
    named = Counter((place.country, place.name) for place in places)
    return tuple(
        place
        for place in places
        if place.span[0] < LEAD_SPAN or named[place.country, place.name] >= OFTEN or place.text in headline
    )


def _lead(text: str) -> str:
    return " ".join(text.split(maxsplit=LEAD_WORDS)[:LEAD_WORDS])


class _Lookup:
    """The words of all topics in one language, by the beginning of their first word."""

    def __init__(self, topics: Iterable[Topic], language: str) -> None:
        self._wanted: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        self._unwanted: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        for topic in topics:
            for book, words in ((self._wanted, topic.words), (self._unwanted, topic.not_words)):
                for entry in words.get(language, ()):
                    pattern = _pattern(entry)
                    book[pattern[0][:2]].append((topic.id, pattern))

    def find(self, text: str) -> Iterator[tuple[str, str]]:
        """Return each topic whose words stand in ``text``, with the words as written."""
        words = words_of(text)
        barred = {(topic, i) for topic, first, last in _hits(words, self._unwanted) for i in range(first, last)}
        for topic, first, last in _hits(words, self._wanted):
            if (topic, first) not in barred:
                yield topic, text[words[first].start : words[last - 1].end]


def _hits(words: Sequence[Word], book: Mapping[str, list[tuple[str, list[str]]]]) -> Iterator[tuple[str, int, int]]:
    for i, word in enumerate(words):
        for topic, pattern in book.get(word.stem[:2], ()):
            there = words[i : i + len(pattern)]
            if len(there) == len(pattern) and all(map(_fits, there, pattern)):
                yield topic, i, i + len(pattern)


def _fits(word: Word, wanted: str) -> bool:
    return word.folded.startswith(wanted[:-1]) if wanted.endswith("*") else word.stem == wanted


def _pattern(entry: str) -> list[str]:
    """Return an entry's words as stems, and as folded beginnings with "*" where any ending will do."""
    return [f"{word.casefold()}" if word.endswith("*") else stem(word) for word in entry.replace("-", " ").split()]


@cache
def shipped_topics() -> Topics:
    """Return the topics that come with Tocsin."""
    raw = (files(__package__) / "topics.toml").read_text(encoding="utf-8")
    return Topics(_topics(tomllib.loads(raw)))


@cache
def load_topics(file: Path | None) -> Topics:
    """Return the shipped topics and the operator's own from a file of the same form; raises ``WrongUse``.

    A file is read once in the life of a process: whatever names topics in it agrees.
    """
    if file is None:
        return shipped_topics()
    try:
        return Topics((*shipped_topics(), *_topics(toml_of(file, WrongUse))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongUse(f"{file}: {error}") from error


def _topics(raw: Mapping[str, Any]) -> Iterator[Topic]:
    for row in raw.get("topic", ()):
        yield Topic(
            id=row["id"],
            labels={language: row[language] for language in LANGUAGES if language in row},
            parent=row.get("parent"),
            words={language: tuple(words) for language, words in row.get("words", {}).items()},
            not_words={language: tuple(words) for language, words in row.get("not", {}).items()},
            events=frozenset(row.get("events", ())),
            places=frozenset(row.get("places", ())),
        )
