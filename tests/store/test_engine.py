"""The engine: instants are exact, and a locked or full database is a clear, temporary error that loses nothing."""

import socket
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from tocsin.errors import WrongUse
from tocsin.store.engine import Moment, Store, StoreBusy, StoreFull
from tocsin.store.migrate import upgrade
from tocsin.store.switches import switch, turn

DIALECT = sqlite.dialect()


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_as_it_went_in(moment: datetime) -> None:
    kind = Moment()
    assert kind.process_result_value(kind.process_bind_param(moment, DIALECT), DIALECT) == moment


def test_a_wall_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Moment().process_bind_param(datetime.fromisoformat("2026-11-23"), DIALECT)


def test_zones_are_kept_as_instants(store: Store) -> None:
    kyiv = datetime(2022, 11, 11, 7, tzinfo=timezone(timedelta(hours=2)))
    assert Moment().process_bind_param(kyiv, store.engine.dialect) == 1668142800000000


def test_sqlite_runs_with_wal_and_full_synchronisation(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/s.sqlite3")
    with store.read() as connection:
        modes = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]


def test_who_writes_now_and_then_gets_a_turn_beside_those_who_write_without_pause(tmp_path: Path) -> None:
    """A sender's claim beside a newsroom that takes in hundreds of feeds for the first time."""
    store = Store(f"sqlite:///{tmp_path}/s.sqlite3")
    upgrade(store)
    over = threading.Event()

    def write_without_pause(name: str) -> None:
        while not over.is_set():
            with store.write() as connection:
                turn(connection, name, "on")
                time.sleep(0.005)

    writers = [threading.Thread(target=write_without_pause, args=(f"writer {number}",)) for number in range(6)]
    for writer in writers:
        writer.start()
    waits = []
    try:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            asked = time.monotonic()
            with store.write() as connection:
                turn(connection, "mode", "live")
            waits.append(time.monotonic() - asked)
            time.sleep(0.02)
    finally:
        over.set()
        for writer in writers:
            writer.join()
    assert statistics.median(waits) < 0.5, f"{len(waits)} turns in 4 s"


def test_a_locked_database_is_a_temporary_error(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.sqlite3"
    one, two = Store(url), Store(url, patience=0.05)
    upgrade(one)
    with one.write() as holding:
        turn(holding, "mode", "live")
        with pytest.raises(StoreBusy), two.write():
            pass
        with two.read() as reading:
            assert switch(reading, "mode", "shadow") == "shadow", "a reader never waits, and sees what was committed"
    with two.write() as connection:
        assert switch(connection, "mode", "shadow") == "live"


def test_a_full_disk_is_a_temporary_error_and_loses_nothing(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/s.sqlite3")
    upgrade(store)
    with store.write() as connection:
        turn(connection, "mode", "live")
    with store.engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 1"))  # SQLite's own way to a disk without room
    with pytest.raises(StoreFull), store.write() as connection:
        for number in range(10_000):
            turn(connection, f"switch {number}", "x" * 500)
    with store.read() as connection:
        assert switch(connection, "mode", "shadow") == "live"
        assert switch(connection, "switch 1", "absent") == "absent"


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.sqlite3"
    program = (
        f"from tocsin.store.engine import Store\nfrom tocsin.store.migrate import upgrade\nupgrade(Store({url!r}))"
    )
    both = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]


def test_a_server_that_says_nothing_is_given_up_soon_and_the_url_says_how_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = Store(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none?connect_timeout=2")
        began = time.monotonic()
        with pytest.raises(StoreBusy), store.read():
            pass
        assert time.monotonic() - began < 8
    assert Store("postgresql://nobody@db.example/none").engine.url.query["connect_timeout"] == "10"
    assert store.engine.url.query["tcp_user_timeout"] == "10000"


@pytest.mark.parametrize("url", ["mysql://host/db", "tocsin.sqlite3", "sqlite://user:secret@host"])
def test_another_database_is_refused_without_telling_its_password(url: str) -> None:
    with pytest.raises(WrongUse, match="sqlite:///FILE") as refused:
        Store(url)
    assert "secret" not in str(refused.value)
