"""An editor wants an alert of a story for which routing proposed none: it is drafted like any other, and held."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from tocsin.alerts.compose import compose
from tocsin.alerts.holds import hold_of
from tocsin.alerts.topics import load_topics
from tocsin.desk.leaving import composed_without, left_out
from tocsin.errors import Refused
from tocsin.model import VersionKind
from tocsin.store.alerts import Version, VersionState, add_version, story_versions
from tocsin.store.audit import add_entry
from tocsin.store.intake import active_sources
from tocsin.store.stories import articles_of, verdicts_of, worth_of
from tocsin.wiring import Parts

_LIVE = (VersionState.HELD, VersionState.SENDING, VersionState.SENT)


class NothingToDraft(Refused):
    """No alert can be drafted of this story."""


def may_draft(versions: Iterable[Version]) -> bool:
    """Tell whether a story with these versions may be drafted: none of them waits, leaves or was sent."""
    return not any(version.state in _LIVE for version in versions)


def draft_story(parts: Parts, connection: Connection, story: str, *, by: str, at: datetime) -> int:
    """Compose the alert of a story from its articles and newest verdict, hold it, and return the version's number.

    Raises ``NothingToDraft`` for a story that has an alert already, or no article (any more).
    """
    earlier = story_versions(connection, story)
    if not may_draft(earlier):
        raise NothingToDraft("it has an alert already")
    read, verdicts = articles_of(connection, story), verdicts_of(connection, story)
    if not read or not verdicts:
        raise NothingToDraft("it has no article")
    sources = {polling.source.name: polling.source for polling in active_sources(connection)}
    topics = load_topics(parts.settings.readers.topics_file)
    worth = worth_of(connection, story)
    pairs = [(one.article, one.reading) for one in read]
    made = composed_without(
        left_out(earlier),
        verdicts[-1],
        pairs,
        sources,
        lambda verdict, some: compose(story, VersionKind.ALERT, verdict, some, sources, topics=topics, worth=worth),
    )
    draft = made.draft
    number = add_version(
        connection,
        draft,
        published_at=read[-1].article.published_at,
        seen_at=read[-1].seen_at,
        decided_at=at,
        stages={},
        held_until=hold_of(draft.kind, at, None).until,
        reason=f"drafted by {by}",
        composed=made.whole,
    )
    add_entry(connection, at=at, who=by, act="draft", subject=f"version {number}", detail=draft.headline)
    return number
