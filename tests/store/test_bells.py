"""A bell rings with each commit, in whichever process, and costs nothing until then."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lacks import ROOT
from tocsin.store.bells import Bell, ring_all
from tocsin.store.engine import Store, ring_for
from tocsin.store.migrate import upgrade
from tocsin.store.switches import turn
from tocsin.store.watch import ALERT_S, Watch


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path}/tocsin.sqlite3")
    upgrade(store)
    return store


def change(store: Store, *, quietly: bool = False) -> None:
    with store.write(quietly=quietly) as connection:
        turn(connection, "mode", str(time.monotonic()))


def hanging(store: Store) -> list[Path]:
    assert store.bells is not None
    return [place for place in store.bells.rglob("*") if not place.is_dir()]


def test_a_commit_rings_every_bell_until_each_is_hushed(store: Store) -> None:
    assert store.bells is not None
    bells = [Bell(store.bells), Bell(store.bells)]
    assert [bell.hush() for bell in bells] == [False, False]
    change(store)
    change(store)
    assert [bell.hush() for bell in bells] == [True, True]
    assert [bell.hush() for bell in bells] == [False, False], "two commits unheard are one"
    for bell in bells:
        bell.close()
    assert hanging(store) == []


def test_a_sign_of_life_and_what_was_rolled_back_wake_nobody(store: Store) -> None:
    assert store.bells is not None
    bell = Bell(store.bells)
    change(store, quietly=True)
    with pytest.raises(RuntimeError), store.write() as connection:
        turn(connection, "mode", "live")
        raise RuntimeError
    assert not bell.hush()
    bell.close()


def test_who_waits_for_some_things_is_not_woken_by_others(store: Store) -> None:
    assert store.bells is not None
    sender, either = Bell(store.bells, ["send"]), Bell(store.bells, ["send", "read"])
    change(store)
    with store.write() as connection:
        ring_for(connection, "read")
    assert [sender.hush(), either.hush()] == [False, True]
    with store.write() as connection:
        ring_for(connection, "send")
    assert [sender.hush(), either.hush()] == [True, True]
    with pytest.raises(RuntimeError), store.write() as connection:
        ring_for(connection, "send")
        raise RuntimeError
    change(store)
    assert not sender.hush(), "what was rolled back rings with no later commit"
    for bell in (sender, either):
        bell.close()
    assert hanging(store) == []


def test_the_bell_of_a_process_that_was_killed_is_taken_down(store: Store) -> None:
    assert store.bells is not None
    code = (
        "import os; from pathlib import Path; from tocsin.store.bells import Bell\n"
        f"Bell(Path({str(store.bells)!r})); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert len(hanging(store)) == 1
    change(store)
    assert hanging(store) == []


def test_a_bell_that_nobody_hushes_holds_up_no_commit(store: Store) -> None:
    assert store.bells is not None
    bell = Bell(store.bells)
    for _ in range(70_000):  # more than a pipe holds
        bell.ring()
    change(store)
    assert bell.hush()
    bell.close()


def test_ringing_where_nobody_has_ever_waited_is_no_error(tmp_path: Path) -> None:
    ring_all(tmp_path / "nothing")


def test_a_wait_ends_with_a_commit_of_another_process_and_needs_no_look(store: Store) -> None:
    watch = Watch(store)
    watch.listen()
    code = (
        "from tocsin.store.engine import Store; from tocsin.store.switches import turn\n"
        f"with Store({store.url!r}).write() as connection: turn(connection, 'mode', 'live')"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT):
        began = time.monotonic()
        watch.wait(60)
        assert time.monotonic() - began < 55
    watch.close()


def test_a_wait_ends_when_it_is_told_to(store: Store) -> None:
    watch = Watch(store)
    watch.wake()
    began = time.monotonic()
    watch.wait(60)
    assert time.monotonic() - began < 55
    watch.close()


@pytest.mark.parametrize("bells", [True, False])
def test_an_event_loop_is_told_of_each_change(store: Store, bells: bool) -> None:
    if not bells:  # such as on a disk that knows no pipes
        assert store.bells is not None
        store.bells.write_text("in the way")
    told = 0

    async def run() -> None:
        woken, watch = asyncio.Event(), Watch(store)
        with watch.telling(woken.set):
            for _ in range(5):
                woken.clear()
                await asyncio.to_thread(change, store)
                await asyncio.wait_for(woken.wait(), 30)
                nonlocal told
                told += 1
        watch.close()

    asyncio.run(run())
    assert told == 5


def test_who_commits_without_pause_is_not_answered_as_often(store: Store) -> None:
    assert store.bells is not None
    folder, told = store.bells, 0

    def tell() -> None:
        nonlocal told
        told += 1

    async def run() -> float:
        watch, began = Watch(store), time.monotonic()
        with watch.telling(tell):
            for _ in range(2000):
                ring_all(folder)
                await asyncio.sleep(0)
        watch.close()
        return time.monotonic() - began

    took_s = asyncio.run(run())
    assert 0 < told <= took_s / ALERT_S + 2
