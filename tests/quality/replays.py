"""What a replay of an open stream does with events that are marked by a window and a pattern."""

from __future__ import annotations

import csv
import re
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.quality.ratings import stream
from tocsin.alerts.route import route_sources
from tocsin.model import Article, Reading, VersionKind
from tocsin.stories.core import Core, Decision
from tocsin.stories.rules import Rules

FIRST_HOURS = timedelta(hours=12)
UNREAD = Reading("")


@dataclass(frozen=True)
class Marked:
    """An event: items about it match ``pattern`` between ``start`` and ``end``."""

    name: str
    start: datetime
    end: datetime
    pattern: re.Pattern[str]

    def about(self, article: Article, at: datetime) -> bool:
        """Tell whether an item seen at ``at`` is about the event."""
        words = f"{article.title} {article.text}"[:400].replace("\n", " ")
        return self.start <= at <= self.end and bool(self.pattern.search(words))


@dataclass(frozen=True)
class Outcome:
    """What readers would have got of one event in its first 12 hours; ``delay`` is after its first item."""

    event: str
    messages: int
    new: int
    delay: timedelta | None


@dataclass(frozen=True)
class Replayed:
    """A stream's items with the decision on each."""

    items: tuple[tuple[Article, datetime, Decision], ...]

    def new_per_day(self) -> list[int]:
        """Return how many new alerts each day had, days without any included."""
        days: dict[str, int] = {}
        for _, at, decision in self.items:
            message = decision.message
            is_new = message is not None and message.kind is VersionKind.ALERT and not message.promotes
            days[f"{at:%F}"] = days.get(f"{at:%F}", 0) + is_new
        return list(days.values())

    def final_story(self) -> dict[str, str]:
        """Return the story each story became by merging."""
        became: dict[str, str] = {}
        for *_, decision in self.items:
            became.update(dict.fromkeys(decision.assignment.merged, decision.assignment.story))
        while any(into in became for into in became.values()):
            became = {story: became.get(into, into) for story, into in became.items()}
        return became

    def outcome(self, event: Marked) -> Outcome | None:
        """Return what became of an event; None when the stream has no item about it."""
        about = [(at, decision) for article, at, decision in self.items if event.about(article, at)]
        if not about:
            return None
        first = about[0][0]
        told = [(at, d.message) for at, d in about if d.message and at - first <= FIRST_HOURS]
        new = sum(message.kind is VersionKind.ALERT and not message.promotes for _, message in told)
        return Outcome(event.name, len(told), new, told[0][0] - first if told else None)


def replayed(data: Path, language: str, since: str = "", rules: Rules | None = None) -> Replayed:
    """Replay an open stream without any knowledge of its publishers."""
    core = Core(rules or Rules(), {}, lambda _: UNREAD, route_sources)
    items = []
    for article in stream(data, language):
        at = article.published_at
        if at is not None and (article.published or "") >= since:
            items.append((article, at, core.observe(article, at)))
    return Replayed(tuple(items))


def events(path: Path) -> list[Marked]:
    """Return the events of a table."""
    with path.open(encoding="utf-8") as table:
        return [
            Marked(row["event"], _utc(row["from"]), _utc(row["to"]), re.compile(row["pattern"], re.IGNORECASE))
            for row in csv.DictReader(table, delimiter="\t")
        ]


def median_minutes(outcomes: list[Outcome]) -> float:
    """Return the median delay of the events that surfaced, in minutes."""
    return statistics.median(one.delay / timedelta(minutes=1) for one in outcomes if one.delay is not None)


def cut_decisions(data: Path, language: str, since: str, items: int) -> list[Decision]:
    """Return the decisions on a stream that ends after so many items."""
    core = Core(Rules(), {}, lambda _: UNREAD, route_sources)
    chosen = [article for article in stream(data, language) if (article.published or "") >= since][:items]
    return [core.observe(article, at) for article in chosen if (at := article.published_at)]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
