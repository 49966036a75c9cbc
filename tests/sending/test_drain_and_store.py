"""Senders, their journals and a store that is busy, full or away: nothing is lost, and nobody stays in hand."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from tests.fakes.relay import Relay
from tests.sending.steps import Clock, approved, states, words
from tocsin.delivery.journal import Journal
from tocsin.model import DeliveryState
from tocsin.sending.sender import Sender
from tocsin.store.claims import Settled, claim, sendable
from tocsin.store.engine import Store, StoreBusy
from tocsin.store.senders import join_senders
from tocsin.wiring import Parts


def test_a_locked_database_delays_and_loses_nothing(parts: Parts, relay: Relay) -> None:
    version = approved(parts, 300)
    impatient = Store(parts.store.url, patience=0.05)
    other = sqlite3.connect(parts.store.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    locked: list[str] = []

    def lock(stage: str, recipient: str) -> str | None:
        if stage == "end" and not locked:
            locked.append("now")
            other.execute("BEGIN IMMEDIATE")
            threading.Timer(0.5, other.execute, ["ROLLBACK"]).start()
        return None

    relay.policy = lock
    Sender(Parts(parts.settings, impatient, parts.jobs, parts.secret, parts.clock), words).drain()
    assert states(parts, version) == {DeliveryState.ACCEPTED: 300}
    assert len(relay.received) == 300


def test_a_full_disk_delays_and_loses_nothing(parts: Parts, relay: Relay) -> None:
    """The database may not grow by a page: what SQLite says then is what it says of a full disk."""
    version = approved(parts, 2000)
    full: list[str] = []
    small = Store(parts.store.url)

    def limit(connection: sqlite3.Connection, record: object, proxy: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages if full == ['full'] else 1_000_000}")

    event.listen(small.engine, "checkout", limit)

    def fill(stage: str, recipient: str) -> str | None:
        if stage == "end" and not full:
            full.append("full")
            threading.Timer(0.6, full.append, ["space again"]).start()
        return None

    relay.policy = fill
    Sender(Parts(parts.settings, small, parts.jobs, parts.secret, parts.clock), words).drain()
    assert states(parts, version) == {DeliveryState.ACCEPTED: 2000}
    assert len(relay.received) == 2000


def test_outcomes_in_the_journal_of_a_dead_sender_are_recorded_not_repeated(parts: Parts, relay: Relay) -> None:
    version = approved(parts, 3)
    journal = Journal(parts.settings.folder.resolve() / "journal" / "dead.log")
    with parts.store.write() as connection:
        dead = join_senders(connection, str(journal.file), parts.clock())
        claim(connection, sendable(connection)[0], dead, after=0, most=2, now=parts.clock())
    accepted = Settled(version, 1, DeliveryState.ACCEPTED, 1, 2, None, False, 250, "2.0.0 Ok", "4F1", False)
    journal.note(msgspec.json.encode(accepted) + b"\n")
    journal.turn()
    journal.note(b'[1,2,"accep\n')
    Sender(parts, words).drain()
    assert {one.recipient for one in relay.accepted} == {"r3@example.org"}, "the dead one still holds its lock"
    journal.close(keep=True)
    Sender(parts, words).drain()
    assert sorted(one.recipient for one in relay.accepted) == ["r2@example.org", "r3@example.org"]
    assert states(parts, version) == {DeliveryState.ACCEPTED: 3}
    assert not journal.file.exists()


def test_what_a_lost_machine_had_in_hand_is_sent_again_once_it_is_given_up(
    parts: Parts, relay: Relay, clock: Clock
) -> None:
    version = approved(parts, 3)
    with parts.store.write() as connection:
        gone = join_senders(connection, "/another/machine/journal.log", clock())
        claim(connection, sendable(connection)[0], gone, after=0, most=2, now=clock())
    assert Sender(parts, words).drain() is not None
    assert [one.recipient for one in relay.accepted] == ["r3@example.org"]
    clock.pass_by(timedelta(seconds=30))
    assert Sender(parts, words).drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 3}


def open_files() -> set[str]:
    return {os.readlink(one.path) for one in os.scandir("/proc/self/fd") if os.path.lexists(one.path)}


def test_a_store_that_lets_nobody_join_or_leave_leaves_no_journal_behind(parts: Parts, relay: Relay) -> None:
    folder, version = parts.settings.folder.resolve() / "journal", approved(parts, 5)
    busy = Parts(parts.settings, Store(parts.store.url, patience=0.05), parts.jobs, parts.secret, parts.clock)
    other = sqlite3.connect(parts.store.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        Sender(busy, words).drain()
    other.execute("ROLLBACK")
    assert list(folder.iterdir()) == []
    other.execute("CREATE TRIGGER stay BEFORE DELETE ON senders BEGIN SELECT RAISE(ABORT, 'stay'); END")
    with pytest.raises(IntegrityError):
        Sender(busy, words).drain()
    assert list(folder.iterdir()) == []
    assert not any(str(folder) in name for name in open_files())
    assert states(parts, version) == {DeliveryState.ACCEPTED: 5}


def test_a_journal_that_was_cut_is_told_without_what_it_held(
    parts: Parts, capsys: pytest.CaptureFixture[str], relay: Relay
) -> None:
    journal = Journal(parts.settings.folder.resolve() / "journal" / "dead.log")
    with parts.store.write() as connection:
        join_senders(connection, str(journal.file), parts.clock())
    journal.note(b'[1,2,"failed",1,2,null,false,550,"5.1.1 reader@example.org: no\n')
    journal.close(keep=True)
    Sender(parts, words).drain()
    told = "".join(capsys.readouterr())
    assert "journal.cut" in told
    assert "reader@" not in told


def test_who_is_interrupted_while_the_store_is_busy_leaves_nobody_in_hand(parts: Parts, relay: Relay) -> None:
    """The exchange goes on in its thread, and claims for a sender that has left."""
    version = approved(parts, 60)
    other = sqlite3.connect(parts.store.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)

    def lock(stage: str, recipient: str) -> str | None:
        if stage == "end" and len(relay.received) == 59:
            other.execute("BEGIN IMMEDIATE")
            threading.Timer(0.7, os.kill, [os.getpid(), signal.SIGINT]).start()
            threading.Timer(1.5, other.execute, ["ROLLBACK"]).start()
        return None

    relay.policy = lock
    with pytest.raises(KeyboardInterrupt):
        Sender(parts, words).drain()
    Sender(parts, words).drain()
    assert states(parts, version) == {DeliveryState.ACCEPTED: 60}
    assert len(relay.received) == 60
    assert list((parts.settings.folder.resolve() / "journal").iterdir()) == []


def test_a_journal_that_is_nobodys_is_removed(parts: Parts, relay: Relay) -> None:
    folder = parts.settings.folder.resolve() / "journal"
    Journal(folder / "old.log").close(keep=True)
    Journal(folder / "fresh.log").close(keep=True)
    lives = Journal(folder / "lives.log")
    for name in ("old.log", "lives.log"):
        os.utime(folder / name, (1, 1))
    approved(parts, 1)
    Sender(parts, words).drain()
    left = {one.name for one in folder.iterdir()}
    lives.close()
    assert left == {"fresh.log", "fresh.twin", "lives.log", "lives.twin"}
