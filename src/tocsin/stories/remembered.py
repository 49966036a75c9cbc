"""What is remembered of the live stories: who reported them, their articles, and what readers were told."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.model import Article, Band, Route, Source
from tocsin.stories.group import Assignment
from tocsin.stories.material import Known

_KEPT_IDS = 200
_KEPT_ARTICLES = 20


@dataclass(frozen=True, slots=True)
class First:
    """The first article a family of publishers had on a story."""

    at: datetime
    article: str
    source: Source


@dataclass(slots=True)
class Told:
    """What readers (or an editor, while held) were told last: when, by which route and band, and how many times."""

    at: datetime
    route: Route
    band: Band
    known: Known
    messages: int = 1


@dataclass(slots=True)
class Story:
    """One live story; ``articles`` are its newest, ``indexed`` says how many of them origins have taken in."""

    id: str
    touched: datetime
    ids: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_IDS))
    articles: list[Article] = field(default_factory=list)
    families: dict[str, First] = field(default_factory=dict)
    indexed: dict[str, None] = field(default_factory=dict)
    told: Told | None = None

    def join(self, article: Article, source: Source, at: datetime) -> None:
        """Add an article; beyond the first few only its id is kept."""
        self.ids.append(article.id)
        if len(self.articles) < _KEPT_ARTICLES:
            self.articles.append(article)
        if source.family not in self.families:
            self.families[source.family] = First(at, article.id, source)
        self.touched = at

    def fold(self, other: Story) -> None:
        """Take over another story that turned out to be this one."""
        self.ids.extendleft(reversed(other.ids))
        self.articles = [*other.articles, *self.articles][:_KEPT_ARTICLES]
        self.indexed |= other.indexed
        for family, first in other.families.items():
            mine = self.families.get(family)
            self.families[family] = first if mine is None or first.at < mine.at else mine
        if other.told and (self.told is None or other.told.at > self.told.at):
            other.told.messages += self.told.messages if self.told else 0
            self.told = other.told


@dataclass(frozen=True, slots=True)
class KeptStory:
    """A story as it is written down, its articles by their ids: of each family when and by which it came first."""

    id: str
    touched: datetime
    ids: list[str]
    articles: list[str]
    families: dict[str, tuple[datetime, str]]
    indexed: list[str]
    told: Told | None


class Stories:
    """The live stories, the longest untouched first, bounded by the window."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._stories: OrderedDict[str, Story] = OrderedDict()

    def join(self, assignment: Assignment, article: Article, source: Source, at: datetime) -> Story:
        """Put an article into the story that grouping chose, fold what grouping merged, and forget what is old."""
        story = self._stories.pop(assignment.story, None) or Story(assignment.story, at)
        self._stories[story.id] = story
        for merged in assignment.merged:
            if other := self._stories.pop(merged, None):
                story.fold(other)
        story.join(article, source, at)
        for old in list(self._untouched_since(at - self._window)):
            del self._stories[old]
        return story

    def fold(self, kept: str, gone: str) -> None:
        """Fold a story into an older one, apart from any article."""
        if other := self._stories.pop(gone, None):
            if story := self._stories.get(kept):
                story.fold(other)
            else:
                other.id = kept
                self._stories[kept] = other

    def articles(self) -> set[str]:
        """Return the ids of the articles that the live stories hold on to."""
        return {
            one
            for story in self._stories.values()
            for one in (*(a.id for a in story.articles), *(f.article for f in story.families.values()), *story.indexed)
        }

    def state(self) -> list[KeptStory]:
        """Return the live stories."""
        return [_kept(story) for story in self._stories.values()]

    def resume(
        self, state: list[KeptStory], articles: Mapping[str, Article], source_of: Callable[[Article], Source]
    ) -> None:
        """Take up the live stories, given the articles that they name."""
        for kept in state:
            self._stories[kept.id] = Story(
                kept.id,
                kept.touched,
                deque(kept.ids, maxlen=_KEPT_IDS),
                [articles[one] for one in kept.articles],
                {name: First(at, one, source_of(articles[one])) for name, (at, one) in kept.families.items()},
                dict.fromkeys(kept.indexed),
                kept.told,
            )

    def get(self, story_id: str) -> Story | None:
        """Return a live story."""
        return self._stories.get(story_id)

    def _untouched_since(self, moment: datetime) -> Iterator[str]:
        for story in self._stories.values():
            if story.touched >= moment:
                return
            yield story.id


def _kept(story: Story) -> KeptStory:
    families = {name: (first.at, first.article) for name, first in story.families.items()}
    articles = [article.id for article in story.articles]
    return KeptStory(story.id, story.touched, list(story.ids), articles, families, list(story.indexed), story.told)
