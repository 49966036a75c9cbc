"""From the store to the board's rows: what has not changed is neither read nor made again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Connection

from tocsin.alerts.approval import people_needed
from tocsin.model import Band
from tocsin.store.alerts import Version, VersionState, versions_numbered
from tocsin.store.board import (
    Judged,
    VersionMark,
    agreed_among,
    articles_among,
    judged_after,
    story_marks,
    verdicts_numbered,
    version_marks,
)
from tocsin.store.deliveries import tally
from tocsin.store.stories import ReadArticle
from tocsin.web.desk.rows import BANDS, Row, Sending, Waiting, newest_of, progress, urgency
from tocsin.web.desk.similar import Told, similar, words_of_draft
from tocsin.web.desk.stories import StoryNow, story_now

SHOWN_FOR = timedelta(hours=12)
MOST = 500
_DAY = timedelta(hours=24)
_SENT_S = 60.0
"""How long the count of a version that was sent serves; of one that is leaving, as long as 20 countings take."""
_TOLD = (VersionState.HELD, VersionState.SENDING, VersionState.SENT)


@dataclass(slots=True)
class _Counted:
    sending: Sending
    until: float


@dataclass(slots=True)
class Gatherer:
    """Reads the desk for one process; use it from one thread at a time."""

    _at: datetime | None = None
    _last: int = 0
    _newest: dict[str, Judged] = field(default_factory=dict)
    _stories: dict[str, tuple[tuple[int, int], StoryNow]] = field(default_factory=dict)
    _versions: dict[int, tuple[VersionMark, Version, Told]] = field(default_factory=dict)
    _counts: dict[int, _Counted] = field(default_factory=dict)
    _rows: dict[str, tuple[tuple[object, ...], Row]] = field(default_factory=dict)

    def rows(self, connection: Connection, now: datetime) -> tuple[Row, ...]:
        """Return the board at ``now``, the most urgent row first. A row that has not changed is the same object."""
        stories = self._stories_now(connection, now)
        versions = self._versions_now(connection, now)
        told = tuple(each[2] for each in self._versions.values() if each[1].state in _TOLD)
        agreed = agreed_among(connection, [each.id for each in versions.values() if each.state is VersionState.HELD])
        made = {}
        for story in dict.fromkeys((*stories, *versions)):
            made[story] = self._row(connection, story, stories.get(story), versions.get(story), agreed, told)
        self._rows = made
        return tuple(sorted((row for _, row in made.values()), key=urgency))

    def _stories_now(self, connection: Connection, now: datetime) -> dict[str, StoryNow]:
        since = now - SHOWN_FOR
        if self._at is not None and now < self._at:  # a clock that was ahead has let go what is shown by now
            self._last, self._newest = 0, {}
        self._at = now
        for judged in judged_after(connection, self._last, since):
            self._newest[judged.story], self._last = judged, judged.id
        self._newest = {story: judged for story, judged in self._newest.items() if judged.at >= since}
        order = sorted(self._newest.values(), key=lambda one: (BANDS.index(Band(one.band)), -one.id))
        chosen = {judged.story: judged for judged in order[:MOST]}
        marks = {
            mark.id: (chosen[mark.id].id, mark.articles)
            for mark in story_marks(connection, list(chosen))
            if mark.merged_into is None
        }
        known = {story: self._stories[story] for story, mark in marks.items() if self._marked(story) == mark}
        fresh = [story for story in marks if story not in known]
        self._stories = known | {story: (marks[story], now) for story, now in _read(connection, fresh, chosen).items()}
        return {story: shown for story, (_, shown) in self._stories.items()}

    def _marked(self, story: str) -> tuple[int, int] | None:
        known = self._stories.get(story)
        return known[0] if known else None

    def _versions_now(self, connection: Connection, now: datetime) -> dict[str, Version]:
        """Return the version that the board shows of each alert, by the alert's story."""
        marks = version_marks(connection, now - _DAY)
        known = {mark.id: self._versions[mark.id] for mark in marks if self._is_known(mark)}
        fresh = {mark.id: mark for mark in marks if mark.id not in known}
        for version in versions_numbered(connection, list(fresh)) if fresh else ():
            mark = fresh[version.id]
            words = words_of_draft(version.draft)
            told = Told(version.id, mark.story, version.decided_at, version.draft.headline, version.state, words)
            known[version.id] = mark, version, told
        self._versions = known
        of_story: defaultdict[str, list[Version]] = defaultdict(list)
        for mark, version, _ in known.values():
            if version.decided_at >= now - SHOWN_FOR or version.state in (VersionState.HELD, VersionState.SENDING):
                of_story[mark.story].append(version)
        return {story: newest for story, all_of_it in of_story.items() if (newest := newest_of(all_of_it))}

    def _is_known(self, mark: VersionMark) -> bool:
        known = self._versions.get(mark.id)
        return known is not None and known[0] == mark

    def _row(
        self,
        connection: Connection,
        story: str,
        shown: StoryNow | None,
        version: Version | None,
        agreed: dict[int, tuple[str, ...]],
        told: tuple[Told, ...],
    ) -> tuple[tuple[object, ...], Row]:
        held = version is not None and version.state is VersionState.HELD
        waiting = Waiting(people_needed(version.draft), agreed.get(version.id, ())) if version and held else None
        sending = self._sending(connection, version) if version and version.approved_at else None
        words = shown.words if shown else frozenset[str]()
        alike = similar(story, words, told)
        mark = (shown, version, waiting, sending, alike)
        before = self._rows.get(story)
        if before is not None and before[0] == mark:
            return before
        return mark, Row(story, shown, version, waiting, sending, alike)

    def _sending(self, connection: Connection, version: Version) -> Sending:
        began, known = monotonic(), self._counts.get(version.id)
        if known is not None and known.until > began:
            return known.sending
        counted = progress(tally(connection, version.id))
        leaving = version.state is VersionState.SENDING
        took = monotonic() - began
        self._counts[version.id] = _Counted(counted, began + (20 * took if leaving else _SENT_S))
        return counted


def _read(connection: Connection, stories: list[str], judged: dict[str, Judged]) -> dict[str, StoryNow]:
    """Read stories with their articles; one without any (merged this moment) is left out."""
    if not stories:
        return {}
    verdicts = {one.story: one for one in verdicts_numbered(connection, [judged[story].id for story in stories])}
    read: defaultdict[str, list[ReadArticle]] = defaultdict(list)
    for row in articles_among(connection, stories):
        values = dict(row)
        read[values.pop("story")].append(ReadArticle(**values))
    return {story: story_now(verdicts[story], read[story]) for story in stories if read[story]}
