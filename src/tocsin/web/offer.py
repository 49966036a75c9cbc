"""What the forms offer: topics with how much comes of each, places by name, zones."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from tocsin.alerts.topics import Topics, load_topics, place_keys
from tocsin.i18n import alphabetical, languages
from tocsin.model import Band
from tocsin.readers.preferences import Offer
from tocsin.reading.places import find_places
from tocsin.store.alerts import topics_since
from tocsin.wiring import Parts

COUNTED = timedelta(days=30)
_FRESH_S = 600.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A topic as a form shows it: how many alerts it had in 30 days."""

    id: str
    label: str
    volume: int


@dataclass
class Shelf:
    """The topics of an installation with their volumes, counted every ten minutes."""

    parts: Parts
    topics: Topics = field(init=False)
    _counted_at: float = -_FRESH_S
    _volumes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.topics = load_topics(self.parts.settings.readers.topics_file)

    def offered(self, language: str) -> tuple[Choice, ...]:
        """Return the topics that the sign-up form offers."""
        return self.choices(self.parts.settings.readers.topics, language)

    def all(self, language: str) -> tuple[Choice, ...]:
        """Return all topics, by their labels."""
        choices = self.choices([topic.id for topic in self.topics], language)
        return tuple(sorted(choices, key=lambda choice: alphabetical(choice.label)))

    def choices(self, ids: Sequence[str], language: str) -> tuple[Choice, ...]:
        """Return topics as a form shows them."""
        volumes = self._volume()
        return tuple(Choice(one, _capital(self.topics.label(one, language)), volumes[one]) for one in ids)

    def flashes(self) -> int:
        """Return how many flashes there were in 30 days."""
        return self._volume()[Band.FLASH]

    def offer(self) -> Offer:
        """Return what a form may ask for."""
        known = frozenset(topic.id for topic in self.topics)
        return Offer(known.__contains__, languages(), keys_named)

    def _volume(self) -> Counter[str]:
        if time.monotonic() - self._counted_at > _FRESH_S:
            with self.parts.store.read() as connection:
                self._volumes = Counter(topics_since(connection, self.parts.clock() - COUNTED))
            self._counted_at = time.monotonic()
        return self._volumes


@lru_cache(maxsize=1000)
def keys_named(name: str) -> tuple[str, ...]:
    """Return the keys of the place that a name means in one of our languages, the widest first; none if unknown."""
    for spelling in (name, name.title()):
        found = find_places(spelling)
        if len(found) == 1 and found[0].span == (0, len(spelling)):
            return place_keys(found)
    return ()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
