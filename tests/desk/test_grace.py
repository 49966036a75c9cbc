"""The time for a second thought: what sends itself can be held, dropped and taken back; a drop can be undone."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.desk.test_approval import NOW, READERS, grave, held, with_readers
from tests.desk.test_people import Clock
from tocsin.desk.approval import NotHeld, approve, drop
from tocsin.desk.grace import GRACE, NothingToTakeBack, end_grace, hold, release, send_soon, take_back
from tocsin.jobs.port import Job
from tocsin.model import Band, DeliveryState
from tocsin.settings import Desk, Settings
from tocsin.store.alerts import Version, VersionState, extend_hold, version_of
from tocsin.store.approvals import agreed, forget_agreed
from tocsin.store.audit import entries
from tocsin.store.deliveries import tally
from tocsin.wiring import Parts, assemble


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = NOW
    return clock


@pytest.fixture
def parts(database_url: str, tmp_path: Path, clock: Clock) -> Parts:
    return with_readers(database_url, tmp_path, clock)


def of(parts: Parts, number: int) -> Version:
    with parts.store.read() as connection:
        found = version_of(connection, number)
    assert found is not None
    return found


def sent(parts: Parts, number: int) -> dict[DeliveryState, int]:
    with parts.store.read() as connection:
        return tally(connection, number)


async def worked(parts: Parts, number: int) -> None:
    """Let a worker do what is due until a version is approved."""
    stop = asyncio.Event()
    working = asyncio.create_task(parts.jobs.work({GRACE: partial(end_grace, parts)}, stop))
    while of(parts, number).approved_at is None:
        await asyncio.sleep(0.02)
    stop.set()
    await working


def over(parts: Parts, clock: Clock, number: int, seconds: float) -> None:
    clock.now += timedelta(seconds=seconds)
    end_grace(parts, Job("grace", str(number), 1))


def test_a_band_with_a_grace_waits_for_a_second_thought_and_a_flash_never_does(parts: Parts, clock: Clock) -> None:
    parts.settings.desk.grace_s = {"alert": 30}
    with parts.store.write() as connection:
        spared, thought, flash = held(connection), held(connection), held(connection)
        for version in (spared, thought):
            release(parts, connection, version, Band.ALERT, NOW)
        release(parts, connection, flash, Band.FLASH, NOW)
        drop(connection, spared, by="mara", at=NOW)
        told = [entry.detail for entry in entries(connection) if entry.act == "grace"]
    assert sent(parts, flash) == {DeliveryState.PENDING: READERS}
    assert told == ["sends itself in 30 s unless it is held or dropped"] * 2
    over(parts, clock, thought, 29)
    assert sent(parts, thought) == {}
    over(parts, clock, thought, 1)
    for _ in range(2):
        over(parts, clock, spared, 0)
        over(parts, clock, thought, 0)
    assert sent(parts, spared) == {}
    assert sent(parts, thought) == {DeliveryState.PENDING: READERS}


def test_one_key_sends_in_a_moment_and_is_taken_back_until_then(parts: Parts, clock: Clock) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        assert send_soon(parts, connection, version, by="mara", at=NOW).missing == 0
    assert of(parts, version).sends_at == NOW + timedelta(seconds=5)
    with parts.store.write() as connection:
        take_back(connection, version, by="mara", at=NOW)
        assert agreed(connection, version) == ()
    over(parts, clock, version, 60)
    assert (of(parts, version).state, sent(parts, version)) == (VersionState.HELD, {})
    with parts.store.write() as connection:
        send_soon(parts, connection, version, by="mara", at=clock.now)
    over(parts, clock, version, 5)
    assert (of(parts, version).approved_by, sent(parts, version)) == ("mara", {DeliveryState.PENDING: READERS})
    with parts.store.write() as connection, pytest.raises(NothingToTakeBack, match="it has left"):
        take_back(connection, version, by="mara", at=clock.now)


def test_one_key_is_one_person(parts: Parts, clock: Clock) -> None:
    with parts.store.write() as connection:
        version = held(connection, grave())
        for _ in range(2):
            assert send_soon(parts, connection, version, by="mara", at=NOW).missing == 1
    over(parts, clock, version, 60)
    assert sent(parts, version) == {}
    with parts.store.write() as connection:
        assert send_soon(parts, connection, version, by="olaf", at=clock.now).missing == 0
    over(parts, clock, version, 5)
    assert sent(parts, version) == {DeliveryState.PENDING: READERS}


def test_whoever_pressed_must_still_agree_when_the_moment_is_over(parts: Parts, clock: Clock) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        send_soon(parts, connection, version, by="mara", at=NOW)
        forget_agreed(connection, version)  # as when the draft is changed
    over(parts, clock, version, 60)
    assert sent(parts, version) == {}


def test_without_a_moment_one_key_sends_at_once(parts: Parts) -> None:
    parts.settings.desk.undo_s = 0
    with parts.store.write() as connection:
        version = held(connection)
        assert send_soon(parts, connection, version, by="mara", at=NOW).audience == READERS


def test_a_hold_stops_what_sends_itself_and_waits_again(parts: Parts, clock: Clock) -> None:
    parts.settings.desk.grace_s = {"alert": 30}
    with parts.store.write() as connection:
        version = held(connection)
        release(parts, connection, version, Band.ALERT, NOW)
        assert hold(connection, version, by="mara", at=NOW + timedelta(seconds=10)) == NOW + timedelta(
            minutes=20, seconds=10
        )
    over(parts, clock, version, 60)
    assert (of(parts, version).state, sent(parts, version)) == (VersionState.HELD, {})
    with parts.store.write() as connection:
        approve(parts, connection, version, by="mara", at=NOW)
        with pytest.raises(NotHeld):
            hold(connection, version, by="mara", at=NOW)


def test_a_drop_is_undone_with_time_to_decide_unless_a_newer_draft_is_there(parts: Parts) -> None:
    late = NOW + timedelta(minutes=30)
    with parts.store.write() as connection:
        version = held(connection)
        with pytest.raises(NothingToTakeBack, match="waits for a decision"):
            take_back(connection, version, by="mara", at=NOW)
        drop(connection, version, by="mara", at=NOW)
        take_back(connection, version, by="mara", at=late)
    assert of(parts, version).held_until == late + timedelta(minutes=3)
    with parts.store.write() as connection:
        drop(connection, version, by="mara", at=late)
        held(connection)
        with pytest.raises(NothingToTakeBack, match="a newer draft"):
            take_back(connection, version, by="mara", at=late)


def test_a_worker_whose_clock_is_behind_waits_for_the_moment(database_url: str, tmp_path: Path) -> None:
    parts = assemble(Settings(folder=tmp_path / "var", database=database_url, desk=Desk(undo_s=0.3)))
    with parts.store.write() as connection:
        version = held(connection)
        extend_hold(connection, version, parts.clock() + timedelta(minutes=20))
        send_soon(parts, connection, version, by="mara", at=parts.clock())
    behind = replace(parts, clock=lambda: parts.clock() - timedelta(seconds=0.5))
    asyncio.run(asyncio.wait_for(worked(behind, version), 20))
    assert of(parts, version).approved_at is not None


def test_a_real_worker_sends_it_when_the_moment_is_over(database_url: str, tmp_path: Path) -> None:
    parts = assemble(Settings(folder=tmp_path / "var", database=database_url, desk=Desk(undo_s=0.3)))
    with parts.store.write() as connection:
        version = held(connection)
        begun: datetime = parts.clock()
        extend_hold(connection, version, begun + timedelta(minutes=20))
        send_soon(parts, connection, version, by="mara", at=begun)

    asyncio.run(asyncio.wait_for(worked(parts, version), 20))
    approved = of(parts, version).approved_at
    assert approved is not None
    assert timedelta(seconds=0.3) <= approved - begun < timedelta(seconds=10)
