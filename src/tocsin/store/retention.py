"""What is forgotten after a time: sign-ups nobody confirmed, letters, and which reader was sent what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    SmallInteger,
    Table,
    delete,
    exists,
    func,
    select,
)

from tocsin.model import DeliveryState
from tocsin.store.alerts import VersionState, versions
from tocsin.store.audience import held_back
from tocsin.store.deliveries import STATES, deliveries
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, metadata
from tocsin.store.letters import letters
from tocsin.store.signups import signups
from tocsin.store.subscribers import SubscriberState, subscribers

totals = Table(
    "totals",
    metadata,
    # How many readers of a version came to which state, when it is no longer kept who they were.
    Column("version", Id, ForeignKey("versions.id"), primary_key=True),
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)


def forget_unconfirmed(connection: Connection, before: datetime) -> int:
    """Forget sign-ups of before ``before``, and the readers who never confirmed any; count these."""
    connection.execute(delete(signups).where(signups.c.asked_at < before))
    waiting = exists().where(signups.c.subscriber == subscribers.c.id)
    never = (subscribers.c.state == SubscriberState.PENDING) & (subscribers.c.created_at < before) & ~waiting
    return connection.execute(delete(subscribers).where(never)).rowcount


def forget_pending(connection: Connection, subscriber: int) -> None:
    """Forget one reader who has confirmed no sign-up yet."""
    connection.execute(delete(signups).where(signups.c.subscriber == subscriber))
    pending = (subscribers.c.id == subscriber) & (subscribers.c.state == SubscriberState.PENDING)
    connection.execute(delete(subscribers).where(pending))


def forget_letters(connection: Connection, before: datetime) -> int:
    """Forget the letters asked for before ``before``, and who asked; count them."""
    return connection.execute(delete(letters).where(letters.c.asked_at < before)).rowcount


def forget_deliveries(connection: Connection, before: datetime) -> int:
    """Keep only totals of the versions approved before ``before`` that are done; count the versions."""
    done = versions.c.state.in_((VersionState.SENT, VersionState.CANCELLED, VersionState.EXPIRED))
    kept = exists().where(deliveries.c.version == versions.c.id)
    old = connection.execute(select(versions.c.id).where(versions.c.approved_at < before, done, kept)).scalars().all()
    for version in old:
        mine = deliveries.c.version == version
        count = select(deliveries.c.version, deliveries.c.state, func.count()).where(mine)
        counted = count.group_by(deliveries.c.version, deliveries.c.state)
        connection.execute(insert_new(connection, totals).from_select(["version", "state", "count"], counted))
        connection.execute(delete(deliveries).where(mine))
        connection.execute(delete(held_back).where(held_back.c.version == version))
    return len(old)


def totals_of(connection: Connection, version: int) -> dict[DeliveryState, int]:
    """Return how many readers of a version came to which state, once it is no longer kept who they were."""
    query = select(totals.c.state, totals.c.count).where(totals.c.version == version)
    return {STATES[state]: count for state, count in connection.execute(query)}
