"""What a replay adds up to: its alerts, what nearly became one, and how much of what was seen when."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.model import Article, Reason, Route, VersionKind
from tocsin.stories.core import Decision, Proposed

_NEAR_MISSES = 60


@dataclass(slots=True)
class Row:
    """One alert of a replay: what was first proposed, when it was sent if it was held before, and how fast it was.

    ``first_seen`` is when the story's first item was seen.
    """

    proposed: Proposed
    first_seen: datetime
    sent_at: datetime | None = None

    @property
    def route(self) -> Route:
        """Return the last route: a hold that was sent later counts as sent."""
        return Route.SEND if self.sent_at else self.proposed.route

    @property
    def is_new(self) -> bool:
        """Tell a story's first alert from its updates and corrections."""
        return self.proposed.kind is VersionKind.ALERT

    @property
    def delay(self) -> timedelta:
        """Return how long after the story's first item it was proposed."""
        return self.proposed.at - self.first_seen


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """A report that scored well and was not alerted; ``why`` names what stood against it."""

    score: float
    at: datetime
    subject: str = field(compare=False)
    source: str = field(compare=False)
    why: str = field(compare=False)
    story: str = field(compare=False)


@dataclass(slots=True)
class Tally:
    """Counts in memory bounded by alerts, hours and item ids."""

    alert_bar: float
    rows: list[Row] = field(default_factory=list)
    story_of: dict[str, str] = field(default_factory=dict)
    hours: Counter[datetime] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    _merged: dict[str, str] = field(default_factory=dict)
    _first_seen: dict[str, datetime] = field(default_factory=dict)
    _by_story: dict[str, Row] = field(default_factory=dict)
    _misses: dict[str, Miss] = field(default_factory=dict)

    def note(self, article: Article, decision: Decision) -> None:
        """Count one decision."""
        verdict, story = decision.verdict, decision.assignment.story
        self.story_of[article.id] = story
        self._merged.update(dict.fromkeys(decision.assignment.merged, story))
        self._first_seen.setdefault(story, verdict.at)
        self.hours[verdict.at.replace(minute=0, second=0, microsecond=0)] += 1
        self.scores[int(verdict.item_score) // 5] += 1
        if decision.message:
            self._alert(decision.message)
        elif verdict.score >= self.alert_bar - 8:
            self._miss(article, decision)

    def final_stories(self) -> dict[str, str]:
        """Return the story of each item after every merge."""
        return {item: self._final(story) for item, story in self.story_of.items()}

    def near_misses(self) -> list[Miss]:
        """Return the best report of each story that was never alerted, the highest score first."""
        told = {row.proposed.story for row in self.rows}
        return heapq.nlargest(_NEAR_MISSES, (miss for story, miss in self._misses.items() if story not in told))

    def _alert(self, message: Proposed) -> None:
        held = self._by_story.get(message.story)
        if message.promotes and held:
            held.sent_at = message.at
            return
        first = self._first_seen.get(message.story, message.at)
        row = Row(message, first if message.at - first < timedelta(hours=24) else message.at)
        self.rows.append(row)
        if row.is_new:
            self._by_story[message.story] = row

    def _miss(self, article: Article, decision: Decision) -> None:
        verdict = decision.verdict
        why = _against(verdict.reasons, verdict.score, self.alert_bar)
        self.stopped[why.partition(":")[0]] += 1
        miss = Miss(verdict.score, verdict.at, subject(article), article.source, why, verdict.story)
        if verdict.story not in self._misses or self._misses[verdict.story] < miss:
            self._misses[verdict.story] = miss

    def _final(self, story: str) -> str:
        while story in self._merged:
            story = self._merged[story]
        return story


def subject(article: Article) -> str:
    """Return the article's headline verbatim: its title, or the first line of a post without one."""
    return (article.title or article.text.strip().partition("\n")[0]).strip()


def _against(reasons: tuple[Reason, ...], score: float, bar: float) -> str:
    failed = next((reason for reason in reasons if reason.kind == "gate" and not reason.holds), None)
    if failed:
        return f"not {failed.name}: {failed.evidence}"
    if score >= bar:
        return "readers were told already"
    minus = min((reason for reason in reasons if reason.points < 0), key=lambda reason: reason.points, default=None)
    missing = f"short of the bar: {bar - score:.0f} points missing"
    return f"{missing}; {minus.name} {minus.points:+.0f}" if minus else missing
