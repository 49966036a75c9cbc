"""The consent log: whole after erasure, and broken by every other change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from tocsin.readers.consent import Act, Fact, Purpose
from tocsin.store.consents import add_consent, check_consents, consents, consents_of, erase_facts, erase_old_facts
from tocsin.store.engine import Store

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def log(store: Store) -> Store:
    with store.write() as connection:
        for number in range(6):
            add_consent(
                connection,
                subscriber=number % 3,
                at=NOON + timedelta(days=number),
                purpose=Purpose.ALERTS,
                act=Act.GIVEN,
                facts={"address": f"reader{number}@example.com", "network address": "192.0.2.1"},
            )
    return store


def test_a_log_that_was_only_added_to_is_whole(log: Store) -> None:
    with log.read() as connection:
        checked = check_consents(connection)
    assert (checked.records, checked.broken) == (6, ())


def test_erasing_leaves_the_chain_whole_and_nothing_of_the_reader(log: Store) -> None:
    with log.write() as connection:
        head = check_consents(connection).head
        erase_facts(connection, 1)
        checked = check_consents(connection)
        assert consents_of(connection, 1) == ()
        left = connection.execute(consents.select()).all()
    assert (checked.records, checked.broken, checked.head) == (6, (), head)
    whole = repr([tuple(row) for row in left])
    assert "reader1@" not in whole
    assert "reader2@" in whole


def test_network_addresses_are_erased_alone(log: Store) -> None:
    with log.write() as connection:
        assert erase_old_facts(connection, ["network address"], NOON, NOON + timedelta(days=3)) == 3
        assert erase_old_facts(connection, ["network address"], NOON, NOON + timedelta(days=3)) == 0
        assert check_consents(connection).broken == ()
        facts = consents_of(connection, 0)[0].facts
    assert facts["network address"].value is None
    assert facts["address"].value == "reader0@example.com"


@pytest.mark.parametrize(
    "values",
    [
        {"at": NOON},
        {"act": Act.WITHDRAWN},
        {"purpose": Purpose.OFFERS},
        {"previous": "f" * 64},
        {"facts": {}},
        {"facts": {"address": Fact("0" * 64, "salt", "somebody else")}},
    ],
)
def test_a_change_breaks_it(log: Store, values: dict[str, object]) -> None:
    with log.write() as connection:
        connection.execute(update(consents).where(consents.c.number == 3).values(**values))
        assert {number for number, _ in check_consents(connection).broken} == {3}


def test_one_taken_out_breaks_it(log: Store) -> None:
    with log.write() as connection:
        connection.execute(delete(consents).where(consents.c.number == 3))
        assert [number for number, _ in check_consents(connection).broken] == [4]


def test_a_lost_end_shows_in_the_head(log: Store) -> None:
    with log.write() as connection:
        head = check_consents(connection).head
        connection.execute(delete(consents).where(consents.c.number == 6))
        checked = check_consents(connection)
    assert checked.broken == ()
    assert (checked.records, checked.head != head) == (5, True)
