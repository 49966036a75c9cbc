"""What the desk's board asks the store: marks that tell cheaply what has changed, and what has changed itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Text, select, type_coerce

from tocsin.model import Route, Verdict
from tocsin.store.alerts import VersionState, alerts, versions
from tocsin.store.approvals import approvals
from tocsin.store.stories import articles, stories, verdicts

_OPEN = (VersionState.HELD, VersionState.SENDING)


class Judged(NamedTuple):
    """A verdict that asks for something: its number, story, time and band."""

    id: int
    story: str
    at: datetime
    band: str


class StoryMark(NamedTuple):
    """How many articles a story has; ``merged_into`` is the story that took it over, if any."""

    id: str
    articles: int
    merged_into: str | None


class VersionMark(NamedTuple):
    """A version of a story, and every column of it as text: another mark, another version."""

    id: int
    story: str
    columns: tuple[Any, ...]


def judged_after(connection: Connection, number: int, since: datetime) -> tuple[Judged, ...]:
    """Return the verdicts beyond a number, and since a time, that ask for anything, in order."""
    wanted = (verdicts.c.id > number) & (verdicts.c.at >= since) & (verdicts.c.route != Route.DROP)
    query = select(verdicts.c.id, verdicts.c.story, verdicts.c.at, verdicts.c.band).where(wanted)
    return tuple(Judged(*row) for row in connection.execute(query.order_by(verdicts.c.id)))


def story_marks(connection: Connection, chosen: Collection[str]) -> tuple[StoryMark, ...]:
    """Return the marks of some stories."""
    query = select(stories.c.id, stories.c.articles, stories.c.merged_into).where(stories.c.id.in_(chosen))
    return tuple(StoryMark(*row) for row in connection.execute(query))


def verdicts_numbered(connection: Connection, numbers: Collection[int]) -> tuple[Verdict, ...]:
    """Return some verdicts."""
    return tuple(connection.execute(select(verdicts.c.verdict).where(verdicts.c.id.in_(numbers))).scalars())


def articles_among(connection: Connection, chosen: Collection[str]) -> Iterable[RowMapping]:
    """Give the rows of the articles of some stories, first seen first."""
    query = select(*articles.c).where(articles.c.story.in_(chosen)).order_by(articles.c.seen_at, articles.c.id)
    return connection.execute(query).mappings()


def version_marks(connection: Connection, since: datetime) -> tuple[VersionMark, ...]:
    """Return the marks of the versions that are open, or were decided since a time, in order."""
    shown = versions.c.state.in_(_OPEN) | (versions.c.decided_at >= since)
    packed = (versions.c.draft, versions.c.stages)
    columns = [type_coerce(column, Text) if column in packed else column for column in versions.c]
    query = select(alerts.c.story, *columns).join(alerts, alerts.c.id == versions.c.alert).where(shown)
    return tuple(
        VersionMark(row[1], row[0], tuple(row[2:])) for row in connection.execute(query.order_by(versions.c.id))
    )


def agreed_among(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return who agrees to some versions, the first one first."""
    query = select(approvals.c.version, approvals.c.who).where(approvals.c.version.in_(numbers))
    found: dict[int, tuple[str, ...]] = {}
    for version, who in connection.execute(query.order_by(approvals.c.at, approvals.c.who)):
        found[version] = (*found.get(version, ()), who)
    return found
