"""Who is sending: one row for each sender that lives, and what becomes of what a dead one had in hand."""

from __future__ import annotations

from datetime import datetime
from secrets import randbelow

from sqlalchemy import Column, Connection, String, Table, delete, insert, select, update

from tocsin.model import DeliveryState
from tocsin.store.alerts import VersionState, versions
from tocsin.store.deliveries import CODE, deliveries, end_cancelled
from tocsin.store.engine import Id, Moment, metadata

_PENDING, _IN_HAND = CODE[DeliveryState.PENDING], CODE[DeliveryState.IN_HAND]

senders = Table(
    "senders",
    metadata,
    Column("id", Id, primary_key=True),
    # Where its journal lies, on its own machine; held locked while the process lives.
    Column("journal", String(500), nullable=False),
    Column("beat_at", Moment, nullable=False),
)


def join_senders(connection: Connection, journal: str, now: datetime) -> int:
    """Take part in sending; return the sender's number."""
    # Never a number that was in use before: one who was taken for dead must not pass for somebody else.
    number = randbelow(2**31)
    connection.execute(insert(senders).values(id=number, journal=journal, beat_at=now))
    return number


def beat_sender(connection: Connection, sender: int, now: datetime) -> bool:
    """Say that a sender lives; False when others have taken it for dead, so that it has nothing in hand any more."""
    return connection.execute(update(senders).where(senders.c.id == sender).values(beat_at=now)).rowcount == 1


def other_senders(connection: Connection, sender: int) -> tuple[tuple[int, str, datetime], ...]:
    """Return (number, journal, last heartbeat) of all senders but one."""
    query = select(senders.c.id, senders.c.journal, senders.c.beat_at).where(senders.c.id != sender)
    return tuple((row.id, row.journal, row.beat_at) for row in connection.execute(query))


def bury_sender(connection: Connection, sender: int) -> int:
    """Put what a dead sender still has in hand back into the queue: it may have been sent. Count it."""
    # First of all: one that lives after all, and claims just now, is waited for. Later it can claim nothing.
    leave_senders(connection, sender)
    live = select(versions.c.id).where(versions.c.state.in_((VersionState.SENDING, VersionState.CANCELLED)))
    left = deliveries.c.version.in_(live) & (deliveries.c.state == _IN_HAND) & (deliveries.c.sender == sender)
    back = update(deliveries).where(left).values(state=_PENDING, sender=None, maybe=1).returning(deliveries.c.version)
    found = connection.execute(back).scalars().all()
    end_cancelled(connection, set(found))
    return len(found)


def leave_senders(connection: Connection, sender: int) -> None:
    """Take no part any longer."""
    connection.execute(delete(senders).where(senders.c.id == sender))
