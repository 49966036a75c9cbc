"""A database that goes away for a while ends no role: each says so once, waits, and goes on by itself."""

from __future__ import annotations

import json
import resource
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import select

from tests.conftest import ENGINES
from tests.killing import is_sent, logging_sink
from tests.postgres import Postgres, private_postgres
from tocsin.benches.send import add_readers, approve_sample, bench_settings
from tocsin.model import DeliveryState
from tocsin.store.deliveries import tally
from tocsin.store.leases import leases
from tocsin.wiring import Parts, assemble

READERS = 2000
_BEFORE = 500
"""Letters that are with the relay before the database goes away."""
_PATIENCE_S = 60


def until(seen: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not seen():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextmanager
def role(name: str, folder: Path) -> Iterator[Role]:
    """Run a role by its command; what it holds when the block ends is its own loss."""
    command = [sys.executable, "-P", "-m", "tocsin", name, "--config", str(folder / "tocsin.toml")]
    log = folder / f"{name}.log"
    with log.open("wb") as errors, subprocess.Popen(command, cwd=folder, stderr=errors) as process:
        try:
            yield Role(process, log)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Role:
    """A role that runs, and what it has logged."""

    process: subprocess.Popen[bytes]
    log: Path

    def events(self) -> Counter[str]:
        # psycopg has a word of its own to say.
        return Counter(json.loads(line)["event"] for line in self.log.read_text().splitlines() if line[0] == "{")

    def has_logged(self, event: str) -> bool:
        return event in self.events()


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        taken = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in taken]


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.postgres
def test_every_role_waits_for_a_database_that_is_away_and_goes_on_by_itself(tmp_path: Path) -> None:
    log = tmp_path / "sink.log"
    with ExitStack() as running:
        port = running.enter_context(logging_sink(log))
        server = running.enter_context(private_postgres(safe=True))
        url = running.enter_context(server.fresh())
        site, desk = free_ports(2)
        (tmp_path / "tocsin.toml").write_text(
            f'folder = "."\ndatabase = "{url}"\n[web]\nport = {site}\n[returned]\nlmtp = "127.0.0.1:{desk}"\n'
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nper_second = 1000\n'
        )
        parts = assemble(bench_settings(tmp_path, "127.0.0.1", port, "none", url))
        add_readers(parts, READERS)
        roles = {name: running.enter_context(role(name, tmp_path)) for name in ("web", "newsroom", "mailroom", "send")}
        until(lambda: answers(f"http://127.0.0.1:{site}/healthz"), "the site is up")
        version = approve_sample(parts)
        until(lambda: log.exists() and log.read_bytes().count(b"\n") > _BEFORE, "sending is under way")
        server.control("-m", "immediate", "stop")
        time.sleep(5)
        server.control("start")
        until(lambda: is_sent(parts, version), "what was left is sent")
        until(lambda: answers(f"http://127.0.0.1:{site}/signup"), "the site is back")
        with parts.store.read() as connection:
            assert tally(connection, version) == {DeliveryState.ACCEPTED: READERS}
        for name in ("newsroom", "send"):
            until(partial(roles[name].has_logged, "store.back"), f"{name} goes on")
        for name, one in roles.items():
            assert one.process.poll() is None, f"{name} runs"
            assert one.events()["store.away"] <= 1, f"{name} says so once"
        # Also the next send finds them at work; away once more, they end when they are told to.
        again = approve_sample(parts)
        until(lambda: is_sent(parts, again), "the next one is sent")
        server.control("-m", "immediate", "stop")
        until(lambda: roles["send"].events()["store.away"] == 2, "it is missed again")
        for one in roles.values():
            one.process.terminate()
        for name, one in roles.items():
            assert one.process.wait(20) == 0, name
        server.control("start")
        parts.store.close()
    got = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert len(got) == READERS
    assert sum(got.values()) == 2 * READERS, "nobody died, so nobody is mailed twice"


