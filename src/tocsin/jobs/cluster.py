"""Jobs in PostgreSQL through PgQueuer: any number of workers on any number of machines, woken by NOTIFY."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self, TypeAlias, cast

import psycopg
import structlog
from pgqueuer import db, errors, models
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.ports.driver import NotifyCallback
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries, SyncQueries
from psycopg.rows import dict_row
from sqlalchemy import Connection, text

from tocsin.errors import Permanent, Temporary
from tocsin.jobs.port import DEADLY_AFTER, KEEP_ASIDE, KEEP_LOG, Deadly, Handler, Job
from tocsin.store.dialect import queue_up
from tocsin.store.engine import Store, StoreBusy
from tocsin.store.jobs import Aside

log = structlog.get_logger()

LOOK_ANYWAY = timedelta(seconds=2)
"""How long a lost notification can delay a job."""
LEFT_BEHIND = timedelta(seconds=5)
"""A job whose worker has not said a word for so long is taken over."""
ATTEMPTS = 8
"""Tries at a job that fails for no known reason before it is laid aside for a person."""

_Entry: TypeAlias = Callable[[models.Job], Awaitable[None]]

# How often a job was picked since it was last queued, without this time.
_DEATHS = text("""
SELECT count(*) - 1 FROM pgqueuer_log WHERE job_id = :number AND status = 'picked'
AND id > (SELECT coalesce(max(id), 0) FROM pgqueuer_log WHERE job_id = :number AND status = 'queued')
""")
_ASIDE = text("""
SELECT q.id, q.entrypoint AS name, q.payload, q.updated AS since,
  (SELECT l.traceback->>'exception_message' FROM pgqueuer_log l
   WHERE l.job_id = q.id AND l.traceback IS NOT NULL ORDER BY l.id DESC LIMIT 1) AS error
