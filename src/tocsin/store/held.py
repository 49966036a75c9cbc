"""What quiet hours, pauses, caps and paces held back from readers, until their digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from tocsin.store.alerts import versions
from tocsin.store.audience import held_back


def waiting_readers(connection: Connection) -> tuple[tuple[int, datetime], ...]:
    """Return the readers from whom something is held back, and since when."""
    query = select(held_back.c.subscriber, func.min(held_back.c.at)).group_by(held_back.c.subscriber)
    return tuple((subscriber, since) for subscriber, since in connection.execute(query))


def held_from(connection: Connection, subscriber: int) -> tuple[tuple[int, int], ...]:
    """Return (version, alert) of what is held back from a reader, oldest version first."""
    query = select(versions.c.id, versions.c.alert).join(held_back, held_back.c.version == versions.c.id)
    rows = connection.execute(query.where(held_back.c.subscriber == subscriber).order_by(versions.c.id))
    return tuple((row.id, row.alert) for row in rows)


def release(connection: Connection, subscriber: int, told: Sequence[int]) -> None:
    """Hold these versions back from a reader no longer: they were told, or never will be."""
    mine = held_back.c.subscriber == subscriber
    connection.execute(delete(held_back).where(mine, held_back.c.version.in_(told)))
