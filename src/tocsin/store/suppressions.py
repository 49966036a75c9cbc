"""Addresses that must not be sent alerts, as keyed hashes: nothing else of them need be known."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Connection, String, Table, delete, select

from tocsin.store.dialect import insert_new
from tocsin.store.engine import Moment, metadata


class Suppressed(StrEnum):
    """Why an address is suppressed. The first two end when its reader confirms a new sign-up."""

    BOUNCED = "bounced"
    ERASED = "erased"
    COMPLAINED = "complained"
    BLOCKED = "blocked"


BY_CONFIRMING = (Suppressed.BOUNCED, Suppressed.ERASED)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_key", String(64), primary_key=True),
    Column("reason", String(12), nullable=False),
    Column("at", Moment, nullable=False),
)


def suppress(connection: Connection, address_key: str, reason: Suppressed, at: datetime) -> None:
    """Suppress an address. A reason that only a person lifts takes the place of one that confirming lifts."""
    if reason not in BY_CONFIRMING:
        lift(connection, address_key, *BY_CONFIRMING)
    connection.execute(insert_new(connection, suppressions).values(address_key=address_key, reason=reason, at=at))


def suppression_of(connection: Connection, address_key: str) -> Suppressed | None:
    """Return why an address is suppressed, or None."""
    query = select(suppressions.c.reason).where(suppressions.c.address_key == address_key)
    reason = connection.execute(query).scalar()
    return None if reason is None else Suppressed(reason)


def lift(connection: Connection, address_key: str, *reasons: Suppressed) -> bool:
    """Lift a suppression that has one of ``reasons``, and tell whether there was one."""
    which = (suppressions.c.address_key == address_key) & suppressions.c.reason.in_(reasons)
    return connection.execute(delete(suppressions).where(which)).rowcount == 1
