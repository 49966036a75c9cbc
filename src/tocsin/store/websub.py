"""What hubs were asked for: one subscription a source, its secret, its lease, and what push brought and missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, String, Table, Text, delete, insert, select, update

from tocsin.store.engine import Moment, metadata

hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", String(64), nullable=False, unique=True),  # the callback's last part: nobody can guess it
    Column("secret", String(64), nullable=False),
    Column("state", String(10), nullable=False),  # asked, active, denied, failed
    Column("asked_at", Moment, nullable=False),
    Column("until", Moment),
    Column("pushed_at", Moment),
    # New items that a push brought, and those that a poll brought first though the hub was to push them.
    Column("pushed", Integer, nullable=False, default=0),
    Column("missed", Integer, nullable=False, default=0),
    Column("error", Text),
)


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """What a hub was asked for on behalf of one source."""

    source: str
    hub: str
    topic: str
    token: str
    secret: str
    state: str
    asked_at: datetime
    until: datetime | None = None
    pushed_at: datetime | None = None
    pushed: int = 0
    missed: int = 0
    error: str | None = None


_SHOWN = tuple(hub_subscriptions.c[name] for name in HubSubscription.__slots__)


def hub_subscription(connection: Connection, source: str) -> HubSubscription | None:
    """Return what was asked for a source, or None."""
    row = connection.execute(select(*_SHOWN).where(hub_subscriptions.c.source == source)).first()
    return HubSubscription(**row._mapping) if row else None


def hub_subscription_of(connection: Connection, token: str) -> HubSubscription | None:
    """Return the subscription whose callback ends with ``token``, or None."""
    row = connection.execute(select(*_SHOWN).where(hub_subscriptions.c.token == token)).first()
    return HubSubscription(**row._mapping) if row else None


def keep_hub_subscription(connection: Connection, asked: HubSubscription) -> None:
    """Keep what a hub is asked for now, in place of what it was asked for before."""
    connection.execute(delete(hub_subscriptions).where(hub_subscriptions.c.source == asked.source))
    connection.execute(insert(hub_subscriptions).values({name: getattr(asked, name) for name in asked.__slots__}))


def settle_hub_subscription(
    connection: Connection, token: str, state: str, *, until: datetime | None = None, error: str | None = None
) -> None:
    """Say how asking went."""
    values = {"state": state, "until": until, "error": error}
    connection.execute(update(hub_subscriptions).where(hub_subscriptions.c.token == token).values(values))


def count_pushed(connection: Connection, token: str, new: int, at: datetime) -> None:
    """Count the new items of one push."""
    values = {"pushed": hub_subscriptions.c.pushed + new, "pushed_at": at}
    connection.execute(update(hub_subscriptions).where(hub_subscriptions.c.token == token).values(values))


def count_missed(connection: Connection, source: str, new: int) -> None:
    """Count the new items that a poll of this source brought while a hub was to push them."""
    active = (hub_subscriptions.c.source == source) & (hub_subscriptions.c.state == "active")
    connection.execute(update(hub_subscriptions).where(active).values({"missed": hub_subscriptions.c.missed + new}))
