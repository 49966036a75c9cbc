"""Sources added at the desk; those of ``sources.toml`` stay in their file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, delete, insert, select, update

from tocsin.model import Source
from tocsin.store.engine import Moment, Packed, metadata

listed = Table(
    "listed_sources",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("source", Packed(Source), nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", Moment, nullable=False),
)


def listed_sources(connection: Connection) -> tuple[Source, ...]:
    """Return the sources added at the desk, by name."""
    return tuple(connection.execute(select(listed.c.source).order_by(listed.c.name)).scalars())


def list_source(connection: Connection, source: Source, *, by: str, at: datetime) -> None:
    """Add a source, or change the one of this name."""
    values = {"source": source, "by": by, "at": at}
    if not connection.execute(update(listed).where(listed.c.name == source.name).values(values)).rowcount:
        connection.execute(insert(listed).values(name=source.name, **values))


def unlist_source(connection: Connection, name: str) -> bool:
    """Take a source off the list; False when it is not on it."""
    return connection.execute(delete(listed).where(listed.c.name == name)).rowcount == 1
