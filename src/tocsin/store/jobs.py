"""The embedded job table: what waits, who has it in hand, what gave up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    case,
    delete,
    func,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, Moment, metadata, ring_for

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("key", String(200)),
    Column("payload", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("run_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(200)),
    Column("beat_at", Moment),
    Column("gave_up_at", Moment),
    Column("error", Text),
    # Workers that died, one after the other, with it in hand.
    Column("deaths", Integer, nullable=False, server_default="0"),
    # One waiting job per name and key; one in hand does not count, for it may have read its input already.
    Index(
        "uq_jobs_waiting",
        "name",
        "key",
        unique=True,
        sqlite_where=Column("worker").is_(None),
        postgresql_where=Column("worker").is_(None),
    ),
    # A worker asks for the next of its names after every commit, beside a back catalogue of tens of thousands.
    Index(
        "ix_jobs_next",
        "name",
        "priority",
        "run_at",
        "id",
        sqlite_where=Column("gave_up_at").is_(None),
        postgresql_where=Column("gave_up_at").is_(None),
    ),
)


_DUE = (
    (jobs.c.worker.is_(None) | (jobs.c.beat_at < bindparam("stale")))
    & (jobs.c.run_at <= bindparam("now"))
    & jobs.c.gave_up_at.is_(None)
)


@cache
def _due_now(names: tuple[str, ...]) -> Select[datetime]:
    return select(jobs.c.run_at).where(jobs.c.name.in_(names), _DUE).limit(1)


@cache
def _due_soon(names: tuple[str, ...]) -> Select[datetime]:
    waits = jobs.c.worker.is_(None) & jobs.c.gave_up_at.is_(None) & (jobs.c.run_at <= bindparam("until"))
    return select(func.min(jobs.c.run_at)).where(jobs.c.name.in_(names), waits)


def _first(name: str) -> Select[tuple[int, int, datetime]]:
    """Of all that is due the most urgent, of these the oldest: two steps in one index, and no sorting."""
    due = (jobs.c.name == name) & _DUE
    highest = select(jobs.c.priority).where(due).order_by(jobs.c.priority.desc()).limit(1).scalar_subquery()
    most_urgent = select(jobs.c.id, jobs.c.priority, jobs.c.run_at).where(due, jobs.c.priority == highest)
    return most_urgent.order_by(jobs.c.run_at, jobs.c.id).limit(1)


@cache
def _claim(names: tuple[str, ...]) -> ReturningUpdate[tuple[int, str, str | None, str, int, int]]:
    """Return the statement that takes the most urgent job: the first of each name by the index, and the best of those.

    Statements are put together once: that took longer than to run them.
    """
    each = [select(_first(name).subquery()) for name in names]
    best = union_all(*each).subquery()
    first = select(best.c.id).order_by(best.c.priority.desc(), best.c.run_at, best.c.id).limit(1)
    died = case((jobs.c.worker.is_(None), 0), else_=1)
    return (
        update(jobs)
        .where(jobs.c.id == first.scalar_subquery())
        .values(
            worker=bindparam("by"),
            beat_at=bindparam("now"),
            attempts=jobs.c.attempts + 1,
            deaths=jobs.c.deaths + died,
        )
        .returning(jobs.c.id, jobs.c.name, jobs.c.key, jobs.c.payload, jobs.c.attempts, jobs.c.deaths)
    )


@dataclass(frozen=True, slots=True)
class JobRow:
    """A claimed job; ``attempts`` counts this one, ``deaths`` the workers that died with it in hand since the last."""

    id: int
    name: str
    key: str | None
    payload: str
    attempts: int
    deaths: int


def add_job(
    connection: Connection, name: str, payload: str, *, key: str | None, priority: int, run_at: datetime
) -> None:
    """Queue a job, unless one with the same name and key is waiting already."""
    connection.execute(
        insert_new(connection, jobs).values(
            name=name, key=key, payload=payload, priority=priority, run_at=run_at, attempts=0
        )
    )
    ring_for(connection, name)


def claim_job(
    connection: Connection, names: tuple[str, ...], worker: str, now: datetime, stale: datetime
) -> JobRow | None:
    """Take the most urgent due job; one in hand whose last heartbeat is before ``stale`` counts as left behind."""
    row = connection.execute(_claim(names), {"by": worker, "now": now, "stale": stale}).first()
    return None if row is None else JobRow(**row._mapping)


def next_job(
    connection: Connection, names: tuple[str, ...], now: datetime, until: datetime, stale: datetime
) -> datetime | None:
    """Return since when ``claim_job`` would find one, else when one falls due before ``until``; None without either."""
    due = connection.execute(_due_now(names), {"now": now, "stale": stale}).scalar()
    return due if due is not None else connection.execute(_due_soon(names), {"until": until}).scalar()


def let_all_be_due(connection: Connection, now: datetime) -> int:
    """Let all jobs that wait for a later time be due now, and count them; each handler looks whether it is time."""
    later = jobs.c.worker.is_(None) & (jobs.c.run_at > now) & jobs.c.gave_up_at.is_(None)
    return connection.execute(update(jobs).where(later).values(run_at=now)).rowcount


def beat(connection: Connection, worker: str, now: datetime) -> None:
    """Say that ``worker`` is alive, for all it has in hand."""
    connection.execute(update(jobs).where(jobs.c.worker == worker).values(beat_at=now))


def finish_job(connection: Connection, job_id: int, worker: str) -> None:
    """Remove a job that is done."""
    connection.execute(delete(jobs).where(jobs.c.id == job_id, jobs.c.worker == worker))


def put_back(connection: Connection, row: JobRow, worker: str, run_at: datetime, error: str) -> None:
    """Queue a job again for ``run_at``; if its like is waiting already, that one stands for both."""
    waiting = select(jobs.c.id).where(jobs.c.name == row.name, jobs.c.key == row.key, jobs.c.worker.is_(None))
    if row.key is not None and connection.execute(waiting).first() is not None:
        finish_job(connection, row.id, worker)
        return
    mine = (jobs.c.id == row.id) & (jobs.c.worker == worker)
    connection.execute(update(jobs).where(mine).values(worker=None, beat_at=None, run_at=run_at, error=error, deaths=0))
    ring_for(connection, row.name)


def give_up(connection: Connection, job_id: int, worker: str, now: datetime, error: str) -> None:
    """Keep a job that failed for good, with its error, for a person to see."""
    mine = (jobs.c.id == job_id) & (jobs.c.worker == worker)
    connection.execute(update(jobs).where(mine).values(gave_up_at=now, error=error))


def forget_given_up(connection: Connection, before: datetime) -> None:
    """Forget the jobs that were given up before ``before``."""
    connection.execute(delete(jobs).where(jobs.c.gave_up_at < before))


@dataclass(frozen=True, slots=True)
class Aside:
    """A job that was given up and put aside for a person, since when, and why."""

    number: int
    name: str
    payload: str
    since: datetime
    error: str


def given_up(connection: Connection, most: int) -> tuple[Aside, ...]:
    """Return the jobs that were given up, the newest first."""
    given = jobs.c.gave_up_at.is_not(None)
    query = select(jobs.c.id, jobs.c.name, jobs.c.payload, jobs.c.gave_up_at, jobs.c.error).where(given)
    rows = connection.execute(query.order_by(jobs.c.gave_up_at.desc(), jobs.c.id.desc()).limit(most))
    return tuple(Aside(row.id, row.name, row.payload, row.gave_up_at, row.error or "") for row in rows)


@dataclass(frozen=True, slots=True)
class Again:
    """What a job that was given up is queued with anew."""

    name: str
    key: str | None
    payload: str
    priority: int


def take_up(connection: Connection, job_id: int) -> Again | None:
    """Remove a job that was given up, to be queued anew; None when it is none (any more)."""
    gone = delete(jobs).where(jobs.c.id == job_id, jobs.c.gave_up_at.is_not(None))
    row = connection.execute(gone.returning(jobs.c.name, jobs.c.key, jobs.c.payload, jobs.c.priority)).first()
    return None if row is None else Again(**row._mapping)
