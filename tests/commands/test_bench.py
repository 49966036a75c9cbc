"""``tocsin bench`` mails made-up readers only: a database that anybody lives in is refused."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from tests.commands.conftest import Call
from tests.fakes.relay import Relay, running
from tocsin.store.subscribers import subscribers
from tocsin.wiring import Parts

AT = datetime(2026, 11, 30, tzinfo=UTC)


def test_a_database_with_readers_is_refused_and_nobody_is_mailed(parts: Parts, tocsin: Call) -> None:
    real = {"address": "real@elsewhere.example", "address_key": "k", "state": "active", "language": "en", "zone": "UTC"}
    with parts.store.write() as connection:
        connection.execute(insert(subscribers).values(id=900, created_at=AT, **real))
    with running(Relay()) as relay:
        place = f"127.0.0.1:{relay.port}"
        send = ("bench", "send", "--recipients", "5", "--smtp", place, "--sign", "none", "--database", parts.store.url)
        said = tocsin(*send)
        assert said.status == 2
        assert "not empty" in said.err
        said = tocsin("bench", "match", "--subscribers", "100", "--database", parts.store.url)
        assert said.status == 2
        assert "not empty" in said.err
    assert not relay.received


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=str
)
def test_a_bench_that_is_stopped_leaves_nobody_sending_and_nothing_behind(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    with running(Relay()) as relay:
        words = ("--recipients", "50000", "--smtp", f"127.0.0.1:{relay.port}", "--sign", "none", "--processes", "2")
        bench = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "bench", "send", *words],
            stderr=subprocess.PIPE,
            env=os.environ | {"TMPDIR": str(tmp_path)},
            start_new_session=True,
        )
        _until(lambda: bool(relay.received))
        os.kill(bench.pid, number) if number != signal.SIGINT else os.killpg(bench.pid, number)  # as a terminal does
        _, told = bench.communicate(timeout=60)
        assert bench.returncode == status
        assert b"Traceback" not in told
        _until(lambda: not _living(bench.pid))
    if number != signal.SIGKILL:
        assert list(tmp_path.iterdir()) == []


def _living(session: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            state, _, _, its_session = file.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(int(file.parent.name))
    return found


def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
