"""Grouping: which story an article belongs to, decided online and in order of arrival."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import chain, combinations

import msgspec

from tocsin.model import Article
from tocsin.stories.features import report_of
from tocsin.stories.naming import NAMELESS, Names, names_of
from tocsin.stories.similarity import (
    PRIOR_ARTICLES,
    SHIPPED,
    GroupingWeights,
    closeness,
    likelihood,
    same_story,
    shared_terms,
    vector_of,
)
from tocsin.stories.terms import Terms, terms_of
from tocsin.stories.window import NOTHING, State, Story, Vector, Window

_CANDIDATES = 4
_LEAST_SHARED = 0.1
_LEAST_OF_MOST = 0.4
_POSTINGS_READ = 80
_POSTINGS_OF_A_TERM = 40
_MERGES_TRIED = 3
_MERGE_LIKELY = 0.3
_ROUND_UP = 3
_UNRELATED = 0.05
_MOST_NAMES = 400
_LEAST_FORM = 4


class Assignment(msgspec.Struct, frozen=True, gc=False):
    """Where one article went.

    ``similarity`` is the probability (0–1) that it is about the nearest story, ``nearest``, also when it began a story
    of its own; ``merged`` lists the ids of stories that were just folded into ``story``, ``kept_apart`` of those that
    would have been, had readers not been alerted to both. ``evidence`` are the stems that carried the decision.
    """

    story: str
    is_new: bool
    similarity: float
    nearest: str | None = None
    merged: tuple[str, ...] = ()
    kept_apart: tuple[str, ...] = ()
    reason: str = ""
    evidence: tuple[str, ...] = ()


class Grouper:
    """A bounded window of live stories; deterministic: the same articles in the same order give the same stories.

    A story is named after its first article and is never split; two may merge, unless readers were alerted to both.
    A round-up is set aside: it is a story of its own that nothing joins.
    """

    def __init__(self, weights: GroupingWeights = SHIPPED, window: timedelta = timedelta(hours=72)) -> None:
        self._weights = weights
        self._window = Window(window)

    def add(self, article: Article, at: datetime) -> Assignment:
        """Put ``article``, seen at ``at``, into its story or a new one, and return where it went and why.

        ``at`` does not go back by more than sources' disorder; nothing but earlier articles bears on the decision.
        """
        return self.put(article, terms_of(article), at, lambda: names_of(report_of(article)))

    def put(
        self, article: Article, terms: Terms, at: datetime, names_now: Callable[[], Names] = lambda: NAMELESS
    ) -> Assignment:
        """Do so with an article whose terms are known; ``names_now`` is asked for its names when they matter."""
        self._turn(at)
        vector = self._vector(article, terms)
        scored = self._scored(vector, self._candidates(vector), at)
        self._window.state.frequencies.count(chain(terms.words, terms.keys))
        similarity, nearest = scored[0] if scored else (0.0, None)
        if nearest is None or similarity < self._weights.join:
            story = self._window.begin(article.id, vector, at)
            if nearest is None:
                return Assignment(story.id, True, 0.0, reason="nothing alike")
            return Assignment(story.id, True, similarity, nearest.id, reason="too unlike the nearest story")
        told = any(story.alerted for likely, story in scored if likely >= _MERGE_LIKELY)
        names = names_now() if told else NAMELESS
        own = [pair for pair in scored if not (pair[1].alerted and self._another(names, vector.language, pair[1]))]
        fitting = [story for likely, story in own if likely >= self._weights.join]
        if not fitting:
            story = self._window.begin(article.id, vector, at)
            return Assignment(
                story.id, True, similarity, nearest.id, reason="names nothing of the story told to readers"
            )
        if self._round_up(fitting):
            story = self._window.begin(article.id, NOTHING, at)
            return Assignment(story.id, True, similarity, nearest.id, reason="a round-up of several stories")
        similarity, nearest = own[0]
        evidence = shared_terms(vector, nearest)
        if nearest.alerted:
            _name(nearest, names)
        self._window.join(nearest, vector, at)
        story, merged, apart = self._merge(nearest, [other for likely, other in own[1:] if likely >= _MERGE_LIKELY])
        return Assignment(story.id, False, similarity, story.id, merged, apart, "about the same event", evidence)

    def story(self, story_id: str) -> Story | None:
        """Return the live story of that id or that took over the story of that id; None once it was forgotten."""
        return self._window.story(story_id)

    def alerted(self, story_id: str, names: Names = NAMELESS) -> None:
        """Note that readers were alerted to a story by a report with such names.

        It keeps its id, is not merged with another such story, and takes in nothing that names only others.
        """
        if story := self.story(story_id):
            story.alerted = True
            _name(story, names)

    def merge(self, one: str, other: str) -> tuple[str, str] | None:
        """Fold two live stories into one because an editor says so; return the ids kept (the older) and gone.

        None when either was forgotten. Of two that are one already the order is that in which they were named.
        """
        pair = self.story(one), self.story(other)
        if pair[0] is None or pair[1] is None:
            return None
        if pair[0] is pair[1]:
            return (one, other) if pair[0].id == one else (other, one)
        kept, gone = sorted((pair[0], pair[1]), key=lambda story: story.number)
        self._window.fold(kept, gone)
        return kept.id, gone.id

    def snapshot(self) -> bytes:
        """Return the whole state; a grouper restored from it decides as this one would."""
        return msgspec.msgpack.encode(self._window.state)

    @classmethod
    def restore(
        cls, snapshot: bytes, weights: GroupingWeights = SHIPPED, window: timedelta = timedelta(hours=72)
    ) -> Grouper:
        """Return a grouper in the state that ``snapshot`` holds."""
        grouper = cls(weights, window)
        grouper._window = Window(window, msgspec.msgpack.decode(snapshot, type=State))
        return grouper

    def _turn(self, at: datetime) -> None:
        self._window.forget(at - self._window.span)
        self._window.state.frequencies.turn(at, self._window.span)

    def _vector(self, article: Article, terms: Terms) -> Vector:
        return vector_of(terms, article.language or "", self._window.state.frequencies, self._weights)

    def _candidates(self, vector: Vector) -> list[Story]:
        """Return the stories that share most with the article, looking up its weightiest terms within a budget."""
        postings, stories = self._window.state.postings, self._window.state.stories
        shared, left = dict[int, float](), _POSTINGS_READ
        for term in filter(postings.__contains__, vector.telling):
            numbers, weight = postings[term][-_POSTINGS_OF_A_TERM:], vector.telling[term]
            for number in numbers:
                shared[number] = shared.get(number, 0.0) + weight
            left -= len(numbers)
            if left <= 0:
                break
        least = max(_LEAST_SHARED, _LEAST_OF_MOST * max(shared.values(), default=0.0))
        likely = [(-weight, number) for number, weight in shared.items() if weight >= least and number in stories]
        likely.sort()
        return [stories[number] for _, number in likely[:_CANDIDATES]]

    def _scored(self, vector: Vector, stories: Iterable[Story], at: datetime) -> list[tuple[float, Story]]:
        """Return the stories with their probabilities, the likeliest first and the older first among equals."""
        scored = [(likelihood(vector, story, at, self._weights), story) for story in stories]
        return sorted(scored, key=lambda pair: (-pair[0], pair[1].number))

    def _round_up(self, likely: list[Story]) -> bool:
        """Return whether an article fits three unrelated stories; it would tie together whatever it lists."""
        if len(likely) < _ROUND_UP:
            return False
        return all(closeness(one, other) < _UNRELATED for one, other in combinations(likely[:_ROUND_UP], 2))

    def _another(self, names: Names, language: str, story: Story) -> bool:
        """Tell whether an article, in the language of a told story, names things of which the story names none.

        Names of every day tell no event from another: those count that were in few articles so far. Nations count when
        nothing else is named: half the news of a war shares them.
        """
        if language not in story.languages or not story.named:
            return False
        known = self._window.state.frequencies
        most = math.sqrt(PRIOR_ARTICLES + known.articles)
        others, nations = ([one for one in some if known.counts.get(one, 0) < most] for some in names[:2])
        telling = others or nations
        inflected = language != "en"
        return bool(telling) and not any(_named_in(story, name, inflected) for name in telling)

    def _merge(self, story: Story, others: list[Story]) -> tuple[Story, tuple[str, ...], tuple[str, ...]]:
        """Fold together ``story`` and those of ``others`` that turn out to be it; the older id is kept."""
        merged: list[str] = []
        apart: list[str] = []
        for other in others[:_MERGES_TRIED]:
            if not same_story(story, other, self._weights):
                continue
            if story.alerted and other.alerted:
                apart.append(other.id)
                continue
            kept, gone = (story, other) if story.number < other.number else (other, story)
            self._window.fold(kept, gone)
            merged.append(gone.id)
            story = kept
        return story, tuple(merged), tuple(apart)


def _named_in(story: Story, name: str, inflected: bool) -> bool:
    """Tell whether a story has a name, in a language with cases also another form of it: Volgograd, Volgogradsky."""
    if name in story.named:
        return True
    if not inflected or len(name) < _LEAST_FORM:
        return False
    begun = name[:_LEAST_FORM]
    return any(
        one.startswith(begun) and (one.startswith(name[:-1]) or name.startswith(one[:-1])) for one in story.named
    )


def _name(story: Story, names: Names) -> None:
    """Note what a told story is known by: the names of its reports, and the words of their headlines."""
    if len(story.named) < _MOST_NAMES:
        story.named.update(dict.fromkeys(sorted(names.others | names.nations | names.head)))
