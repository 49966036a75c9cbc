"""Every privacy notice that was ever shown, by its version: what a consent names can be read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, Text, select

from tocsin.store.dialect import insert_new
from tocsin.store.engine import Moment, metadata

notices = Table(
    "notices",
    metadata,
    Column("version", String(16), primary_key=True),
    Column("language", String(12), nullable=False),
    Column("html", Text, nullable=False),
    Column("shown_since", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One privacy notice; ``version`` is the beginning of its text's hash."""

    version: str
    language: str
    html: str
    shown_since: datetime


def keep_notice(connection: Connection, version: str, language: str, html: str, at: datetime) -> None:
    """Keep a notice, if it is a new one."""
    connection.execute(
        insert_new(connection, notices).values(version=version, language=language, html=html, shown_since=at)
    )


def notice_of(connection: Connection, version: str) -> Notice | None:
    """Return the notice with a version, or None."""
    row = connection.execute(select(*notices.c).where(notices.c.version == version)).first()
    return None if row is None else Notice(**row._mapping)
