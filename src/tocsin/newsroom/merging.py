"""Two stories that an editor says are one.

The desk asks, and the newsroom, the one writer of stories, does it: in the core's memory, so that the next article
follows, and in the store. The older story's name is kept. Readers who were alerted to both stay with two.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from tocsin.errors import Refused
from tocsin.store.alerts import adopt_alert, drop_holds, story_versions, swap_alerts
from tocsin.store.audit import add_entry
from tocsin.store.merges import Merge, add_merge, settle_merge
from tocsin.store.preferences import move_stops
from tocsin.store.stories import articles_of, fold_story
from tocsin.stories.core import Core


class NotMerged(Refused):
    """These two can't be merged."""


def ask_merge(connection: Connection, one: str, other: str, *, by: str, at: datetime) -> None:
    """Ask for two stories to be merged. Raises ``NotMerged`` with the reason why they can't be."""
    if one == other:
        raise NotMerged("choose another story")
    for story in (one, other):
        if not articles_of(connection, story):
            raise NotMerged("one of them has no article, or was merged already")
    if _was_sent(connection, one) and _was_sent(connection, other):
        raise NotMerged("readers were alerted to both; correct or withdraw one of them")
    add_merge(connection, one, other, who=by, at=at)
    add_entry(connection, at=at, who=by, act="merge", subject=f"story {one}"[:200], detail=f"and story {other}")


def merge_in(connection: Connection, core: Core, merge: Merge, at: datetime) -> None:
    """Do what was asked, in the core and in this transaction; what can't be done (any more) is noted so."""
    both_sent = _was_sent(connection, merge.one) and _was_sent(connection, merge.other)
    pair = None if both_sent else core.merge(merge.one, merge.other)
    settle_merge(connection, merge.id, pair[0] if pair else None, at)
    if pair is None:
        return
    kept, gone = pair
    fold_story(connection, kept, gone)
    move_stops(connection, gone, kept)
    _join_alerts(connection, kept, gone, at)


def _join_alerts(connection: Connection, kept: str, gone: str, at: datetime) -> None:
    """Leave one alert: the one that readers know, else the kept story's own. What the other still held is dropped."""
    adopt_alert(connection, gone, kept)
    if not story_versions(connection, gone):
        return
    if _was_sent(connection, gone):
        swap_alerts(connection, kept, gone)
    drop_holds(connection, gone, at)


def _was_sent(connection: Connection, story: str) -> bool:
    return any(version.approved_at is not None for version in story_versions(connection, story))
