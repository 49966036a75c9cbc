"""Suppressed addresses in the store, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.store.engine import Store
from tocsin.store.paces import closed
from tocsin.store.rests import Rest, end_rest, rest, resting
from tocsin.store.suppressions import (
    BY_CONFIRMING,
    Met,
    Suppressed,
    Which,
    incidents,
    lift,
    lift_bounces,
    suppress,
    suppression_of,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("reason", Suppressed)
def test_an_address_is_suppressed_for_a_reason(store: Store, reason: Suppressed) -> None:
    with store.write() as connection:
        suppress(connection, "key", reason, NOON)
        suppress(connection, "key", reason, NOON)
        assert suppression_of(connection, "key") is reason
        assert suppression_of(connection, "other") is None
        assert lift(connection, "key", *BY_CONFIRMING) == (reason in BY_CONFIRMING)


def test_a_complaint_outlasts_a_bounce_and_is_not_lost_to_one(store: Store) -> None:
    with store.write() as connection:
        suppress(connection, "key", Suppressed.BOUNCED, NOON)
        suppress(connection, "key", Suppressed.COMPLAINED, NOON)
        suppress(connection, "key", Suppressed.BOUNCED, NOON)
        assert suppression_of(connection, "key") is Suppressed.COMPLAINED


def test_an_incident_is_found_and_undone_alone(store: Store) -> None:
    with store.write() as connection:
        for number in range(6):
            met = Met(7 + number % 2, "Big.example" if number < 4 else "small.example", f"550 {number}")
            suppress(connection, f"key{number}", Suppressed.BOUNCED, NOON + timedelta(minutes=number), met)
        suppress(connection, "old", Suppressed.BOUNCED, NOON - timedelta(days=1))
        suppress(connection, "complainer", Suppressed.COMPLAINED, NOON, Met(7, "big.example", ""))
        found = [(one.version, one.domain, one.count) for one in incidents(connection, Which(), 9)]
        assert found == [
            (8, "small.example", 1),
            (7, "small.example", 1),
            (8, "big.example", 2),
            (7, "big.example", 2),
            (None, None, 1),
        ]
        assert sorted(lift_bounces(connection, Which(7, "BIG.example"))) == ["key0", "key2"]
        assert suppression_of(connection, "key1") is Suppressed.BOUNCED
        assert suppression_of(connection, "complainer") is Suppressed.COMPLAINED
        assert lift_bounces(connection, Which(until=NOON)) == ("old",)


def test_a_domain_rests_until_its_time_or_until_a_person_wakes_it(store: Store) -> None:
    soon, later = NOON + timedelta(minutes=1), NOON + timedelta(minutes=30)
    with store.write() as connection:
        rest(connection, Rest("a.example", NOON, later, "refused"))
        rest(connection, Rest("a.example", NOON, soon, "busy"))
        rest(connection, Rest("b.example", NOON, soon, "busy"))
        assert {one.domain: one.reason for one in resting(connection, NOON)} == {
            "a.example": "refused",
            "b.example": "busy",
        }
        assert [one.domain for one in resting(connection, soon)] == ["a.example"]
        assert set(closed(connection, NOON)) == {"a.example", "b.example"}
        assert end_rest(connection, "a.example", NOON + timedelta(seconds=2))
        assert not end_rest(connection, "a.example", NOON + timedelta(seconds=2))
        assert closed(connection, NOON + timedelta(seconds=2)) == ("b.example",)
