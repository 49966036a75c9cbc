"""The live stories of the last days: what each is made of, where each term occurs, and how common terms are.

Everything is bounded by the window and is a plain value, so that the whole state can be written down and read back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import filterfalse, islice

import msgspec

from tocsin.stories.frequencies import Frequencies

_EXEMPLARS = 4
_MOST_TERMS = 400
_MOST_POSTED = 300
_FOLDED_SPANS = 10
"""Windows for which what was folded into a living story is kept."""


class Gone(msgspec.Struct, frozen=True, gc=False):
    """A story that was folded into another at ``at``; its postings lead nowhere and stay for some windows.

    To take them out of their long lists at once would cost more than to pass over them.
    """

    number: int
    id: str
    at: datetime
    posted: tuple[str, ...]


class Story(msgspec.Struct, gc=False):
    """A live story.

    ``sums`` adds up its articles' vectors, ``length`` is the length of that sum: over ``count`` it is the coherence of
    the story, 1 when all its articles are the same and near 0 when they share nothing. ``exemplars`` are its first and
    newest vectors, from two articles on. ``posted`` are the terms by which it can be found. ``named``
    are, once readers were alerted to it, the stems of names and headlines of what they were told and what joined since.
    """

    number: int
    id: str
    first: datetime
    last: datetime
    languages: list[str]
    sums: dict[str, float]
    keys: dict[str, None]
    posted: dict[str, None]
    length: float = 1.0
    count: int = 1
    exemplars: list[dict[str, float]] = []
    alerted: bool = False
    named: dict[str, None] = {}
    merged: list[Gone] = []

    @property
    def coherence(self) -> float:
        """The mean similarity of an article of the story to all of them: 0–1."""
        return self.length / self.count


class Vector(msgspec.Struct, frozen=True, gc=False):
    """An article to compare.

    ``words`` are its terms weighed by rarity, of unit length. ``telling`` are the weightiest terms and keys, the
    weightiest first: by these it looks for stories and is found. ``bonus`` is what each term adds to the score of a
    story that has it, for being in the headline, a name or a figure; ``base`` is the score before anything is shared.
    ``keys`` and ``figures`` are what the comparison across languages needs.
    """

    words: dict[str, float]
    telling: dict[str, float]
    bonus: dict[str, float]
    base: float
    keys: dict[str, float]
    figures: dict[str, float]
    language: str


NOTHING = Vector({}, {}, {}, 0.0, {}, {}, "")
"""The vector of an article that nothing should be compared with."""


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
        number, words, keys = self.state.next_number, dict(vector.words), dict.fromkeys(vector.keys)
        story = Story(number, story_id, at, at, [vector.language], words, keys, {}, exemplars=[], merged=[])
        self.state.next_number += 1
        self.state.stories[number] = story
        self.state.numbers[story_id] = number
        self._post(story, vector.telling)
        return story

    def join(self, story: Story, vector: Vector, at: datetime) -> None:
        """Add an article to a story, which becomes the last joined."""
        if story.count == 1:
            story.exemplars.append(dict(story.sums))
        _add(story, vector.words)
        story.keys.update(dict.fromkeys(vector.keys))
        if vector.language not in story.languages:
            story.languages.append(vector.language)
        story.count += 1
        story.last = max(story.last, at)
        story.exemplars.append(vector.words)
        del story.exemplars[1 : 1 + max(0, len(story.exemplars) - _EXEMPLARS)]
        self._post(story, vector.telling)
        self._renew(story)
        # A story that is followed for weeks holds no more than others.
        for one in [one for one in story.merged if one.at < at - _FOLDED_SPANS * self.span]:
            story.merged.remove(one)
            self._remove(one)

    def fold(self, kept: Story, gone: Story) -> None:
        """Fold a story into an older one that turned out to be the same."""
        del self.state.stories[gone.number]
        own, other = (story.exemplars or [dict(story.sums)] for story in (kept, gone))
        kept.exemplars = [*own[:1], *other[:1], *own[1:], *other[1:]][:_EXEMPLARS]
        _add(kept, gone.sums)
        kept.keys.update(gone.keys)
        kept.languages = list(dict.fromkeys([*kept.languages, *gone.languages]))
        kept.count += gone.count
        kept.last = max(kept.last, gone.last)
        kept.alerted |= gone.alerted
        kept.named |= gone.named
        taken = [Gone(gone.number, gone.id, kept.last, tuple(gone.posted)), *gone.merged]
        kept.merged += taken
        for one in taken:
            self.state.numbers[one.id] = kept.number
        self._post(kept, gone.posted)
        self._renew(kept)

    def forget(self, before: datetime) -> None:
        """Forget the stories that nothing has joined since ``before``."""
        while self.state.stories:
            story = next(iter(self.state.stories.values()))
            if story.last >= before:
                return
            del self.state.stories[story.number]
            ended: tuple[Story | Gone, ...] = (story, *story.merged)
            for one in ended:
                self._remove(one)

    def _remove(self, one: Story | Gone) -> None:
        self._unpost(one.number, one.posted)
        del self.state.numbers[one.id]

    def _post(self, story: Story, terms: Iterable[str]) -> None:
        """Make a story be found by ``terms`` too; by so many in all, so that a large story costs no more."""
        postings, posted, number = self.state.postings, story.posted, story.number
        new = list(islice(filterfalse(posted.__contains__, terms), _MOST_POSTED - len(posted)))
        posted.update(dict.fromkeys(new))
        for term in new:
            if (numbers := postings.get(term)) is None:
                postings[term] = [number]
            else:
                numbers.append(number)

    def _unpost(self, number: int, terms: Iterable[str]) -> None:
        postings = self.state.postings
        for term in terms:
            numbers = postings[term]
            if len(numbers) == 1:
                del postings[term]
            else:
                numbers.remove(number)  # near the beginning: what is forgotten is old

    def _renew(self, story: Story) -> None:
        """Make a story the last joined; of a large one keep the terms that carry it."""
        self.state.stories[story.number] = self.state.stories.pop(story.number)
        if len(story.sums) > 2 * _MOST_TERMS:
            carry = sorted(story.sums, key=lambda term: -story.sums[term])[:_MOST_TERMS]
            story.sums = {term: story.sums[term] for term in carry}
            story.length = math.sqrt(sum([weight * weight for weight in story.sums.values()]))
            story.keys = dict.fromkeys(list(story.keys)[-_MOST_TERMS:])


def _add(story: Story, words: dict[str, float]) -> None:
    """Add a vector to the story's sum and keep its length right: |s + v|² = |s|² + 2 s·v + |v|²."""
    sums = story.sums
    square = story.length * story.length
    for term, weight in words.items():
        before = sums.get(term, 0.0)
        sums[term] = before + weight
        square += weight * (weight + 2.0 * before)
    story.length = math.sqrt(square)
