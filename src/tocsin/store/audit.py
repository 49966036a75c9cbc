"""The audit log: who did what, when; each record seals the one before, so that none can be changed or taken out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, Text, insert, select

from tocsin.store.dialect import queue_up
from tocsin.store.engine import Id, Moment, metadata

_GENESIS = "0" * 64

audit = Table(
    "audit",
    metadata,
    Column("number", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Column("seal", String(64), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: ``who`` did ``act`` to ``subject`` (``version 7``), with the detail that explains it."""

    number: int
    at: datetime
    who: str
    act: str
    subject: str
    detail: str
    seal: str


@dataclass(frozen=True, slots=True)
class Audited:
    """What checking the log found: how many records, the last seal, and the numbers of those that do not fit."""

    records: int
    head: str
    broken: tuple[int, ...]


def add_entry(connection: Connection, *, at: datetime, who: str, act: str, subject: str, detail: str = "") -> None:
    """Add a record, in the transaction that does what it tells of."""
    queue_up(connection, "audit")
    last = connection.execute(select(audit.c.seal).order_by(audit.c.number.desc()).limit(1)).scalar()
    sealed = _seal(last or _GENESIS, at, who, act, subject, detail)
    connection.execute(insert(audit).values(at=at, who=who, act=act, subject=subject, detail=detail, seal=sealed))


def entries(connection: Connection, limit: int = 200) -> tuple[Entry, ...]:
    """Return the newest records, newest first."""
    rows = connection.execute(select(*audit.c).order_by(audit.c.number.desc()).limit(limit))
    return tuple(Entry(**row._mapping) for row in rows)


def entries_about(connection: Connection, subject: str, limit: int = 50) -> tuple[Entry, ...]:
    """Return the newest records about one subject (``version 7``), newest first."""
    query = select(*audit.c).where(audit.c.subject == subject).order_by(audit.c.number.desc()).limit(limit)
    return tuple(Entry(**row._mapping) for row in connection.execute(query))


def verify_audit(connection: Connection) -> Audited:
    """Follow the log from its beginning and name the records that were changed, or that follow a missing one."""
    head, count = _GENESIS, 0
    broken: list[int] = []
    for entry in _all(connection):
        if entry.seal != _seal(head, entry.at, entry.who, entry.act, entry.subject, entry.detail):
            broken.append(entry.number)
        head, count = entry.seal, count + 1
    return Audited(count, head, tuple(broken))


def _all(connection: Connection) -> Iterator[Entry]:
    rows = connection.execution_options(yield_per=1000).execute(select(*audit.c).order_by(audit.c.number))
    for row in rows:
        yield Entry(**row._mapping)


def _seal(previous: str, at: datetime, *told: str) -> str:
    return hashlib.sha256(json.dumps([previous, at.isoformat(timespec="microseconds"), *told]).encode()).hexdigest()