FROM pgqueuer q WHERE q.status = 'failed' ORDER BY q.updated DESC, q.id DESC LIMIT :most
""")
_TAKE_UP = text("""
DELETE FROM pgqueuer WHERE id = :number AND status = 'failed'
RETURNING entrypoint AS name, payload, priority, headers->>'key' AS key
""")
_OLD = (
    text("DELETE FROM pgqueuer WHERE status = 'failed' AND updated < :aside"),
    text("DELETE FROM pgqueuer_log WHERE created < :log"),
    text("DELETE FROM pgqueuer_statistics WHERE created < :log"),
)
_WAITING = text("SELECT dedupe_key FROM pgqueuer WHERE headers->>'key' = :key AND status = 'queued' LIMIT 1")
_OPEN_FOR = text("SELECT clock_timestamp() - now()")
_IN_HAND = text("SELECT coalesce(max(id), 0) FROM pgqueuer WHERE headers->>'key' = :key AND status = 'picked'")


class ClusterJobs:
    """The job port on PostgreSQL."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def install(self) -> None:
        """Create PgQueuer's tables if they are not there."""
        with self._store.write() as connection:
            queue_up(connection, "pgqueuer")
            if connection.execute(text("SELECT to_regclass('pgqueuer')")).scalar() is None:
                _OpenTransaction(connection).run(QueryBuilderEnvironment().build_install_query())

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
        delay = run_at - self._clock() + _under_way(connection) if run_at is not None else None
        SyncQueries(_OpenTransaction(connection)).enqueue(
            [name],
            [payload.encode()],
            [priority],
            [delay],
            [_generation(connection, name, key)] if key is not None else None,
            [{"key": f"{name}:{key}"}],
            on_conflict="skip",
        )

    def aside(self, connection: Connection, most: int) -> tuple[Aside, ...]:
        """Return the jobs that were put aside, the newest first."""
        rows = connection.execute(_ASIDE, {"most": most})
        return tuple(
            Aside(row.id, row.name, bytes(row.payload or b"").decode(), row.since, row.error or "") for row in rows
        )

    def try_again(self, connection: Connection, number: int) -> bool:
        """Queue a job that was put aside anew; False when it is none (any more)."""
        row = connection.execute(_TAKE_UP, {"number": number}).first()
        if row is None:
            return False
        key = row.key.removeprefix(f"{row.name}:")
        self.enqueue(
            connection,
            row.name,
            bytes(row.payload or b"").decode(),
            key=None if key == str(None) else key,
            priority=row.priority,
        )
        return True

    def forget(self, connection: Connection, now: datetime) -> None:
        """Forget what was put aside long ago, and PgQueuer's log, which it never shortens: three rows for each job."""
        for old in _OLD:
            connection.execute(old, {"aside": now - KEEP_ASIDE, "log": now - KEEP_LOG})

    async def work(
        self,
        handlers: Mapping[str, Handler],
        stop: asyncio.Event,
        *,
        at_once: int = 2,
        deadly_after: int | None = DEADLY_AFTER,
    ) -> None:
        """Do jobs until ``stop`` is set; then finish what is in hand. PgQueuer takes at least two at once.

        Raises StoreBusy when the database ends the connection: what is in hand is taken over by another worker.
        """
        try:
            entries = {name: _entry(self._checked(handler, deadly_after)) for name, handler in handlers.items()}
            await self._work(entries, stop, at_once)
        except psycopg.OperationalError as error:
            raise StoreBusy(" ".join(str(error).split())) from error

    async def _work(self, entries: Mapping[str, _Entry], stop: asyncio.Event, at_once: int) -> None:
        url = self._store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connect = psycopg.AsyncConnection.connect
        async with await connect(url, autocommit=True) as connection, await connect(url, autocommit=True) as ear:
            manager = QueueManager(Queries(_Driver(connection, ear)))
            for name, entry in entries.items():
                manager.entrypoint(name, on_failure="hold", accepts_context=False)(entry)
            stopping = asyncio.create_task(_stop_with(manager, stop))
            try:
                await manager.run(
                    dequeue_timeout=LOOK_ANYWAY,
                    batch_size=max(at_once // 2, 1),
                    max_concurrent_tasks=max(at_once, 2),
                    heartbeat_timeout=LEFT_BEHIND,
                )
            finally:
                stopping.cancel()

    def _checked(self, handler: Handler, deadly_after: int | None) -> Callable[[int, Job], None]:
        """Return what does a job by its number, unless it has taken too many workers with it. A read for each job."""

        def do(number: int, job: Job) -> None:
            if deadly_after is not None and (deaths := self._deaths(number)) >= deadly_after:
                log.error("job.deadly", name=job.name, payload=job.payload, deaths=deaths)
                raise Deadly(f"{deaths} in a row")
            handler(job)

        return do

    def _deaths(self, number: int) -> int:
        with self._store.read() as connection:
            return int(connection.execute(_DEATHS, {"number": number}).scalar_one())


async def _stop_with(manager: QueueManager, stop: asyncio.Event) -> None:
    await stop.wait()
    manager.shutdown.set()


def _entry(do: Callable[[int, Job], None]) -> _Entry:
    async def entry(job: models.Job) -> None:
        attempt = job.attempts + 1
        try:
            await asyncio.to_thread(do, job.id, Job(job.entrypoint, (job.payload or b"").decode(), attempt))
        except Permanent:
            raise
        except Temporary as error:
            raise errors.RetryRequested(_delay(attempt), str(error)) from error
        except Exception as error:  # the boundary: a defect in a handler must not end the worker
            log.exception("job.failed", name=job.entrypoint, attempt=attempt)
            if attempt >= ATTEMPTS:
                raise
            raise errors.RetryRequested(_delay(attempt), repr(error)) from error

    return entry


def _delay(attempt: int) -> timedelta:
    return timedelta(seconds=min(2.0 ** min(attempt, 10) * 0.1, 60.0) * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)


def _under_way(connection: Connection) -> timedelta:
    """Return for how long a transaction has been open: PgQueuer counts a delay from its beginning."""
    open_for: timedelta = connection.execute(_OPEN_FOR).scalar_one()
    return open_for


def _generation(connection: Connection, name: str, key: str) -> str:
    """Return what must be unique: of one key one job may wait behind the one in hand, which has read its input already.

    PgQueuer counts a job in hand as a duplicate, so its number becomes part of the key of the next one.
    """
    whole = {"key": f"{name}:{key}"}
    waiting: str | None = connection.execute(_WAITING, whole).scalar()
    return waiting or f"{name}:{key}#{connection.execute(_IN_HAND, whole).scalar()}"


class _Driver(db.PsycopgDriver):
    """PgQueuer's driver, with a connection of its own to listen on.

    psycopg keeps a connection locked while it waits for word on it, a second at a time: on one connection, the query
    that takes a job waits behind the wait for the next one.
    """

    def __init__(self, connection: psycopg.AsyncConnection, ear: psycopg.AsyncConnection) -> None:
        super().__init__(connection)
        self._ear = db.PsycopgDriver(ear)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Listen on the ear."""
        await self._ear.add_listener(channel, callback)

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Listen no longer."""
        await self._ear.remove_listener(channel, callback)

    async def __aenter__(self) -> Self:
        await self._ear.__aenter__()
        return await super().__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await self._ear.__aexit__(*error)
        await super().__aexit__(*error)


class _OpenTransaction(db.SyncDriver):
    """PgQueuer's driver on a connection whose transaction is the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = cast("psycopg.Connection[Any]", connection.connection.driver_connection)

    def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Return the rows of a query with ``$1`` placeholders."""
        cursor = psycopg.RawCursor(self._connection, row_factory=dict_row)
        cursor.execute(query.encode(), args or None)
        return cursor.fetchall()

    def run(self, query: str) -> None:
        """Run statements that return nothing."""
        psycopg.RawCursor(self._connection).execute(query.encode())
