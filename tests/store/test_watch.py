"""A commit of another connection is noticed at the next look, and once."""

from tocsin.store.engine import Store
from tocsin.store.switches import turn
from tocsin.store.watch import Watch


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
