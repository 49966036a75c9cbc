"""Pages behind the alerts of late and the drafts that wait, and the flags that their changes raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from tocsin.alerts.afterwards import Answer, Finding, Looked
from tocsin.store.alerts import VersionState, versions
from tocsin.store.dialect import insert_new
from tocsin.store.edits import edits
from tocsin.store.engine import Id, Moment, Packed, metadata

watched = Table(
    "watched_pages",
    metadata,
    Column("version", Id, ForeignKey("versions.id"), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("article", String(64), nullable=False),
    Column("alerted_at", Moment, nullable=False),
    Column("due_at", Moment, index=True),
    # How it looked first, what has changed since as far as it was told, and what was found once and not yet again.
    Column("first", Packed(Looked)),
    Column("suspected", Packed(tuple[Finding, ...]), nullable=False),
    Column("error", Text),
    Column("answer", Packed(Answer)),  # how its newest look went
)

flags = Table(
    "flags",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Id, ForeignKey("versions.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("before", Text, nullable=False),
    Column("now", Text, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", String(200)),
    Index(
        "ix_flags_open",
        "id",
        sqlite_where=Column("settled_at").is_(None),
        postgresql_where=Column("settled_at").is_(None),
    ),
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A page behind a version: how it looked at the first look, and what was found once and not yet confirmed.

    An article without a page has a name that is no web address, and is never asked for.
    """

    version: int
    url: str
    article: str
    alerted_at: datetime
    first: Looked | None
    suspected: tuple[Finding, ...]
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A page behind a version has changed: ``kind`` is ``gone``, ``title``, ``note`` or ``words``."""

    id: int
    version: int
    url: str
    kind: str
    before: str
    now: str
    raised_at: datetime
    settled_at: datetime | None
    settled_by: str | None


_WATCHED = [watched.c[each.name] for each in fields(Watched)]


def watch_page(
    connection: Connection, version: int, url: str, article: str, *, alerted_at: datetime, due_at: datetime | None
) -> None:
    """Watch a page behind a version from now on, unless it is watched already; ``due_at`` None: it is not asked for."""
    connection.execute(
        insert_new(connection, watched).values(
            version=version, url=url, article=article, alerted_at=alerted_at, due_at=due_at, suspected=()
        )
    )


def pages_due(connection: Connection, now: datetime, limit: int) -> tuple[Watched, ...]:
    """Return pages whose look is due, the longest overdue first; none of drafts that were dropped or have expired."""
    live = versions.c.approved_at.is_not(None) | (versions.c.state == VersionState.HELD)
    due = (watched.c.due_at <= now) & watched.c.version.in_(select(versions.c.id).where(live))
    return _watched(connection, select(*_WATCHED).where(due).order_by(watched.c.due_at).limit(limit))


def postpone_look(connection: Connection, page: Watched, due_at: datetime) -> None:
    """Let nobody else look at a page before ``due_at``: somebody is about to."""
    connection.execute(update(watched).where(_is(page)).values(due_at=due_at))


def pages_of(connection: Connection, version: int) -> tuple[Watched, ...]:
    """Return the pages that are, or were, watched behind a version."""
    return _watched(connection, select(*_WATCHED).where(watched.c.version == version))


def edited_pages(connection: Connection, since: datetime) -> tuple[Watched, ...]:
    """Return what is watched since ``since`` or later and was changed by its source since it was kept."""
    changed = watched.c.article.in_(select(edits.c.article))
    return _watched(connection, select(*_WATCHED).where(changed, watched.c.alerted_at >= since))


def unwatched(connection: Connection, since: datetime) -> tuple[int, ...]:
    """Return the versions held now, or approved since ``since``, of which no page is watched yet."""
    lives = (versions.c.approved_at >= since) | (versions.c.state == VersionState.HELD)
    query = select(versions.c.id).where(lives, versions.c.id.not_in(select(watched.c.version)))
    return tuple(connection.execute(query.order_by(versions.c.id)).scalars())


def note_look(
    connection: Connection,
    page: Watched,
    *,
    first: Looked | None,
    suspected: Sequence[Finding],
    due_at: datetime | None,
    error: str | None,
    answer: Answer,
) -> None:
    """Keep what a look at a page found and when the next one is due; None: it is watched no longer."""
    values = {"first": first, "suspected": tuple(suspected), "due_at": due_at, "error": error, "answer": answer}
    connection.execute(update(watched).where(_is(page)).values(values))


def raise_flag(connection: Connection, page: Watched, finding: Finding, at: datetime) -> int | None:
    """Raise a flag, unless the same one was raised before; return its number."""
    same = (flags.c.version == page.version) & (flags.c.url == page.url) & (flags.c.kind == finding.kind)
    same &= (flags.c.before == finding.before) & (flags.c.now == finding.now)
    if connection.execute(select(flags.c.id).where(same)).first() is not None:
        return None
    values = {"version": page.version, "url": page.url, "raised_at": at}
    values |= {"kind": finding.kind, "before": finding.before, "now": finding.now}
    return int(connection.execute(insert(flags).values(values).returning(flags.c.id)).scalar_one())


def open_flags(connection: Connection) -> tuple[Flag, ...]:
    """Return the flags of what went out that nobody has looked at, the oldest first.

    Those of a draft that waits are told where it is decided; of one that was dropped nobody needs to know.
    """
    went_out = select(versions.c.id).where(versions.c.approved_at.is_not(None))
    return _flags(connection, flags.c.settled_at.is_(None) & flags.c.version.in_(went_out))


def flags_of(connection: Connection, versions_: Sequence[int]) -> tuple[Flag, ...]:
    """Return the flags of versions, also settled ones, the oldest first."""
    return _flags(connection, flags.c.version.in_(versions_))


def settle_flags(connection: Connection, versions_: Sequence[int], by: str, at: datetime) -> int:
    """Note that somebody has looked at the flags of versions; return how many there were."""
    still = flags.c.version.in_(versions_) & flags.c.settled_at.is_(None)
    return connection.execute(update(flags).where(still).values(settled_at=at, settled_by=by)).rowcount


def forget_pages(connection: Connection, before: datetime) -> None:
    """Forget the pages of alerts older than ``before``; no page is watched for so long."""
    connection.execute(delete(watched).where(watched.c.alerted_at < before))


def forget_flags(connection: Connection, before: datetime) -> int:
    """Forget the flags that somebody has looked at before ``before``; count them."""
    return connection.execute(delete(flags).where(flags.c.settled_at < before)).rowcount


def _watched(connection: Connection, query: Select[Any]) -> tuple[Watched, ...]:
    return tuple(Watched(**row._mapping) for row in connection.execute(query))


def _is(page: Watched) -> ColumnElement[bool]:
    return (watched.c.version == page.version) & (watched.c.url == page.url)


def _flags(connection: Connection, which: ColumnElement[bool]) -> tuple[Flag, ...]:
    rows = connection.execute(select(*flags.c).where(which).order_by(flags.c.id))
    return tuple(Flag(**row._mapping) for row in rows)
