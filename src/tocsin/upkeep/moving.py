"""Moving a whole installation from the one-file database to PostgreSQL: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, select

from tocsin.errors import Refused, WrongUse
from tocsin.secret import forget_mark
from tocsin.store.audit import verify_audit
from tocsin.store.consents import check_consents
from tocsin.store.copying import BATCH, COPIED, copy_table, count_rows, filled
from tocsin.store.jobs import jobs
from tocsin.store.leases import leases
from tocsin.store.senders import senders
from tocsin.store.switches import switches
from tocsin.wiring import Parts

LIVES = timedelta(seconds=20)
"""A sender whose last sign of life is older has died."""

Told = Callable[[str, int, int], None]
"""Hears of progress: table, rows copied, rows in all."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: the rows of each table that has any, the jobs that were queued anew, and those left behind."""

    rows: dict[str, int]
    jobs: int
    given_up: int


def move(source: Parts, target: Parts, told: Told) -> Moved:
    """Copy everything from ``source`` into the empty database of ``target``, in one transaction.

    The source is locked meanwhile and stays as it was. Raises ``WrongUse`` for the wrong engines, and ``Refused`` when
    the service still runs, the target holds something (even all of it, from an earlier call that was killed before it
    could say so), or what arrived is not what was there.
    """
    if not source.store.embedded or target.store.embedded:
        raise WrongUse("rows move from the one SQLite file to PostgreSQL, not the other way")
    with source.store.write() as ours, target.store.write() as theirs:
        _at_rest(ours, source.clock())
        forget_mark(theirs)  # the only thing that a database has which was opened and never used; ours is copied
        if there := filled(theirs):
            raise Refused(_in_the_way(ours, theirs, there))
        rows = {table.name: _copy(ours, theirs, table, told) for table in COPIED}
        _whole(ours, theirs)
        waiting = [job for job in ours.execute(select(jobs)) if job.gave_up_at is None]
        for job in waiting:
            target.jobs.enqueue(theirs, job.name, job.payload, key=job.key, priority=job.priority, run_at=job.run_at)
        given_up = count_rows(ours, jobs) - len(waiting)
    with target.store.write() as theirs:
        theirs.exec_driver_sql("ANALYZE")
    return Moved({name: count for name, count in rows.items() if count}, len(waiting), given_up)


def _in_the_way(ours: Connection, theirs: Connection, there: tuple[str, ...]) -> str:
    """Say what to do about a database that holds something: perhaps all is moved already."""
    if all(_same(ours, theirs, table) for table in COPIED if table is not switches):  # one of these is the mark
        return "an earlier call has moved everything, to the last row: set database in tocsin.toml, start the service"
    return f"the database there is not empty: it holds {', '.join(there)}. Create a fresh one"


def _same(ours: Connection, theirs: Connection, table: Table) -> bool:
    """Tell whether a table holds the same rows here and there."""
    if count_rows(ours, table) != count_rows(theirs, table):
        return False
    rows = select(table).order_by(*table.primary_key.columns)
    each = (connection.execution_options(yield_per=BATCH).execute(rows) for connection in (ours, theirs))
    return all(our == their for our, their in zip(*each, strict=True))


def _copy(ours: Connection, theirs: Connection, table: Table, told: Told) -> int:
    wanted, copied = count_rows(ours, table), 0
    for copied in copy_table(ours, theirs, table):
        told(table.name, copied, wanted)
    if (arrived := count_rows(theirs, table)) != wanted:
        raise Refused(f"table {table.name}: of {wanted} rows {arrived} arrived; nothing was moved")
    return copied


def _at_rest(ours: Connection, now: datetime) -> None:
    """Refuse to move what still changes: what comes in after the copy would be lost."""
    leased = ours.execute(select(leases.c.name).where(leases.c.until > now)).scalars().all()
    sending = ours.execute(select(senders.c.id).where(senders.c.beat_at > now - LIVES)).scalars().all()
    if leased or sending:
        raise Refused("the service runs (or did until some seconds ago): stop it, wait half a minute, and move then")


def _whole(ours: Connection, theirs: Connection) -> None:
    """Assert that the two logs that prove things arrived as they were."""
    if check_consents(ours) != check_consents(theirs) or verify_audit(ours) != verify_audit(theirs):
        raise Refused("the log of consents or of the desk did not arrive as it was; nothing was moved")
