"""One writer of stories at a time, and a late one is turned away."""

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
