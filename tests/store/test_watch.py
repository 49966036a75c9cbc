"""A commit of another connection is noticed at the next look, and once; a database that went away is found again."""

import time

import pytest
from sqlalchemy import text

from tests.postgres import Postgres
from tocsin.store.engine import Store
from tocsin.store.switches import turn
from tocsin.store.watch import ALERT_S, CALM_S, Watch


def test_each_commit_is_a_change_once(store: Store) -> None:
    watch = Watch(store)
    assert watch.changed(), "the first look"
    for value in ("live", "shadow", "live"):
        assert not watch.changed()
        with store.write() as connection:
            turn(connection, "mode", value)
            assert not watch.changed() or not store.embedded, "what is not committed is no change"
        assert watch.changed()
    watch.close()


def test_reading_changes_nothing(store: Store) -> None:
    watch = Watch(store)
    watch.changed()
    with store.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert not watch.changed()
    watch.close()


def test_a_quiet_database_is_looked_at_less_often_until_something_happens(store: Store) -> None:
    watch = Watch(store)
    for _ in range(10):
        watch.changed()
    assert watch.pause_s == ALERT_S
    for _ in range(100):
        watch.changed()
    assert watch.pause_s == CALM_S
    with store.write() as connection:
        turn(connection, "mode", "live")
    assert watch.changed()
    assert watch.pause_s == ALERT_S
    watch.close()


@pytest.mark.postgres
def test_a_database_that_was_away_is_a_change_when_it_is_back(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        store, another = Store(url), Store(url)
        watch = Watch(store)
        assert watch.changed()
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        with another.write() as connection:
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        seen, ends = [watch.changed()], time.monotonic() + 10
        while not any(seen) and time.monotonic() < ends:
            time.sleep(0.05)
            seen.append(watch.changed())
        assert seen[0] is False, "nothing can be told while it is away"
        assert seen[-1] is True
        assert not watch.changed()
        watch.close()
        store.close()
        another.close()