@contextmanager
def away(url: str, server: Postgres | None) -> Iterator[None]:
    """Keep a database from everybody for as long as the block lasts: PostgreSQL is stopped, the one file is locked."""
    if server is not None:
        server.control("-m", "immediate", "stop")
        yield
        server.control("start")
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sender_that_is_told_to_end_while_its_database_is_away_leaves_at_once(engine: str, tmp_path: Path) -> None:
    """What it knows is in its journal: systemd need not kill it, and nobody is mailed twice for that."""
    log = tmp_path / "sink.log"
    with ExitStack() as running:
        port = running.enter_context(logging_sink(log))
        server = running.enter_context(private_postgres(safe=True)) if engine == "postgres" else None
        url = running.enter_context(server.fresh()) if server else f"sqlite:///{tmp_path / 'tocsin.sqlite3'}"
        (tmp_path / "tocsin.toml").write_text(
            f'folder = "."\ndatabase = "{url}"\n'
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nper_second = 1000\n'
        )
        parts = assemble(bench_settings(tmp_path, "127.0.0.1", port, "none", url))
        add_readers(parts, READERS)
        first = running.enter_context(role("send", tmp_path))
        until(partial(first.has_logged, "tidied"), "the sender is at work")
        version = approve_sample(parts)
        until(lambda: log.exists() and log.read_bytes().count(b"\n") > _BEFORE, "sending is under way")
        with away(url, server):
            until(partial(first.has_logged, "sending.store"), "it is missed")
            first.process.terminate()
            assert first.process.wait(8) == 0
        running.enter_context(role("send", tmp_path))
        until(lambda: is_sent(parts, version), "what was left is sent")
        parts.store.close()
    got = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert len(got) == sum(got.values()) == READERS


def test_a_disk_that_fills_up_while_sending_and_judging_loses_nobody_and_mails_nobody_twice(tmp_path: Path) -> None:
    """Room is taken away by the size that files may have: what the store writes fails then, as on a full disk."""
    log = tmp_path / "sink.log"
    with ExitStack() as running:
        port = running.enter_context(logging_sink(log))
        (tmp_path / "sources.toml").write_text("")
        (tmp_path / "tocsin.toml").write_text(
            f'folder = "."\n[intake]\nsources = "sources.toml"\n'
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nper_second = 1000\n'
        )
        parts = assemble(bench_settings(tmp_path, "127.0.0.1", port, "none", ""))
        add_readers(parts, READERS)
        roles = {name: running.enter_context(role(name, tmp_path)) for name in ("newsroom", "send")}
        until(partial(roles["send"].has_logged, "tidied"), "the sender is at work")
        until(lambda: _lease(parts) is not None, "the newsroom is at work")
        version = approve_sample(parts)
        until(lambda: log.exists() and log.read_bytes().count(b"\n") > _BEFORE, "sending is under way")
        for one in roles.values():
            _let_files_grow(one, _SMALL)
        until(partial(roles["send"].has_logged, "sending.store"), "the sender says so")
        until(partial(roles["newsroom"].has_logged, "judging.interrupted"), "the newsroom says so")
        written = log.read_bytes().count(b"\n")
        time.sleep(2)
        assert log.read_bytes().count(b"\n") <= written + LONGEST_FLIGHT, "what can't be recorded is not sent"
        was = _lease(parts)
        for one in roles.values():
            _let_files_grow(one, resource.RLIM_INFINITY)
        until(lambda: is_sent(parts, version), "what was left is sent")
        until(lambda: _lease(parts) != was, "it judges again")
        assert [one.process.poll() for one in roles.values()] == [None, None]
        with parts.store.read() as connection:
            assert tally(connection, version) == {DeliveryState.ACCEPTED: READERS}
        parts.store.close()
    got = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert len(got) == sum(got.values()) == READERS


_SMALL = 64 << 10
"""Octets: the store has outgrown that, a log has not."""
LONGEST_FLIGHT = 64
"""Letters that a sender has with the relay at most."""


def _let_files_grow(one: Role, most: int) -> None:
    resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def _lease(parts: Parts) -> object:
    with parts.store.read() as connection:
        return connection.execute(select(leases.c.until)).scalar()
