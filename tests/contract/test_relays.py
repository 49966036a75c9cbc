"""What relays have taken is counted once for all senders, on both engines."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from tocsin.delivery.relays import STEP, Plan
from tocsin.store.engine import Store
from tocsin.store.relays import mark_away, mark_back, reserve_letters, return_letters, standings

NOON = datetime(2022, 11, 11, 12, tzinfo=UTC)
PLANS = (Plan("a", per_hour=1000), Plan("b", per_day=300))


def test_quotas_hold_in_any_hour_and_any_day(store: Store) -> None:
    with store.write() as connection:
        given = {one.name: one.count for one in reserve_letters(connection, PLANS, 5000, NOON)}
        assert given == {"a": 1000, "b": 300}
        assert [one.count for one in reserve_letters(connection, PLANS, 10, NOON + timedelta(minutes=59))] == [0, 0]
        return_letters(connection, {"a": 40}, NOON + timedelta(minutes=59))
        assert standings(connection, NOON + timedelta(minutes=59))["a"].hour == 960
        later = NOON + timedelta(hours=1) + STEP
        assert [one.count for one in reserve_letters(connection, PLANS, 2000, later)] == [1000, 0]
        tomorrow = NOON + timedelta(days=1) + STEP
        assert [one.count for one in reserve_letters(connection, (PLANS[1],), 2000, tomorrow)] == [300]


def test_two_senders_at_once_never_take_more_than_there_is(store: Store) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(20):
            with store.write() as connection:
                taken.extend(one.count for one in reserve_letters(connection, PLANS, 50, NOON))

    senders = [threading.Thread(target=take) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sum(taken) == 1300


def test_a_relay_is_away_for_all_longer_each_time_and_back_for_all(store: Store) -> None:
    with store.write() as connection:
        first = mark_away(connection, "a", "refused", NOON)
        assert mark_away(connection, "a", "refused", NOON) == first, "two senders that meet the same"
        assert standings(connection, NOON)["a"].away_until == first
        second = mark_away(connection, "a", "refused", first)
        assert second - first == 2 * (first - NOON)
        assert [one.count for one in reserve_letters(connection, PLANS, 10, first)] == [0, 10]
        mark_back(connection, "a")
        assert standings(connection, first).get("a") is None
        assert mark_away(connection, "a", "again", second) - second == first - NOON
