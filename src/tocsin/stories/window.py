"""The live stories of the last days: what each is made of, where each term occurs, and how common terms are.

Everything is bounded by the window and is a plain value, so that the whole state can be written down and read back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

_EXEMPLARS = 4
_MOST_TERMS = 400


class Story(msgspec.Struct):
    """A live story.

    ``sums`` adds up its articles' vectors, ``length`` is the length of that sum: over ``count`` it is the coherence of
    the story, 1 when all its articles are the same and near 0 when they share nothing. ``exemplars`` are its first and
    newest vectors, from two articles on.
    """

    number: int
    id: str
    first: datetime
    last: datetime
    languages: list[str]
    sums: dict[str, float]
    keys: dict[str, int]
    length: float = 1.0
    count: int = 1
    exemplars: list[dict[str, float]] = []
    alerted: bool = False
    merged: list[str] = []

    @property
    def coherence(self) -> float:
        """The mean similarity of an article of the story to all of them: 0–1."""
        return self.length / self.count


class Vector(msgspec.Struct, frozen=True):
    """An article to compare.

    ``words`` are its terms weighed by rarity, of unit length. ``bonus`` is what each term adds to the score of a story
    that has it, for being in the headline, a name or a figure; ``base`` is the score before anything is shared.
    ``keys`` and ``figures`` are what the comparison across languages needs.
    """

    words: dict[str, float]
    bonus: dict[str, float]
    base: float
    keys: dict[str, float]
    figures: dict[str, float]
    language: str


NOTHING = Vector({}, {}, 0.0, {}, {}, "")
"""The vector of an article that nothing should be compared with."""


class Frequencies(msgspec.Struct):
    """In how many of the last ``articles`` each term occurred; with each window that passes, older ones count half."""

    since: datetime | None = None
    articles: int = 0
    counts: dict[str, int] = {}

    def turn(self, at: datetime, window: timedelta) -> None:
        """Halve all counts when ``window`` has passed since the last turn; terms seen once are forgotten."""
        if self.since is None:
            self.since = at
        elif at - self.since >= window:
            self.counts = {term: count // 2 for term, count in self.counts.items() if count > 1}
            self.articles, self.since = self.articles // 2, at

    def count(self, terms: Iterable[str]) -> None:
        """Count the distinct terms of one more article."""
        self.articles += 1
        counts = self.counts
        for term in terms:
            counts[term] = counts.get(term, 0) + 1


class State(msgspec.Struct):
    """All that a window knows; ``stories`` are in the order in which they were last joined."""

    next_number: int = 0
    stories: dict[int, Story] = {}
    numbers: dict[str, int] = {}
    postings: dict[str, list[int]] = {}
    frequencies: Frequencies = msgspec.field(default_factory=Frequencies)


class Window:
    """The live stories; one that nothing has joined for ``span`` is forgotten."""

    def __init__(self, span: timedelta, state: State | None = None) -> None:
        self.span = span
        self.state = state or State()

    def story(self, story_id: str) -> Story | None:
        """Return the live story of that id or that took over the story of that id; None when it was forgotten."""
        number = self.state.numbers.get(story_id)
        return None if number is None else self.state.stories[number]

    def begin(self, story_id: str, vector: Vector, at: datetime) -> Story:
        """Open a story with its first article."""
        number = self.state.next_number
        keys = dict.fromkeys(vector.keys, 1)
        story = Story(number, story_id, at, at, [vector.language], dict(vector.words), keys, exemplars=[], merged=[])
        self.state.next_number += 1
        self.state.stories[number] = story
        self.state.numbers[story_id] = number
        self._post(number, vector.words)
        self._post(number, keys)
        return story

    def join(self, story: Story, vector: Vector, at: datetime) -> None:
        """Add an article to a story, which becomes the last joined."""
        if story.count == 1:
            story.exemplars.append(dict(story.sums))
        self._post(story.number, [term for term in vector.words if term not in story.sums])
        self._post(story.number, [key for key in vector.keys if key not in story.keys])
        _add(story, vector.words)
        for key in vector.keys:
            story.keys[key] = story.keys.get(key, 0) + 1
        if vector.language not in story.languages:
            story.languages.append(vector.language)
        story.count += 1
        story.last = max(story.last, at)
        story.exemplars.append(vector.words)
        del story.exemplars[1 : 1 + max(0, len(story.exemplars) - _EXEMPLARS)]
        self.state.stories[story.number] = self.state.stories.pop(story.number)
        self._prune(story)

    def fold(self, kept: Story, gone: Story) -> None:
        """Fold a story into an older one that turned out to be the same."""
        self._unpost(gone)
        del self.state.stories[gone.number]
        self._post(kept.number, [term for term in gone.sums if term not in kept.sums])
        self._post(kept.number, [key for key in gone.keys if key not in kept.keys])
        _add(kept, gone.sums)
        for key, count in gone.keys.items():
            kept.keys[key] = kept.keys.get(key, 0) + count
        own, other = (story.exemplars or [dict(story.sums)] for story in (kept, gone))
        kept.exemplars = [*own[:1], *other[:1], *own[1:], *other[1:]][:_EXEMPLARS]
        kept.languages = list(dict.fromkeys([*kept.languages, *gone.languages]))
        kept.count += gone.count
        kept.last = max(kept.last, gone.last)
        kept.alerted |= gone.alerted
        kept.merged += [gone.id, *gone.merged]
        for story_id in (gone.id, *gone.merged):
            self.state.numbers[story_id] = kept.number
        self.state.stories[kept.number] = self.state.stories.pop(kept.number)
        self._prune(kept)

    def forget(self, before: datetime) -> None:
        """Forget the stories that nothing has joined since ``before``."""
        while self.state.stories:
            story = next(iter(self.state.stories.values()))
            if story.last >= before:
                return
            self._unpost(story)
            del self.state.stories[story.number]
            for story_id in (story.id, *story.merged):
                del self.state.numbers[story_id]

    def _post(self, number: int, terms: Iterable[str]) -> None:
        postings = self.state.postings
        for term in terms:
            if term in postings:
                postings[term].append(number)
            else:
                postings[term] = [number]

    def _unpost(self, story: Story, terms: Iterable[str] | None = None) -> None:
        postings = self.state.postings
        for term in [*story.sums, *story.keys] if terms is None else terms:
            numbers = postings[term]
            if len(numbers) == 1:
                del postings[term]
            else:
                numbers.remove(story.number)

    def _prune(self, story: Story) -> None:
        """Keep the terms that carry a large story, so that its size and its cost stay bounded."""
        if len(story.sums) <= 2 * _MOST_TERMS:
            return
        by_weight = sorted(story.sums, key=lambda term: -story.sums[term])
        self._unpost(story, by_weight[_MOST_TERMS:])
        story.sums = {term: story.sums[term] for term in by_weight[:_MOST_TERMS]}
        story.length = math.sqrt(sum(weight * weight for weight in story.sums.values()))


def _add(story: Story, words: dict[str, float]) -> None:
    """Add a vector to the story's sum and keep its length right: |s + v|² = |s|² + 2 s·v + |v|²."""
    sums = story.sums
    square = story.length * story.length
    for term, weight in words.items():
        before = sums.get(term, 0.0)
        sums[term] = before + weight
        square += weight * (weight + 2.0 * before)
    story.length = math.sqrt(square)
