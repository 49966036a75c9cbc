"""Subscribers in the store, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from tocsin.readers.consent import Act, Purpose
from tocsin.store.consents import add_consent
from tocsin.store.engine import Store
from tocsin.store.subscribers import (
    SubscriberState,
    activate,
    add_subscriber,
    change_subscriber,
    end,
    offered,
    subscriber_at,
    subscriber_of,
    subscribers,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def add(store: Store, name: str) -> int:
    with store.write() as connection:
        return add_subscriber(
            connection, address=f"{name}@example.com", address_key=name, language="uk", zone="Europe/Kyiv", at=NOON
        )


def test_a_new_subscriber_is_pending_with_the_usual_wishes(store: Store) -> None:
    number = add(store, "one")
    with store.read() as connection:
        found = subscriber_of(connection, number)
        assert found == subscriber_at(connection, "one")
        assert subscriber_of(connection, number + 1) is None
    assert found is not None
    assert (found.state, found.created_at, found.pace, found.offers) == (
        SubscriberState.PENDING,
        NOON,
        "immediate",
        False,
    )


def test_one_address_is_one_subscriber(store: Store) -> None:
    add(store, "one")
    with pytest.raises(IntegrityError):
        add(store, "one")


def test_leaving_happens_once(store: Store) -> None:
    number = add(store, "one")
    with store.write() as connection:
        assert not end(connection, number, SubscriberState.UNSUBSCRIBED, NOON)
        activate(connection, number, NOON)
        assert end(connection, number, SubscriberState.COMPLAINED, NOON)
        assert not end(connection, number, SubscriberState.UNSUBSCRIBED, NOON)
        found = subscriber_of(connection, number)
    assert found is not None
    assert (found.state, found.ended_at) == (SubscriberState.COMPLAINED, NOON)


def test_a_number_is_never_given_again(store: Store) -> None:
    number = add(store, "one")
    with store.write() as connection:
        connection.execute(delete(subscribers))
    assert add(store, "two") > number


def test_who_consents_to_offers(store: Store) -> None:
    numbers = [add(store, name) for name in ("one", "two", "three")]
    with store.write() as connection:
        for number in numbers[1:]:
            change_subscriber(connection, number, offers=True)
        for hour, act in enumerate((Act.GIVEN, Act.WITHDRAWN, Act.GIVEN)):
            at = NOON + timedelta(hours=hour)
            add_consent(connection, subscriber=numbers[2], at=at, purpose=Purpose.OFFERS, act=act, facts={})
        listed = [(reader.id, since) for reader, since in offered(connection)]
    assert listed == [(numbers[2], NOON + timedelta(hours=2))], "only whose consent can be proved"
