"""Once: what readers were alerted to in the last day, and whether a report is about the same event.

Grouping asks whether two texts are alike; readers ask whether it is the same event. A first flash ("reports of shots
near …") and the reports of the next hour share little but a name, so names that were rare before the alert count most.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from tocsin.stories.features import Report
from tocsin.stories.frequencies import BACKGROUND

_LEAST_NAME = 0.5
_LEAST_SUBJECT = 0.4
_MOST_TERMS = 120
# How much two reports must share to be one event, in units of the rarest term's surprise, by the hours since the alert:
# what is said within the hour after an alert is mostly about it, what is said the next morning is not.
_REQUIRED = ((1.0, 1.0), (4.0, 1.4), (12.0, 1.9), (24.0, 2.5))

_OF_WHAT_WAS_TOLD = 1.0  # a toll that rises or is corrected is that of an event told before: its name is enough
_GROUPED = 1.2  # a name and something else than words of every day


@dataclass(slots=True)
class Alerted:
    """One alert: its story, when it and what followed it went out, and its terms with their rarity before it."""

    story: str
    at: datetime
    terms: dict[str, float]
    names: set[str] = field(default_factory=set)
    messages: list[datetime] = field(default_factory=list)


class Rarity:
    """How rare each term was among the items of the last days: 1 for one never seen, 0 for one in every item."""

    def __init__(self, window: timedelta = timedelta(hours=72)) -> None:
        self._window = window
        self._items: deque[tuple[datetime, tuple[str, ...]]] = deque()
        self._counts: Counter[str] = Counter()

    def saw(self, report: Report, at: datetime) -> None:
        """Count the terms of one item, and forget those that have left the window."""
        stems = tuple(report.stems)
        self._items.append((at, stems))
        self._counts.update(stems)
        while self._items and at - self._items[0][0] > self._window:
            for stem in self._items.popleft()[1]:
                self._counts[stem] -= 1
                if not self._counts[stem]:
                    del self._counts[stem]

    def state(self) -> list[tuple[datetime, tuple[str, ...]]]:
        """Return the items of the window with their terms."""
        return list(self._items)

    def resume(self, state: list[tuple[datetime, tuple[str, ...]]]) -> None:
        """Take up the items of the window."""
        self._items, self._counts = deque(state), Counter(chain.from_iterable(stems for _, stems in state))

    def of(self, stems: Iterable[str]) -> dict[str, float]:
        """Return the rarity of each stem: the logarithm of its inverse frequency, over that of a new term."""
        usual = max(0.0, 1.0 - len(self._items) / BACKGROUND.articles)
        articles = len(self._items) + usual * BACKGROUND.articles
        total = math.log(articles + 20.0)
        seen, before = self._counts.get, BACKGROUND.counts.get
        return {stem: 1.0 - math.log(seen(stem, 0) + usual * before(stem, 0) + 1.0) / total for stem in stems}


class Memory:
    """The alerts of the last day."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._alerts: deque[Alerted] = deque()
        self._by_story: dict[str, Alerted] = {}

    def alerted(self, story: str, at: datetime, report: Report, rarity: Rarity) -> None:
        """Note an alert."""
        alert = Alerted(story, at, rarity.of(report.stems), set(report.names), [at])
        self._alerts.append(alert)
        self._by_story[story] = alert

    def follows(self, story: str, report: Report, rarity: Rarity) -> None:
        """Note that a report belongs to an event readers were alerted to: the event is now known by its words too."""
        alert = self._by_story.get(story)
        if alert is None or len(alert.terms) > _MOST_TERMS:
            return
        for stem, worth in rarity.of(report.stems).items():
            alert.terms.setdefault(stem, worth)
        alert.names.update(report.names)

    def state(self) -> list[Alerted]:
        """Return the alerts."""
        return list(self._alerts)

    def resume(self, state: list[Alerted]) -> None:
        """Take up the alerts."""
        self._alerts, self._by_story = deque(state), {alert.story: alert for alert in state}

    def taken_over(self, gone: str, kept: str) -> None:
        """Note that a story was folded into another: its alert is now known by that one's name."""
        for alert in self._alerts:
            if alert.story == gone:
                alert.story = kept
        if taken := self._by_story.pop(gone, None):
            self._by_story.setdefault(kept, taken)

    def told_again(self, story: str, at: datetime) -> None:
        """Note an update or a correction."""
        if alert := self._by_story.get(story):
            alert.messages.append(at)

    def on_the_subject(self, report: Report, at: datetime, within: timedelta) -> tuple[datetime, ...]:
        """Return when readers heard of what this report names, the latest last; one rare name in common is enough."""
        stems, names = report.stems.keys(), report.names
        return tuple(
            sorted(
                told
                for alert in self._alerts
                if any(alert.terms.get(name, 0.0) >= _LEAST_SUBJECT for name in names | (alert.names & stems))
                for told in alert.messages
                if at - told <= within
            )
        )

    def since(self, at: datetime, within: timedelta) -> int:
        """Return how many alerts went out in the time before ``at``."""
        return sum([at - alert.at <= within for alert in self._alerts])

    def same_event(self, report: Report, at: datetime, grouped: str | None = None) -> str | None:
        """Return the alerted story this report is probably about; None when it is news.

        Less is enough for the story that it was ``grouped`` into of late.
        """
        self._forget(at)
        best: tuple[float, str] | None = None
        for alert in self._alerts:
            shared = {stem: alert.terms[stem] for stem in report.stems if stem in alert.terms}
            names = alert.names | report.names
            named = any(worth >= _LEAST_NAME and stem in names for stem, worth in shared.items())
            weight = sum(_weight(stem, worth, names) for stem, worth in shared.items())
            least = _OF_WHAT_WAS_TOLD if counts_again(report) else _required(at - alert.at)
            if alert.story == grouped:
                least = min(least, _GROUPED)
            if named and weight >= least and (best is None or weight > best[0]):
                best = (weight, alert.story)
        return best[1] if best else None

    def _forget(self, at: datetime) -> None:
        while self._alerts and at - self._alerts[0].at > self._span:
            old = self._alerts.popleft()
            if self._by_story.get(old.story) is old:
                del self._by_story[old.story]


def counts_again(report: Report) -> bool:
    """Tell whether a report counts the dead of an event that was reported before."""
    return "toll_rises" in report.concepts or report.revised > 0


def _weight(stem: str, worth: float, names: set[str]) -> float:
    """Return what a shared term proves: a word of every day that was rare by chance less than a name or a rare word."""
    return worth * worth if stem in BACKGROUND.counts and stem not in names else worth


def _required(gap: timedelta) -> float:
    hours = gap / timedelta(hours=1)
    return next((worth for limit, worth in _REQUIRED if hours <= limit), math.inf)
