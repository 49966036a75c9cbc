"""Grouping: which story an article belongs to, decided online and in order of arrival."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.model import Article
from tocsin.stories.terms import Terms, terms_of


@dataclass(frozen=True, slots=True)
class GroupingWeights:
    """What grouping weighs: the similarity from which an article joins a story, and each channel's share."""

    join: float = 0.2
    second_look: float = 0.15
    lead: float = 0.6
    body: float = 0.3


SHIPPED = GroupingWeights()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one article went.

    ``similarity`` (0–1) is to the nearest story ``nearest``, also when the article began a story of its own;
    ``merged`` lists stories that were just folded into ``story``; ``evidence`` the terms that carried the decision.
    """

    story: str
    is_new: bool
    similarity: float
    nearest: str | None = None
    merged: tuple[str, ...] = ()
    reason: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A story near an article: ``similarity`` (0–1) and the terms they share, the most telling first."""

    story: str
    similarity: float
    evidence: tuple[str, ...] = ()


@dataclass(slots=True)
class Story:
    """A live story: its articles' ids in order of arrival, when it was last joined, and whether it was alerted."""

    id: str
    articles: list[str]
    last: datetime
    alerted: bool = False
    sums: dict[str, float] = field(default_factory=dict)


class Grouper:
    """A bounded window of live stories; deterministic: the same articles in the same order give the same stories."""

    def __init__(self, weights: GroupingWeights = SHIPPED, window: timedelta = timedelta(hours=72)) -> None:
        self._weights = weights
        self._window = window
        self._stories: dict[str, Story] = {}
        self._aliases: dict[str, str] = {}
        self._postings: dict[str, dict[str, None]] = {}
        self._arrivals: deque[tuple[datetime, str]] = deque()

    def add(self, article: Article, at: datetime) -> Assignment:
        """Put ``article``, seen at ``at``, into its story or a new one, and return where it went and why."""
        self._forget(at - self._window)
        vector = self._vector(terms_of(article))
        found = self._neighbours(vector, self._candidates(vector), 1)
        best = found[0] if found else None
        if best and best.similarity >= self._weights.join:
            self._join(self._stories[best.story], article.id, vector, at)
            return Assignment(best.story, False, best.similarity, best.story, (), "similar", best.evidence)
        self._begin(article.id, vector, at)
        similarity, nearest = (best.similarity, best.story) if best else (0.0, None)
        return Assignment(article.id, True, similarity, nearest, (), "nothing near")

    def story(self, story_id: str) -> Story | None:
        """Return the live story of that id, also under an id that was merged into it; None once it was forgotten."""
        return self._stories.get(self._aliases.get(story_id, story_id))

    def alerted(self, story_id: str) -> None:
        """Note that readers were alerted to this story."""
        if story := self.story(story_id):
            story.alerted = True

    def nearest(self, article: Article, k: int = 5) -> tuple[Neighbour, ...]:
        """Return the ``k`` live stories nearest to ``article``, the nearest first, without adding it."""
        vector = self._vector(terms_of(article))
        return tuple(self._neighbours(vector, self._candidates(vector), k))

    def second_look(self, article: Article, among: Iterable[str]) -> Neighbour | None:
        """Return the story of ``among`` that ``article`` is probably about, by a looser threshold than joining's."""
        vector = self._vector(terms_of(article))
        live = dict.fromkeys(story.id for i in among if (story := self.story(i)))
        found = self._neighbours(vector, live, 1)
        return found[0] if found and found[0].similarity >= self._weights.second_look else None

    def _vector(self, terms: Terms) -> dict[str, float]:
        vector: dict[str, float] = {}
        shares = ((terms.body, self._weights.body), (terms.lead, self._weights.lead), (terms.title, 1.0))
        for channel, share in shares:
            vector.update(dict.fromkeys(channel, share))
        return vector

    def _idf(self, term: str) -> float:
        return math.log((len(self._stories) + 100) / (len(self._postings.get(term, ())) + 1))

    def _candidates(self, vector: dict[str, float]) -> dict[str, None]:
        rare = sorted(vector, key=lambda term: len(self._postings.get(term, ())))[:25]
        return {story: None for term in rare for story in list(self._postings.get(term, ()))[-200:]}

    def _neighbours(self, vector: dict[str, float], stories: Iterable[str], k: int) -> list[Neighbour]:
        idf = {term: self._idf(term) for term in vector}
        own = math.sqrt(sum((w * idf[term]) ** 2 for term, w in vector.items())) or 1.0
        scored = [(self._cosine(vector, idf, own, self._stories[story]), story) for story in stories]
        scored.sort(key=lambda pair: -pair[0])
        return [Neighbour(story, similarity) for similarity, story in scored[:k]]

    def _cosine(self, vector: dict[str, float], idf: dict[str, float], own: float, story: Story) -> float:
        dot = sum(w * story.sums[t] * idf[t] ** 2 for t, w in vector.items() if t in story.sums)
        norm = math.sqrt(sum((w * self._idf(term)) ** 2 for term, w in story.sums.items())) or 1.0
        return min(1.0, dot / (own * norm))

    def _begin(self, story_id: str, vector: dict[str, float], at: datetime) -> None:
        self._stories[story_id] = Story(story_id, [], at)
        self._join(self._stories[story_id], story_id, vector, at)

    def _join(self, story: Story, article_id: str, vector: dict[str, float], at: datetime) -> None:
        story.articles.append(article_id)
        story.last = at
        self._arrivals.append((at, story.id))
        for term, weight in vector.items():
            story.sums[term] = story.sums.get(term, 0.0) + weight
            self._postings.setdefault(term, {})[story.id] = None

    def _forget(self, before: datetime) -> None:
        while self._arrivals and self._arrivals[0][0] < before:
            _, story_id = self._arrivals.popleft()
            story = self._stories.get(story_id)
            if story and story.last < before:
                del self._stories[story_id]
                for term in story.sums:
                    del self._postings[term][story_id]
                    if not self._postings[term]:
                        del self._postings[term]
