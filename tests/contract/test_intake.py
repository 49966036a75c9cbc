"""Sources and items behave the same on both engines."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.model import Item, Source
from tocsin.store.engine import Store
from tocsin.store.intake import (
    Polling,
    active_sources,
    add_items,
    claim_due_sources,
    configure_sources,
    first_push,
    item_of,
    record_polling,
    settle_item,
)

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FEED = Source(name="Harbour Post", publisher="Harbour Post", family="Harbour", url="https://post.example/feed")
PUSHER = Source(name="Wire", publisher="Wire", family="Wire", push=True)


def test_a_source_is_due_once_for_one_listener(store: Store) -> None:
    with store.write() as connection:
        configure_sources(connection, [FEED])
    until = NOW + timedelta(seconds=30)
    assert [polling.source for polling in claim_due_sources(store, NOW, until, 10)] == [FEED]
    assert claim_due_sources(store, NOW, until, 10) == ()
    assert len(claim_due_sources(store, until, until, 10)) == 1, "a listener that died is taken over"


@pytest.mark.parametrize("back", [timedelta(seconds=90), timedelta(hours=2)])
def test_a_source_does_not_fall_silent_when_the_clock_is_set_back(store: Store, back: timedelta) -> None:
    with store.write() as connection:
        configure_sources(connection, [FEED])
        (polling,) = active_sources(connection)
        asked = replace(polling, asked_at=NOW, due_at=NOW + timedelta(seconds=30), worked_at=NOW)
        record_polling(connection, asked)
    now = NOW - back
    assert len(claim_due_sources(store, now, now + timedelta(seconds=30), 10)) == 1
    assert claim_due_sources(store, now, now + timedelta(seconds=30), 10) == (), "it is asked once"


@pytest.mark.parametrize("ahead", [timedelta(seconds=90), timedelta(minutes=10), timedelta(hours=1)])
def test_a_source_is_asked_once_when_the_clock_jumps_ahead(store: Store, ahead: timedelta) -> None:
    with store.write() as connection:
        configure_sources(connection, [FEED])
        (polling,) = active_sources(connection)
        record_polling(connection, replace(polling, asked_at=NOW, due_at=NOW + timedelta(seconds=30)))
    now = NOW + ahead
    assert len(claim_due_sources(store, now, now + timedelta(seconds=30), 10)) == 1
    assert claim_due_sources(store, now, now + timedelta(seconds=30), 10) == ()


def test_a_source_that_only_pushes_is_never_asked(store: Store) -> None:
    with store.write() as connection:
        configure_sources(connection, [PUSHER])
    assert claim_due_sources(store, NOW, NOW, 10) == ()


def test_a_source_left_out_of_the_configuration_falls_silent_and_keeps_its_state(store: Store) -> None:
    with store.write() as connection:
        configure_sources(connection, [FEED])
        (polling,) = active_sources(connection)
        record_polling(connection, type(polling)(source=FEED, etag='"7"', failures=2))
        configure_sources(connection, [])
        assert active_sources(connection) == ()
        configure_sources(connection, [FEED])
        (polling,) = active_sources(connection)
    assert (polling.etag, polling.failures) == ('"7"', 2)


def test_a_source_that_is_to_be_asked_elsewhere_begins_anew(store: Store) -> None:
    with store.write() as connection:
        configure_sources(connection, [FEED])
        state = Polling(
            FEED, primed_at=NOW, last_modified="Mon, 23 Nov 2026 06:00:00 GMT", moved_to="https://old.example"
        )
        record_polling(connection, state)
        configure_sources(connection, [replace(FEED, tier=1)])
        assert active_sources(connection) == (replace(state, source=replace(FEED, tier=1)),)
        elsewhere = replace(FEED, url="https://post.example/news")
        configure_sources(connection, [elsewhere])
        assert active_sources(connection) == (Polling(elsewhere),)
        record_polling(connection, state)
        assert active_sources(connection) == (Polling(elsewhere),), "an answer of the former place changes nothing"


def test_two_processes_that_keep_the_same_item_at_the_same_time_keep_it_once(store: Store) -> None:
    item = Item(source="Harbour Post", key="guid-1", title="Bridge closed")
    both, counts = threading.Barrier(2), []

    def keep() -> None:
        both.wait(10)
        with store.write() as connection:
            counts.append(len(add_items(connection, [item], NOW, primed=True)))
            counts.append(int(first_push(connection, "Wire:msg_1", NOW)))
            time.sleep(0.2)

    threads = [threading.Thread(target=keep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(counts) == [0, 0, 1, 1]


def test_an_item_is_kept_once_per_source_and_key(store: Store) -> None:
    item = Item(source="Harbour Post", key="guid-1", title="Bridge closed")
    with store.write() as connection:
        assert len(add_items(connection, [item, item], NOW, primed=True)) == 1
        assert add_items(connection, [item], NOW, primed=True) == ()
        elsewhere = Item(source="Wire", key="guid-1", title="Bridge closed")
        assert len(add_items(connection, [elsewhere], NOW, primed=True)) == 1


def test_an_item_can_be_read_until_it_is_settled(store: Store) -> None:
    with store.write() as connection:
        (kept,) = add_items(
            connection, [Item(source="Wire", key="k", title="t", content="<p>ї</p>")], NOW, primed=False
        )
        assert item_of(connection, kept.id) == kept
        settle_item(connection, kept.id, "failed", "no article in it")
        assert item_of(connection, kept.id) is None


def test_a_replayed_push_is_known(store: Store) -> None:
    with store.write() as connection:
        assert first_push(connection, "Wire:msg_1", NOW)
        assert not first_push(connection, "Wire:msg_1", NOW + timedelta(hours=1))


def test_a_push_is_known_by_its_id_however_long(store: Store) -> None:
    with store.write() as connection:
        assert first_push(connection, "Wire:" + "1" * 3000, NOW)
        assert first_push(connection, "Wire:" + "1" * 3001, NOW)
        assert not first_push(connection, "Wire:" + "1" * 3000, NOW)
