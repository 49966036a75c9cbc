"""One writer of stories at a time, and a late one is turned away."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.store.engine import Store
from tocsin.store.leases import Fenced, hold_fast, take_lease

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
LENGTH = timedelta(seconds=6)


def test_a_lease_is_held_by_one_and_renewed_with_the_same_token(store: Store) -> None:
    with store.write() as connection:
        assert take_lease(connection, "stories", "a", NOW, LENGTH) == 1
        assert take_lease(connection, "stories", "b", NOW, LENGTH) is None
        assert take_lease(connection, "stories", "a", NOW + LENGTH / 2, LENGTH) == 1


def test_a_late_writer_is_fenced_off_after_a_take_over(store: Store) -> None:
    with store.write() as connection:
        first = take_lease(connection, "stories", "a", NOW, LENGTH)
        second = take_lease(connection, "stories", "b", NOW + LENGTH, LENGTH)
        assert (first, second) == (1, 2)
        hold_fast(connection, "stories", 2)
        with pytest.raises(Fenced, match="token 1 is behind 2"):
            hold_fast(connection, "stories", 1)


def test_a_clock_that_is_set_back_locks_nobody_out(store: Store) -> None:
    """A machine that booted two hours ahead, died, and came back with the right time."""
    with store.write() as connection:
        assert take_lease(connection, "stories", "a", NOW + timedelta(hours=2), LENGTH) == 1
        assert take_lease(connection, "stories", "b", NOW, LENGTH) == 2
        with pytest.raises(Fenced):
            hold_fast(connection, "stories", 1)


def test_clocks_of_two_machines_may_differ(store: Store) -> None:
    with store.write() as connection:
        assert take_lease(connection, "stories", "a", NOW + timedelta(seconds=50), LENGTH) == 1
        assert take_lease(connection, "stories", "b", NOW, LENGTH) is None


def test_of_two_that_come_first_at_once_one_holds_the_lease(store: Store) -> None:
    both, tokens = threading.Barrier(2), []

    def take(holder: str) -> None:
        both.wait(10)
        with store.write() as connection:
            tokens.append(take_lease(connection, "stories", holder, NOW, LENGTH))
            time.sleep(0.2)

    threads = [threading.Thread(target=take, args=(holder,)) for holder in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(tokens, key=str) == [1, None]
