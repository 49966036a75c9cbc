"""Mail that comes back ends in the right state, for the right reader, once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, literal, select, text

from tests.delivery.test_bounces import ARF, dsn
from tocsin.delivery.addresses import Tags
from tocsin.delivery.bounces import Kind, Notice
from tocsin.jobs.embedded import EmbeddedJobs
from tocsin.model import DeliveryState
from tocsin.readers.tokens import Tokens
from tocsin.returned import take_back
from tocsin.settings import Settings
from tocsin.store.deliveries import deliveries, freeze, tally
from tocsin.store.engine import Store
from tocsin.store.subscribers import SubscriberState, subscriber_of, subscribers
from tocsin.store.suppressions import Suppressed, suppression_of
from tocsin.subscribers import refuse_offers, unsubscribe
from tocsin.wiring import Parts

NOON = datetime(2022, 11, 11, 12, tzinfo=UTC)
SECRET = b"s" * 32
TAG = Tags(SECRET).tag(7, 42)
BOUNCES = f"bounces+{TAG}@localhost"


@pytest.fixture
def parts(store: Store, tmp_path: Path) -> Parts:
    with store.write() as connection:
        row = {"id": 42, "address": "r@example.org", "address_key": "key", "state": "active", "language": "en"}
        connection.execute(insert(subscribers).values(**row, zone="UTC", created_at=NOON))
        freeze(connection, 7, select(subscribers.c.id.label("subscriber"), literal(1).label("why")))
        connection.execute(text("UPDATE deliveries SET state = 2"))
    return Parts(Settings(folder=tmp_path), store, EmbeddedJobs(store, lambda: NOON), SECRET, lambda: NOON)


def back(parts: Parts, raw: str, to: str = BOUNCES) -> Notice:
    return take_back(parts, raw.encode(), to, unsubscribe=unsubscribe, refuse_offers=refuse_offers)


def standing(parts: Parts) -> tuple[dict[DeliveryState, int], str, Suppressed | None]:
    with parts.store.read() as connection:
        reader = subscriber_of(connection, 42)
        assert reader is not None
        return tally(connection, 7), reader.state, suppression_of(connection, "key")


def test_a_bounce_fails_the_delivery_and_suppresses_an_address_that_is_none(parts: Parts) -> None:
    for _ in range(2):
        assert back(parts, dsn("failed", "5.1.1", "550 5.1.1 no such user")).kind is Kind.FAILED
    assert standing(parts) == ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, Suppressed.BOUNCED)


def test_a_full_mailbox_is_not_suppressed(parts: Parts) -> None:
    back(parts, dsn("failed", "5.2.2", "552 5.2.2 mailbox full"))
    assert standing(parts) == ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, None)


def test_a_delay_is_no_failure(parts: Parts) -> None:
    back(parts, dsn("delayed", "4.4.1", "timed out"))
    assert standing(parts) == ({DeliveryState.ACCEPTED: 1}, SubscriberState.ACTIVE, None)


def test_a_complaint_ends_everything(parts: Parts) -> None:
    back(parts, dsn("failed", "5.2.2", "552 5.2.2 mailbox full"))
    back(parts, ARF.format(kind="abuse", tag=TAG), "bounces@localhost")
    assert standing(parts) == ({DeliveryState.COMPLAINED: 1}, SubscriberState.COMPLAINED, Suppressed.COMPLAINED)


def test_unsubscribing_by_mail(parts: Parts) -> None:
    token = Tokens(SECRET).mailed(42)
    back(parts, f"From: r@example.org\nSubject: unsubscribe {token}\n\n", "bounces+unsubscribe@localhost")
    assert standing(parts) == ({DeliveryState.ACCEPTED: 1}, SubscriberState.UNSUBSCRIBED, None)


def test_what_is_not_signed_changes_nothing(parts: Parts) -> None:
    back(parts, dsn("failed", "5.1.1", "550 no such user"), "bounces+7-2a-000000000000@localhost")
    assert standing(parts) == ({DeliveryState.ACCEPTED: 1}, SubscriberState.ACTIVE, None)
    with parts.store.read() as connection:
        assert connection.execute(select(deliveries.c.reply)).scalar() is None
