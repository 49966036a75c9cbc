"""Senders, or the tree that keeps them, killed (-9) at random instants: who was missed, who was mailed twice?"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Protocol, Self

from tocsin.benches.send import Signing, add_readers, approve_sample, bench_settings
from tocsin.delivery.pool import IN_FLIGHT
from tocsin.model import DeliveryState
from tocsin.roles.play import LIFELINE, play
from tocsin.roles.send import send
from tocsin.sending.sender import run_sender
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
    roots_killed: int
    missed: int
    repeats: int
    bound: int
    other_ids: int
    states: dict[DeliveryState, int]
    seconds: float


class Target(Protocol):
    """Sender processes to be shot at; whatever dies is started again."""

    senders_killed: int
    roots_killed: int

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def kill(self) -> None:
        """Kill something."""
        ...


def under_fire(
    folder: Path,
    readers: int,
    kills: int,
    *,
    every: float,
    processes: int,
    database: str = "",
    sign: Signing = "none",
    tree: bool = False,
) -> Toll:
    """Send to ``readers`` while ``kills`` times senders are killed, in the middle of it.

    ``every`` is the mean number of seconds between two kills. With ``tree`` the senders are those of ``tocsin run``,
    and its root is killed too.
    """
    log = folder / "sink.log"
    with logging_sink(log) as port:
        settings = bench_settings(folder, "127.0.0.1", port, sign, database)
        parts = assemble(settings)
        add_readers(parts, readers)
        began = time.monotonic()
        target: Target = Tree(settings, processes) if tree else Squad(settings, processes)
        with target:
            version = approve_sample(parts)
            fired = _fire(target, parts, version, log, kills, every)
            wait_until_sent(parts, version)
        seconds = time.monotonic() - began
    with parts.store.read() as connection:
        states = tally(connection, version)
    parts.store.close()
    return _count(log, readers, fired, target, IN_FLIGHT, states, seconds)


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


def _fire(target: Target, parts: Parts, version: int, log: Path, kills: int, every: float) -> int:
    """Kill at random instants after letters have begun to arrive (again); return how often, if the send ends before."""
    fired = 0
    while fired < kills:
        before = _size(log)
        while _size(log) == before:
            if is_sent(parts, version):
                return fired
            time.sleep(0.01)
        time.sleep(random.expovariate(1 / every))
        target.kill()
        fired += 1
    return fired


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def is_sent(parts: Parts, version: int) -> bool:
    """Tell whether a version is done."""
    with parts.store.read() as connection:
        found = version_of(connection, version)
    return found is not None and found.state is VersionState.SENT


def wait_until_sent(parts: Parts, version: int) -> None:
    """Wait until a version is done."""
    while not is_sent(parts, version):
        time.sleep(0.05)


def _count(
    log: Path, readers: int, kills: int, target: Target, window: int, states: dict[DeliveryState, int], seconds: float
) -> Toll:
    lines = [line.split() for line in log.read_text().splitlines()]
    times = Counter(line[0] for line in lines)
    ids = {(recipient, name) for recipient, name, _ in lines}
    return Toll(
        readers=readers,
        kills=kills,
        senders_killed=target.senders_killed,
        roots_killed=target.roots_killed,
        missed=readers - len(times),
        repeats=len(lines) - len(times),
        bound=target.senders_killed * window,
        other_ids=len(ids) - len(times),
        states=states,
        seconds=round(seconds, 1),
    )


def _forkserver() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.killing"])
    return context


class Squad:
    """Sender processes, forked from a server that has loaded everything and opened nothing."""

    def __init__(self, settings: Settings, size: int) -> None:
        self._context = _forkserver()
        self._settings = settings
        self._size = size
        self._members: list[Any] = []
        self.senders_killed = self.roots_killed = 0

    def __enter__(self) -> Self:
        self._fill()
        return self

    def __exit__(self, *error: object) -> None:
        for member in self._members:
            member.kill()
            member.join()

    def kill(self) -> None:
        """Kill a sender, or one time in four all of them."""
        victims = list(self._members) if random.random() < 0.25 else [random.choice(self._members)]
        for victim in victims:
            victim.kill()
            victim.join()
            self._members.remove(victim)
        self.senders_killed += len(victims)
        self._fill()

    def revive(self) -> None:
        """Start again what ended by itself."""
        self._members = [member for member in self._members if member.is_alive()]
        self._fill()

    def _fill(self) -> None:
        while len(self._members) < self._size:
            member = self._context.Process(target=_send, args=(self._settings,), daemon=True)
            member.start()
            self._members.append(member)


def _send(settings: Settings) -> None:
    asyncio.run(run_sender(open_parts(settings), asyncio.Event()))


class Tree:
    """A root that keeps senders running, as ``tocsin run`` does; they are forked, for a program takes seconds to load.

    The root does not come back by itself: that is done here.
    """

    def __init__(self, settings: Settings, size: int) -> None:
        self._context = _forkserver()
        self._settings, self._size = settings, size
        self.senders_killed = self.roots_killed = 0

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        self._root.kill()
        self._root.join()

    def _start(self) -> None:
        self._root = self._context.Process(target=_root, args=(self._settings, self._size))
        self._root.start()

    def kill(self) -> None:
        """Kill a sender; one time in four the root, and half of those times all senders with it."""
        senders = children_of(self._root.pid or 0)
        if random.random() < 0.25:
            self._root.kill()
            self._root.join()
            self.roots_killed += 1
            if random.random() < 0.5:
                self._shoot(senders)
            self._start()
        else:
            self._shoot([random.choice(senders)] if senders else [])

    def _shoot(self, victims: list[int]) -> None:
        for victim in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.senders_killed += 1


def children_of(process: int) -> list[int]:
    """Return the processes that a process of one thread has started and that still run."""
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _root(settings: Settings, size: int) -> None:
    theirs, ours = os.pipe()
    os.environ[LIFELINE] = str(theirs)
    running = 0
    while True:
        while running < size:
            if os.fork() == 0:
                os.close(ours)
                play(send, open_parts(settings))
                os._exit(0)
            running += 1
        os.wait()
        running -= 1
