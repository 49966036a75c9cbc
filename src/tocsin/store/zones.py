"""Time zones of readers with what each is ahead of UTC just now, so that SQL can tell whose night it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, Integer, String, Table, select, update

from tocsin.store.dialect import insert_new
from tocsin.store.engine import metadata

zones = Table(
    "zones",
    metadata,
    Column("name", String(64), primary_key=True),
    # Minutes ahead of UTC when it was last set.
    Column("ahead", Integer, nullable=False),
)


def keep_zone(connection: Connection, name: str, now: datetime) -> None:
    """Keep a zone that a reader chose."""
    connection.execute(insert_new(connection, zones).values(name=name, ahead=_ahead(name, now)))


def set_zones(connection: Connection, now: datetime) -> None:
    """Bring the kept zones up to date; but for the days on which clocks change it only reads."""
    for name, ahead in connection.execute(select(zones.c.name, zones.c.ahead)).all():
        if (fresh := _ahead(name, now)) != ahead:
            connection.execute(update(zones).where(zones.c.name == name).values(ahead=fresh))


def _ahead(name: str, now: datetime) -> int:
    offset = now.astimezone(ZoneInfo(name)).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
