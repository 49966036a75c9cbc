"""Rehearsals: yesterday replayed against changed rules, and what that would have changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, Text, delete, insert, select, update

from tocsin.store.engine import Id, Moment, Packed, metadata
from tocsin.stories.rehearse import Rehearsed

rehearsals = Table(
    "rehearsals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rules", Packed(dict[str, float]), nullable=False),
    Column("by", String(200), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("result", Packed(Rehearsed)),
    Column("error", Text),
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal of changed rules (those that differ from the file's, by name), under way or done."""

    id: int
    rules: dict[str, float]
    by: str
    began_at: datetime
    done_at: datetime | None
    result: Rehearsed | None
    error: str | None


def begin_rehearsal(connection: Connection, rules: dict[str, float], *, by: str, at: datetime) -> int:
    """Keep a rehearsal that begins, and return its number."""
    begun = insert(rehearsals).values(rules=rules, by=by, began_at=at).returning(rehearsals.c.id)
    return int(connection.execute(begun).scalar_one())


def end_rehearsal(
    connection: Connection, number: int, at: datetime, *, result: Rehearsed | None = None, error: str | None = None
) -> None:
    """Keep what a rehearsal came to."""
    ended = update(rehearsals).where(rehearsals.c.id == number).values(done_at=at, result=result, error=error)
    connection.execute(ended)


def rehearsal_of(connection: Connection, number: int) -> Rehearsal | None:
    """Return a rehearsal."""
    row = connection.execute(select(*rehearsals.c).where(rehearsals.c.id == number)).first()
    return None if row is None else Rehearsal(**row._mapping)


def under_way(connection: Connection, since: datetime) -> bool:
    """Tell whether a rehearsal that began after ``since`` is not done."""
    query = select(rehearsals.c.id).where(rehearsals.c.done_at.is_(None), rehearsals.c.began_at > since)
    return connection.execute(query.limit(1)).first() is not None


def forget_rehearsals(connection: Connection, before: datetime) -> int:
    """Forget the rehearsals that began before ``before``; count them."""
    return connection.execute(delete(rehearsals).where(rehearsals.c.began_at < before)).rowcount
