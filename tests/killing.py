"""Senders that are killed (-9) at random instants, and the count of who was missed and who was mailed twice."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.benches.send import Signing, add_readers, approve_sample, bench_settings
from tocsin.delivery.smtp import WINDOW
from tocsin.model import DeliveryState
from tocsin.sending.drain import run_sender
from tocsin.settings import Settings
from tocsin.store.alerts import VersionState, version_of
from tocsin.store.deliveries import tally
from tocsin.wiring import Parts, assemble, open_parts

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Toll:
    """What a run under fire came to."""

    readers: int
    kills: int
    senders_killed: int
    missed: int
    repeats: int
    bound: int
    other_ids: int
    states: dict[DeliveryState, int]
    seconds: float


def under_fire(
    folder: Path, readers: int, kills: int, *, every: float, processes: int, database: str = "", sign: Signing = "none"
) -> Toll:
    """Send to ``readers`` while ``kills`` times a sender, or one time in four all of them, are killed.

    ``every`` is the mean number of seconds between two kills. What died is started again at once.
    """
    log = folder / "sink.log"
    with logging_sink(log) as port:
        settings = bench_settings(folder, "127.0.0.1", port, sign, database)
        parts = assemble(settings)
        add_readers(parts, readers)
        began = time.monotonic()
        with Squad(settings, processes) as squad:
            version = approve_sample(parts)
            fired = _fire(squad, parts, version, kills, every)
            wait_until_sent(parts, version)
        seconds = time.monotonic() - began
    with parts.store.read() as connection:
        states = tally(connection, version)
    parts.store.close()
    return _count(log, readers, fired, squad.killed, settings.mail.connections * WINDOW, states, seconds)


@contextmanager
def logging_sink(log: Path) -> Iterator[int]:
    """Run our sink, which writes down what it takes; give its port."""
    command = [sys.executable, "-m", "tests.fakes.sink", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as sink:
        assert sink.stdout is not None
        try:
            yield int(sink.stdout.readline())
        finally:
            sink.kill()


def _fire(squad: Squad, parts: Parts, version: int, kills: int, every: float) -> int:
    fired = 0
    while fired < kills and not _sent(parts, version):
        time.sleep(random.expovariate(1 / every))
        squad.kill(all_of_them=random.random() < 0.25)
        fired += 1
    return fired


def _sent(parts: Parts, version: int) -> bool:
    with parts.store.read() as connection:
        found = version_of(connection, version)
    return found is not None and found.state is VersionState.SENT


def wait_until_sent(parts: Parts, version: int) -> None:
    """Wait until a version is done."""
    while not _sent(parts, version):
        time.sleep(0.05)


def _count(
    log: Path, readers: int, kills: int, killed: int, window: int, states: dict[DeliveryState, int], seconds: float
) -> Toll:
    lines = [line.split() for line in log.read_text().splitlines()]
    times = Counter(line[0] for line in lines)
    ids = {(recipient, name) for recipient, name, _ in lines}
    return Toll(
        readers=readers,
        kills=kills,
        senders_killed=killed,
        missed=readers - len(times),
        repeats=len(lines) - len(times),
        bound=killed * window,
        other_ids=len(ids) - len(times),
        states=states,
        seconds=round(seconds, 1),
    )


class Squad:
    """Sender processes, forked from a server that has loaded everything and opened nothing."""

    def __init__(self, settings: Settings, size: int) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.killing"])
        self._settings = settings
        self._size = size
        self._members: list[Any] = []
        self.killed = 0

    def __enter__(self) -> Squad:
        self._fill()
        return self

    def __exit__(self, *error: object) -> None:
        for member in self._members:
            member.kill()
            member.join()

    def kill(self, *, all_of_them: bool) -> None:
        victims = list(self._members) if all_of_them else [random.choice(self._members)]
        for victim in victims:
            victim.kill()
            victim.join()
            self._members.remove(victim)
        self.killed += len(victims)
        self._fill()

    def _fill(self) -> None:
        while len(self._members) < self._size:
            member = self._context.Process(target=_send, args=(self._settings,), daemon=True)
            member.start()
            self._members.append(member)


def _send(settings: Settings) -> None:
    asyncio.run(run_sender(open_parts(settings), asyncio.Event()))
