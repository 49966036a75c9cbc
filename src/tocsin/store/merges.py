"""Stories that an editor says are one: asked for at the desk, done by the newsroom, which alone writes stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Index, String, Table, insert, select, update

from tocsin.store.engine import Id, Moment, metadata

merges = Table(
    "merges",
    metadata,
    Column("id", Id, primary_key=True),
    Column("one", String(64), nullable=False),
    Column("other", String(64), nullable=False),
    Column("who", String(200), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
    # The story that was kept; none when they could not be merged any more.
    Column("kept", String(64)),
    Index("ix_merges_done_at", "done_at"),
)


@dataclass(frozen=True, slots=True)
class Merge:
    """Two stories that are one, who says so, and when it was done; ``kept`` None then: it could not be."""

    id: int
    one: str
    other: str
    who: str
    asked_at: datetime
    done_at: datetime | None = None
    kept: str | None = None


def add_merge(connection: Connection, one: str, other: str, *, who: str, at: datetime) -> None:
    """Ask for two stories to be merged."""
    connection.execute(insert(merges).values(one=one, other=other, who=who, asked_at=at))


def merges_waiting(connection: Connection) -> tuple[Merge, ...]:
    """Return what was asked for and not done, in order."""
    rows = connection.execute(select(*merges.c).where(merges.c.done_at.is_(None)).order_by(merges.c.id))
    return tuple(Merge(**row._mapping) for row in rows)


def merges_done(connection: Connection, since: datetime) -> tuple[Merge, ...]:
    """Return the merges done since ``since``, in order: whoever rebuilds the stories does them again."""
    done = (merges.c.done_at >= since) & merges.c.kept.is_not(None)
    rows = connection.execute(select(*merges.c).where(done).order_by(merges.c.done_at, merges.c.id))
    return tuple(Merge(**row._mapping) for row in rows)


def settle_merge(connection: Connection, merge_id: int, kept: str | None, at: datetime) -> None:
    """Note that a merge was done, or (``kept`` None) can't be."""
    connection.execute(update(merges).where(merges.c.id == merge_id).values(done_at=at, kept=kept))
