"""Changes of address that wait to be confirmed at the new one: one at most for a subscriber."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, String, Table, delete, insert, select

from tocsin.store.engine import Id, Moment, metadata

moves = Table(
    "moves",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", Id, ForeignKey("subscribers.id"), nullable=False, unique=True),
    Column("address", String(320), nullable=False),
    Column("asked_at", Moment, nullable=False),
    # A mailed token names the number: it must never belong to another change.
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Move:
    """A change of address that was asked for."""

    id: int
    subscriber: int
    address: str
    asked_at: datetime


def add_move(connection: Connection, subscriber: int, address: str, at: datetime) -> int:
    """Keep a change of address in place of one that waits, and return its number."""
    forget_moves(connection, subscriber)
    row = connection.execute(
        insert(moves).values(subscriber=subscriber, address=address, asked_at=at).returning(moves.c.id)
    )
    return int(row.scalar_one())


def move_of(connection: Connection, number: int) -> Move | None:
    """Return a change of address that waits, or None."""
    row = connection.execute(select(*moves.c).where(moves.c.id == number)).first()
    return None if row is None else Move(**row._mapping)


def forget_moves(connection: Connection, subscriber: int) -> None:
    """Remove a subscriber's change of address."""
    connection.execute(delete(moves).where(moves.c.subscriber == subscriber))
