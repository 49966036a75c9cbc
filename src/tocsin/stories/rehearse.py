"""A rehearsal: the same articles judged by two sets of rules side by side, and which stories would fare otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.model import Article, Route, VersionKind
from tocsin.stories.core import Core, Proposed
from tocsin.stories.prepared import prepared


@dataclass(frozen=True, slots=True)
class Seen:
    """An article as it was seen live; ``counts`` is False for those that only warm up."""

    article: Article
    at: datetime
    primed: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class Would:
    """A story that fares otherwise: ``sent``, ``held`` or ``neither`` before and now, and the points that say so."""

    story: str
    headline: str
    source: str
    at: datetime
    before: str
    now: str
    why: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal came to: articles, stories sent by either rules, those that fare alike, and the others."""

    articles: int
    sent_before: int
    sent_now: int
    alike: int
    differ: tuple[Would, ...]


@dataclass(slots=True)
class _Fates:
    """What became of each story under one set of rules: its first proposal, and whether it was ever sent."""

    first: dict[str, Proposed] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)

    def note(self, message: Proposed) -> None:
        if message.kind is VersionKind.ALERT:
            self.first.setdefault(message.story, message)
            if message.route is Route.SEND:
                self.sent.add(message.story)

    def of(self, story: str) -> str:
        return "sent" if story in self.sent else "held" if story in self.first else "neither"


def rehearse(stream: Iterable[Seen], before: Core, now: Core) -> Rehearsed:
    """Let two cores, which differ in their rules, judge a stream, and compare what became of each story."""
    was, would, count = _Fates(), _Fates(), 0
    for seen, ready in prepared(stream, lambda seen: seen.article):
        count += seen.counts
        for core, fates in ((before, was), (now, would)):
            message = core.decide(ready, seen.at, primed=seen.primed).message
            if message is not None and seen.counts:
                fates.note(message)
    stories = {**was.first, **would.first}
    differ = [story for story in stories if was.of(story) != would.of(story)]
    return Rehearsed(
        articles=count,
        sent_before=len(was.sent),
        sent_now=len(would.sent),
        alike=len(stories) - len(differ),
        differ=tuple(sorted((_would(story, was, would) for story in differ), key=lambda each: each.at)),
    )


def _would(story: str, was: _Fates, would: _Fates) -> Would:
    told = would.first.get(story) or was.first[story]
    lead = told.lead
    return Would(
        story=story,
        headline=(lead.title or lead.text.strip().partition("\n")[0])[:200],
        source=lead.publisher or lead.source,
        at=told.at,
        before=was.of(story),
        now=would.of(story),
        why=f"{told.score:.0f} points, {told.band}, {told.label or 'no label'}",
    )
