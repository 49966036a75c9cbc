"""Machines that share a database live by its clock, however wrong their own are."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tocsin.store import clock
from tocsin.store.engine import Store

AT_ONCE = timedelta(seconds=5)
"""What a busy machine may take between two looks at a clock."""


def off_by(store: Store) -> timedelta:
    return abs(store.clock() - datetime.now(UTC))


def test_one_file_lives_by_its_machine_s_clock(sqlite_store: Store) -> None:
    assert sqlite_store.clock is clock.wall_clock
    assert off_by(sqlite_store) < AT_ONCE


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], scope="module")
@pytest.mark.parametrize("wrong", [timedelta(hours=1), -timedelta(seconds=40)])
def test_a_machine_whose_clock_is_wrong_goes_by_the_database_s(
    store: Store, wrong: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "wall_clock", lambda: datetime.now(UTC) + wrong)
    assert off_by(store) > AT_ONCE, "nobody has been asked yet"
    with store.read() as connection:
        told = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    assert off_by(store) < AT_ONCE
    assert abs(store.clock() - told) < AT_ONCE


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], scope="module")
def test_a_machine_that_was_halted_hears_the_time_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.read():
        pass
    counted = time.clock_gettime
    # Ten minutes lie between what the machine counts and what the server says, as after a halt.
    monkeypatch.setattr(time, "clock_gettime", lambda counter: counted(counter) + 600)
    assert off_by(store) > AT_ONCE
    with store.write():
        pass
    assert off_by(store) < AT_ONCE


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], scope="module")
def test_small_doubts_do_not_set_the_clock_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_ASK_EVERY_S", 0.0)
    told: list[datetime] = []
    for _ in range(200):
        with store.read():
            told.append(store.clock())
    assert told == sorted(told)
