"""One reader to whom a version was sent, and what mail or an event that comes back has made of both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, literal, select, update

from tocsin.model import DeliveryState
from tocsin.readers.addresses import address_key, parse_address
from tocsin.store.deliveries import CODE, deliveries, freeze, tally
from tocsin.store.subscribers import SubscriberState, subscriber_of, subscribers
from tocsin.store.suppressions import Suppressed, suppression_of
from tocsin.wiring import Parts

READER, ADDRESS = 42, "r@example.org"

Standing = tuple[dict[DeliveryState, int], SubscriberState, Suppressed | None]
"""The version's deliveries by state, the reader's state, and why the address is suppressed."""


def add_reader(connection: Connection, secret: bytes, at: datetime) -> None:
    """Add the reader."""
    key = address_key(secret, parse_address(ADDRESS))
    row = {"id": READER, "address": ADDRESS, "address_key": key, "state": "active", "language": "en", "zone": "UTC"}
    connection.execute(insert(subscribers).values(**row, created_at=at))


def accepted(connection: Connection, version: int, queued_as: str | None = None) -> None:
    """Let the relay have accepted a version for the reader, under a name of its own."""
    freeze(connection, version, select(subscribers.c.id.label("subscriber"), literal(1).label("why")))
    connection.execute(update(deliveries).values(state=CODE[DeliveryState.ACCEPTED], queued_as=queued_as))


def standing(parts: Parts, version: int) -> Standing:
    """Return how the version and its reader stand."""
    with parts.store.read() as connection:
        reader = subscriber_of(connection, READER)
        assert reader is not None
        key = address_key(parts.secret, parse_address(ADDRESS))
        return tally(connection, version), reader.state, suppression_of(connection, key)
