"""A machine is lost with its journal, or its newest pages are; a relay misbehaves in every way at once."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fakes.relay import DROP, STALL, Relay, running
from tests.killing import Squad, is_sent, logging_sink
from tests.postgres import private_postgres
from tests.sending.steps import Clock, approved, hasty, message_id, parts_for, states, words
from tocsin.benches.send import add_readers, approve_sample, bench_settings
from tocsin.model import DeliveryState
from tocsin.sending.sender import Sender
from tocsin.store.alerts import VersionState, version_of
from tocsin.store.clock import wall_clock
from tocsin.store.deliveries import CODE, deliveries
from tocsin.store.suppressions import suppression_of
from tocsin.wiring import Parts, assemble, open_parts

READERS = 4000
_BEFORE = 500
"""Letters that are with the relay before anything is lost."""


def marked_as_sent(parts: Parts) -> set[int]:
    with parts.store.read() as connection:
        accepted = deliveries.c.state == CODE[DeliveryState.ACCEPTED]
        return set(connection.execute(select(deliveries.c.subscriber).where(accepted)).scalars())


def arrived(log: Path) -> Counter[int]:
    lines = log.read_text().splitlines()
    return Counter(int(line.split("@")[0].removeprefix("reader")) for line in lines)


def test_a_lost_machine_never_leaves_marked_as_sent_what_was_not(tmp_path: Path, database_url: str) -> None:
    """Its processes and its journal are gone; on SQLite also all that was committed in the last moments."""
    log = tmp_path / "sink.log"
    with logging_sink(log) as port:
        settings = bench_settings(tmp_path, "127.0.0.1", port, "none", database_url)
        parts = assemble(settings)
        add_readers(parts, READERS)
        with Squad(settings, 2):
            version = approve_sample(parts)
            while not log.exists() or log.read_bytes().count(b"\n") < _BEFORE:
                time.sleep(0.01)
            if parts.store.embedded:
                _keep_a_copy(database_url, tmp_path / "earlier.sqlite3")
                time.sleep(0.2)
        shutil.rmtree(tmp_path / "journal")
        if parts.store.embedded:
            settings = settings.model_copy(update={"database": f"sqlite:///{tmp_path / 'earlier.sqlite3'}"})
        parts = open_parts(settings, lambda: wall_clock() + timedelta(seconds=30))
        assert marked_as_sent(parts) <= set(arrived(log))
        while Sender(parts).drain() is not None:
            pass
        assert marked_as_sent(parts) == set(arrived(log)) == set(range(1, READERS + 1))
        with parts.store.read() as connection:
            found = version_of(connection, version)
        assert found is not None
        assert found.state is VersionState.SENT
    names = {line.split()[1] for line in log.read_text().splitlines()}
    assert len(names) == READERS, "a repeat carries the same Message-ID"


@pytest.mark.postgres
def test_a_database_that_stops_at_once_never_has_marked_as_sent_what_was_not(tmp_path: Path) -> None:
    """PostgreSQL is stopped in the middle of a send as by a crash, and comes back: the send goes on."""
    log = tmp_path / "sink.log"
    with logging_sink(log) as port, private_postgres(safe=True) as server, server.fresh() as url:
        settings = bench_settings(tmp_path, "127.0.0.1", port, "none", url)
        parts = assemble(settings)
        add_readers(parts, READERS)
        with Squad(settings, 2) as squad:
            version = approve_sample(parts)
            while not log.exists() or log.read_bytes().count(b"\n") < _BEFORE:
                time.sleep(0.01)
            server.control("-m", "immediate", "stop")
            server.control("start")
            assert marked_as_sent(parts) <= set(arrived(log))
            while not is_sent(parts, version):
                squad.revive()
                time.sleep(0.2)
        assert marked_as_sent(parts) == set(arrived(log)) == set(range(1, READERS + 1))
        parts.store.close()
    names = {line.split()[1] for line in log.read_text().splitlines()}
    assert len(names) == READERS, "a repeat carries the same Message-ID"


def _keep_a_copy(database_url: str, copy: Path) -> None:
    with (
        closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(copy)) as to,
    ):
        source.backup(to)


@pytest.mark.parametrize("missing", [(), ("CHUNKING",)], ids=["chunking", "pipelining"])
def test_a_relay_that_misbehaves_in_every_way_leaves_each_reader_in_the_right_state(
    tmp_path: Path, missing: tuple[str, ...]
) -> None:
    """A tenth is told 4xx twice, a hundredth 5xx for good; now and then the relay drops, and once it stalls."""
    chance, tries = random.Random(7), Counter[str]()
    stalled: list[str] = []

    def policy(stage: str, recipient: str) -> str | None:
        if stage not in ("rcpt", "end"):
            return None
        number = int(recipient[1:].partition("@")[0])
        if stage == "rcpt" and number % 100 == 3:
            return "550 5.1.1 no such user"
        if stage == "end" and number % 10 == 7 and tries[recipient] < 2:
            tries[recipient] += 1
            return "452 4.2.2 mailbox full"
        if stage == "end" and number == 500 and not stalled:
            stalled.append(recipient)
            return STALL
        return DROP if stage == "end" and chance.random() < 0.002 else None

    clock = Clock()
    with running(Relay(policy=policy)) as relay:
        relay.extensions = tuple(name for name in relay.extensions if name not in missing)
        parts = parts_for(tmp_path, relay, clock)
        version = approved(parts, 2000)
        sender = Sender(parts, words, hasty(parts, 1.0))
        for _ in range(60):
            if sender.drain() is None:
                break
            clock.pass_by(timedelta(seconds=30))
        assert states(parts, version) == {DeliveryState.ACCEPTED: 1980, DeliveryState.FAILED: 20}
        by_reader: dict[str, set[bytes]] = {}
        for one in relay.received:
            by_reader.setdefault(one.recipient, set()).add(message_id(one.message))
        assert len({one.recipient for one in relay.accepted}) == 1980
        assert all(len(names) == 1 for names in by_reader.values())
    with parts.store.read() as connection:
        suppressed = {number for number in range(1, 2001) if suppression_of(connection, f"key{number}")}
    assert suppressed == {number for number in range(1, 2001) if number % 100 == 3}
