"""Jobs in a table of the SQLite file: no server, woken within milliseconds of a commit."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from tocsin.errors import Permanent, Temporary, TocsinError
from tocsin.jobs.port import DEADLY_AFTER, KEEP_ASIDE, Deadly, Handler, Job
from tocsin.store.engine import BRIEFLY_S, Store, StoreBusy
from tocsin.store.jobs import (
    Aside,
    JobRow,
    add_job,
    beat,
    claim_job,
    finish_job,
    forget_given_up,
    give_up,
    given_up,
    let_all_be_due,
    next_job,
    put_back,
    take_up,
)
from tocsin.store.leases import CLOCKS_DIFFER
from tocsin.store.watch import Watch

log = structlog.get_logger()

LOOK_ANYWAY = timedelta(seconds=2)
"""How long a commit that rang no bell, of another program or one that was killed just then, can delay a job."""
BEAT = timedelta(seconds=1)
LEFT_BEHIND = timedelta(seconds=4)
"""A job whose worker has not said a word for so long is taken over."""
_NOBODY = timedelta(days=10_000)
"""So long nobody has been silent."""
ATTEMPTS = 8
"""Tries at a job that fails for no known reason before it is laid aside for a person."""


class EmbeddedJobs:
    """The job port on SQLite."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.clock = clock
        self._looked_at = self._patient_until = clock()
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{random.getrandbits(32):08x}"

    def install(self) -> None:
        """Do nothing: the table is one of the migrations'."""

    def enqueue(
        self,
        connection: Connection,
        name: str,
        payload: str,
        *,
        key: str | None = None,
        priority: int = 0,
        run_at: datetime | None = None,
    ) -> None:
        """Queue a job inside the caller's transaction."""
        add_job(connection, name, payload, key=key, priority=priority, run_at=run_at or self.clock())

    def aside(self, connection: Connection, most: int) -> tuple[Aside, ...]:
        """Return the jobs that were put aside, the newest first."""
        return given_up(connection, most)

    def try_again(self, connection: Connection, number: int) -> bool:
        """Queue a job that was put aside anew; False when it is none (any more)."""
        again = take_up(connection, number)
        if again is not None:
            self.enqueue(connection, again.name, again.payload, key=again.key, priority=again.priority)
        return again is not None

    def forget(self, connection: Connection, now: datetime) -> None:
        """Forget what was put aside long ago."""
        forget_given_up(connection, now - KEEP_ASIDE)

    async def work(
        self,
        handlers: Mapping[str, Handler],
        stop: asyncio.Event,
        *,
        at_once: int = 2,
        deadly_after: int | None = DEADLY_AFTER,
    ) -> None:
        """Do jobs until ``stop`` is set; then finish what is in hand."""
        running: set[asyncio.Task[None]] = set()
        woken, busy, names = asyncio.Event(), asyncio.Event(), tuple(handlers)
        beats = asyncio.create_task(self._beat(busy))
        stopping = asyncio.create_task(_then(stop, woken))
        watch = Watch(self.store, names)
        self._looked_at = self.clock()
        try:
            with watch.telling(woken.set):
                while not stop.is_set():
                    woken.clear()
                    pause_s = 0.0
                    while len(running) < at_once and (pause_s := self._due_in(names)) <= 0:
                        # A write waits for whoever holds the file, which the sockets of this loop must not.
                        if (row := await asyncio.to_thread(self._claim, names, deadly_after)) is None:
                            pause_s = LOOK_ANYWAY.total_seconds()  # another has it; put back, it rings
                            break
                        task = asyncio.create_task(self._do(row, handlers[row.name], stop))
                        running.add(task)
                        task.add_done_callback(lambda _: woken.set())
                        busy.set()
                    # With its hands full a worker needs no look: each would take the interpreter from its work.
                    await _wait(woken, pause_s if len(running) < at_once else None)
                    for task in [task for task in running if task.done()]:
                        running.remove(task)
                        task.result()
                    if not running:
                        busy.clear()
            await asyncio.gather(*running)
        finally:
            beats.cancel()
            stopping.cancel()
            watch.close()

    def _due_in(self, names: tuple[str, ...]) -> float:
        """Return in how many seconds to look for a job to claim, 0 for now; a read, which waits for nobody."""
        now = self.clock()
        try:
            self._mind_the_clock(now)
            with self.store.read() as connection:
                due = next_job(connection, names, now, now + LOOK_ANYWAY, self._stale(now))
        except Temporary as error:
            log.warning("jobs.claim", error=str(error))
            due = None
        return (LOOK_ANYWAY if due is None else due - now).total_seconds()

    def _claim(self, names: tuple[str, ...], deadly_after: int | None) -> JobRow | None:
        now = self.clock()
        try:
            with self.store.write(patience=BRIEFLY_S) as connection:
                while (row := claim_job(connection, names, self.worker, now, self._stale(now))) is not None:
                    if deadly_after is None or row.deaths < deadly_after:
                        break
                    log.error("job.deadly", name=row.name, payload=row.payload, deaths=row.deaths)
                    give_up(connection, row.id, self.worker, now, str(Deadly(f"{row.deaths} in a row")))
                return row
        except Temporary as error:
            log.warning("jobs.claim", error=str(error))
            return None

    def _stale(self, now: datetime) -> datetime:
        return now - (LEFT_BEHIND if now >= self._patient_until else _NOBODY)

    def _mind_the_clock(self, now: datetime) -> None:
        """See whether the clock jumped since the last look.

        Set back, all jobs are due: what was to come in seconds would come hours later. Set ahead, or after a sleep of
        the whole machine, every worker seems to have been silent; each gets the time to say that it is alive.
        """
        if now - self._looked_at > LEFT_BEHIND:
            self._patient_until = now + LEFT_BEHIND
        if self._looked_at - now > CLOCKS_DIFFER:
            self._patient_until = now
            with self.store.write() as connection:
                count = let_all_be_due(connection, now)
            log.warning("jobs.clock_set_back", by_s=(self._looked_at - now).total_seconds(), due=count)
        self._looked_at = now

    async def _do(self, row: JobRow, handler: Handler, stop: asyncio.Event) -> None:
        job = Job(row.name, row.payload, row.attempts)
        try:
            await asyncio.to_thread(handler, job)
        except Permanent as error:
            log.warning("job.gave_up", name=row.name, error=str(error))
            await asyncio.to_thread(self._give_up, row, str(error))
        except Exception as error:  # noqa: BLE001 (the boundary: a defect in a handler must not end the worker)
            level = log.warning if isinstance(error, TocsinError) else log.exception
            level("job.failed", name=row.name, attempt=row.attempts, error=str(error))
            if not (stop.is_set() and isinstance(error, StoreBusy)):  # whoever comes next takes it over from us
                await asyncio.to_thread(self._again, row, error)
        else:
            await asyncio.to_thread(self._finish, row)

    def _finish(self, row: JobRow) -> None:
        with self.store.write() as connection:
            finish_job(connection, row.id, self.worker)

    def _give_up(self, row: JobRow, error: str) -> None:
        with self.store.write() as connection:
            give_up(connection, row.id, self.worker, self.clock(), error)

    def _again(self, row: JobRow, error: Exception) -> None:
        if row.attempts >= ATTEMPTS and not isinstance(error, Temporary):
            self._give_up(row, repr(error))
            return
        wait = min(2.0 ** min(row.attempts, 10) * 0.1, 60.0) * random.uniform(0.5, 1.5)  # noqa: S311 (jitter)
        with self.store.write() as connection:
            put_back(connection, row, self.worker, self.clock() + timedelta(seconds=wait), repr(error))

    async def _beat(self, busy: asyncio.Event) -> None:
        while True:
            await busy.wait()  # nobody waits for the word of one with empty hands
            await asyncio.sleep(BEAT.total_seconds())
            if not busy.is_set():
                continue
            try:
                await asyncio.to_thread(self._say_alive)
            except Temporary as error:
                log.warning("jobs.beat", error=str(error))

    def _say_alive(self) -> None:
        with self.store.write(patience=BRIEFLY_S, quietly=True) as connection:
            beat(connection, self.worker, self.clock())


async def _then(first: asyncio.Event, second: asyncio.Event) -> None:
    await first.wait()
    second.set()


async def _wait(event: asyncio.Event, timeout_s: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), timeout_s)
