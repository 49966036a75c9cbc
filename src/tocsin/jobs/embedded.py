"""Jobs in a table of the SQLite file: no server, woken within milliseconds of a commit."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from tocsin.errors import Permanent, Temporary, TocsinError
from tocsin.jobs.port import Handler, Job
from tocsin.store.engine import Store
from tocsin.store.jobs import JobRow, add_job, beat, claim_job, finish_job, give_up, job_waits, put_back
from tocsin.store.watch import Watch

log = structlog.get_logger()

TICK = 0.01
"""Seconds between two looks at the database; a look costs some microseconds."""
LOOK_ANYWAY = 50
"""Ticks after which due times are compared even if nothing was committed."""
BEAT = timedelta(seconds=1)
LEFT_BEHIND = timedelta(seconds=4)
"""A job whose worker has not said a word for so long is taken over."""
ATTEMPTS = 8
"""Tries at a job that fails for no known reason before it is laid aside for a person."""


class EmbeddedJobs:
    """The job port on SQLite."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.clock = clock
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

    async def work(self, handlers: Mapping[str, Handler], stop: asyncio.Event, *, at_once: int = 2) -> None:
        """Do jobs until ``stop`` is set; then finish what is in hand."""
        running: set[asyncio.Task[None]] = set()
        beats = asyncio.create_task(self._beat())
        stopping = asyncio.create_task(stop.wait())
        watch = Watch(self.store)
        ticks, names = 0, tuple(handlers)
        try:
            while not stop.is_set():
                ticks += 1
                look = watch.changed() or ticks % LOOK_ANYWAY == 0
                while look and len(running) < at_once and (row := self._claim(names)) is not None:
                    running.add(asyncio.create_task(self._do(row, handlers[row.name])))
                # With its hands full a worker needs no look: each would take the interpreter from its work.
                patience = TICK if len(running) < at_once else None
                done, _ = await asyncio.wait(
                    {*running, stopping}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                running -= done
                ticks = LOOK_ANYWAY - 1 if done else ticks
                for task in done - {stopping}:
                    task.result()
            await asyncio.gather(*running)
        finally:
            beats.cancel()
            stopping.cancel()
            watch.close()

    def _claim(self, names: tuple[str, ...]) -> JobRow | None:
        now = self.clock()
        try:
            with self.store.read() as connection:
                if not job_waits(connection, names, now, now - LEFT_BEHIND):
                    return None
            with self.store.write() as connection:
                return claim_job(connection, names, self.worker, now, now - LEFT_BEHIND)
        except Temporary as error:
            log.warning("jobs.claim", error=str(error))
            return None

    async def _do(self, row: JobRow, handler: Handler) -> None:
        job = Job(row.name, row.payload, row.attempts)
        try:
            await asyncio.to_thread(handler, job)
        except Permanent as error:
            log.warning("job.gave_up", name=row.name, error=str(error))
            await asyncio.to_thread(self._give_up, row, str(error))
        except Exception as error:  # noqa: BLE001 (the boundary: a defect in a handler must not end the worker)
            level = log.warning if isinstance(error, TocsinError) else log.exception
            level("job.failed", name=row.name, attempt=row.attempts, error=str(error))
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

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT.total_seconds())
            try:
                await asyncio.to_thread(self._say_alive)
            except Temporary as error:
                log.warning("jobs.beat", error=str(error))

    def _say_alive(self) -> None:
        with self.store.write() as connection:
            beat(connection, self.worker, self.clock())
