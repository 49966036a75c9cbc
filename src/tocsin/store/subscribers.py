"""Subscribers: who gets alerts, where, and how they want them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from tocsin.readers.consent import Act, Purpose
from tocsin.store.consents import consents
from tocsin.store.engine import Id, Moment, metadata


class SubscriberState(StrEnum):
    """Where a subscriber stands; only *active* ones are ever sent an alert."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    ERASED = "erased"


subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    # As the reader wrote it; None once erased.
    Column("address", String(320)),
    # Keyed hash of the normalised address (readers/addresses.py), the same as in suppressions; None once erased.
    Column("address_key", String(64), unique=True),
    Column("state", String(12), nullable=False),
    Column("language", String(12), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("offers", Boolean, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("ended_at", Moment),
    # How alerts are wanted (readers/preferences.py): "immediate", "daily" or "weekly".
    Column("pace", String(10), nullable=False, server_default="immediate"),
    Column("flash_only", Boolean, nullable=False, server_default="0"),
    # Quiet hours in minutes since local midnight, both or neither; ``quiet_override`` is the lowest band that breaks
    # them, "none" for no band at all.
    Column("quiet_from", Integer),
    Column("quiet_to", Integer),
    Column("quiet_override", String(10), nullable=False, server_default="flash"),
    # Local hour of the digest, and its weekday (0 Monday) when weekly.
    Column("digest_hour", Integer, nullable=False, server_default="7"),
    Column("digest_day", Integer, nullable=False, server_default="0"),
    # Alerts a local day at most (None: no cap); a flash or a correction is never held back by it.
    Column("daily_cap", Integer),
    Column("paused_until", Moment),
    Index("ix_subscribers_state", "state"),
    # Mailed tokens name the number for ever: it must never belong to somebody else.
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscriber; the fields are the columns above."""

    id: int
    address: str | None
    address_key: str | None
    state: SubscriberState
    language: str
    zone: str
    offers: bool
    created_at: datetime
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    pace: str = "immediate"
    flash_only: bool = False
    quiet_from: int | None = None
    quiet_to: int | None = None
    quiet_override: str = "flash"
    digest_hour: int = 7
    digest_day: int = 0
    daily_cap: int | None = None
    paused_until: datetime | None = None


def add_subscriber(
    connection: Connection, *, address: str, address_key: str, language: str, zone: str, at: datetime
) -> int:
    """Keep a new subscriber, pending, and return its number."""
    row = connection.execute(
        insert(subscribers)
        .values(
            address=address,
            address_key=address_key,
            state=SubscriberState.PENDING,
            language=language,
            zone=zone,
            created_at=at,
        )
        .returning(subscribers.c.id)
    )
    return int(row.scalar_one())


@dataclass(frozen=True, slots=True)
class NewReader:
    """A reader to add: address, its key, language and zone."""

    address: str
    address_key: str
    language: str
    zone: str


def add_readers(connection: Connection, new: Sequence[NewReader], at: datetime) -> tuple[int, ...]:
    """Keep new subscribers, active at once; return their numbers in the same order."""
    if not new:
        return ()
    since = {"state": SubscriberState.ACTIVE, "created_at": at, "confirmed_at": at}
    numbers = insert(subscribers).returning(subscribers.c.id, sort_by_parameter_order=True)
    return tuple(connection.execute(numbers, [asdict(one) | since for one in new]).scalars())


def subscriber_of(connection: Connection, subscriber_id: int) -> Subscriber | None:
    """Return one subscriber, or None."""
    return _one(connection, subscribers.c.id == subscriber_id)


def subscriber_at(connection: Connection, address_key: str) -> Subscriber | None:
    """Return the subscriber with an address, or None."""
    return _one(connection, subscribers.c.address_key == address_key)


def subscribers_at(connection: Connection, address_keys: Sequence[str]) -> dict[str, Subscriber]:
    """Return the subscribers with some addresses, by key."""
    query = select(*subscribers.c).where(subscribers.c.address_key.in_(address_keys))
    found = (subscriber_from(dict(row._mapping)) for row in connection.execute(query))
    return {one.address_key: one for one in found if one.address_key is not None}


def _one(connection: Connection, which: ColumnElement[bool]) -> Subscriber | None:
    row = connection.execute(select(*subscribers.c).where(which)).first()
    return None if row is None else subscriber_from(dict(row._mapping))


def subscriber_from(values: Mapping[str, Any]) -> Subscriber:
    """Return the subscriber of a row's columns."""
    return Subscriber(**{**values, "state": SubscriberState(values["state"])})


def offered(connection: Connection) -> Iterator[tuple[Subscriber, datetime]]:
    """Give the subscribers who consent to offers, in the order of their numbers, each with when that was proved."""
    ours = (consents.c.subscriber == subscribers.c.id) & (consents.c.purpose == Purpose.OFFERS)
    given = select(func.max(consents.c.at)).where(ours, consents.c.act == Act.GIVEN).scalar_subquery()
    query = select(*subscribers.c, given).where(subscribers.c.offers.is_(True), given.is_not(None))
    for *columns, since in connection.execute(query.order_by(subscribers.c.id), execution_options={"yield_per": 1000}):
        yield subscriber_from(dict(zip(subscribers.c.keys(), columns, strict=True))), since


def change_subscriber(connection: Connection, subscriber_id: int, **values: object) -> None:
    """Set columns of a subscriber."""
    connection.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(**values))


def activate(connection: Connection, subscriber_id: int, at: datetime) -> None:
    """Make a subscriber active, from any state."""
    change_subscriber(connection, subscriber_id, state=SubscriberState.ACTIVE, confirmed_at=at, ended_at=None)


def end(connection: Connection, subscriber_id: int, state: SubscriberState, at: datetime) -> bool:
    """Give an active subscriber a last state; False when it was not active, so that a second time changes nothing."""
    active = (subscribers.c.id == subscriber_id) & (subscribers.c.state == SubscriberState.ACTIVE)
    return connection.execute(update(subscribers).where(active).values(state=state, ended_at=at)).rowcount == 1


def has_readers(connection: Connection) -> bool:
    """Tell whether anybody has ever signed up here."""
    return connection.execute(select(subscribers.c.id).limit(1)).first() is not None


def state_sizes(connection: Connection) -> dict[SubscriberState, int]:
    """Count subscribers by state."""
    query = select(subscribers.c.state, func.count()).group_by(subscribers.c.state)
    return {SubscriberState(state): count for state, count in connection.execute(query)}
