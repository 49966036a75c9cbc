"""Who has agreed to a version that needs more than one person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, String, Table, delete, select

from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, Moment, metadata

approvals = Table(
    "approvals",
    metadata,
    Column("version", Id, ForeignKey("versions.id"), primary_key=True),
    Column("who", String(200), primary_key=True),
    Column("at", Moment, nullable=False),
)


def agree(connection: Connection, version_id: int, who: str, at: datetime) -> tuple[str, ...]:
    """Note that somebody agrees (twice counts once), and return everybody who does, the first one first."""
    connection.execute(insert_new(connection, approvals).values(version=version_id, who=who, at=at))
    return agreed(connection, version_id)


def agreed(connection: Connection, version_id: int) -> tuple[str, ...]:
    """Return who agrees to a version, the first one first."""
    query = select(approvals.c.who).where(approvals.c.version == version_id).order_by(approvals.c.at, approvals.c.who)
    return tuple(connection.execute(query).scalars())


def forget_agreed(connection: Connection, version_id: int) -> None:
    """Forget who agrees to a version: whoever decides next decides anew."""
    connection.execute(delete(approvals).where(approvals.c.version == version_id))
