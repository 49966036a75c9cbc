"""What a reader wants alerts about, and what no more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class InterestKind(StrEnum):
    """What an interest names."""

    ALL = "all"
    TOPIC = "topic"
    PLACE = "place"
    PHRASE = "phrase"


class StopKind(StrEnum):
    """What a reader has stopped."""

    STORY = "story"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Interest:
    """One thing a reader wants alerts about; ``value`` is the topic, place or phrase, empty for all news."""

    kind: InterestKind
    value: str = ""


ALL_NEWS = Interest(InterestKind.ALL)


@dataclass(frozen=True, slots=True)
class Stop:
    """A story (by its id) or a topic that a reader wants no more of, whatever their interests say."""

    kind: StopKind
    value: str
