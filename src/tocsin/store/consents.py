"""The consent log: records are added, never changed; erasing leaves each record's commitments in place."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)

from tocsin.readers.consent import GENESIS, Act, Checked, Fact, Purpose, Record, check, commit, erased, seal
from tocsin.store.dialect import queue_up
from tocsin.store.engine import Id, Moment, Packed, metadata

consents = Table(
    "consents",
    metadata,
    Column("number", Id, primary_key=True),
    # None once erased: which records are one person's is personal too.
    Column("subscriber", BigInteger),
    Column("at", Moment, nullable=False),
    Column("purpose", String(10), nullable=False),
    Column("act", String(10), nullable=False),
    Column("facts", Packed(dict[str, Fact]), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
    Index("ix_consents_subscriber", "subscriber"),
    Index("ix_consents_at", "at"),
)


def _salt() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class NewConsent:
    """An act to put on record: whose, for what, and the facts that prove it."""

    subscriber: int
    purpose: Purpose
    act: Act
    facts: Mapping[str, str]


def add_consent(
    connection: Connection,
    *,
    subscriber: int,
    at: datetime,
    purpose: Purpose,
    act: Act,
    facts: Mapping[str, str],
    salt: Callable[[], str] = _salt,
) -> None:
    """Add a record to the end of the chain."""
    add_consents(connection, [NewConsent(subscriber, purpose, act, facts)], at, salt)


def add_consents(
    connection: Connection, new: Sequence[NewConsent], at: datetime, salt: Callable[[], str] = _salt
) -> None:
    """Add records to the end of the chain, in their order."""
    queue_up(connection, "consents")
    last = select(consents.c.number, consents.c.seal).order_by(consents.c.number.desc()).limit(1)
    count, previous = connection.execute(last).first() or (0, GENESIS)
    rows = []
    for number, one in enumerate(new, count + 1):
        committed = commit(one.facts, salt)
        sealed = seal(previous, at, one.purpose, one.act, committed)
        rows.append(
            {"number": number, "subscriber": one.subscriber, "at": at, "purpose": one.purpose, "act": one.act}
            | {"facts": committed, "previous": previous, "seal": sealed}
        )
        previous = sealed
    if rows:
        connection.execute(insert(consents), rows)


def consents_of(connection: Connection, subscriber: int) -> tuple[Record, ...]:
    """Return a subscriber's records, oldest first."""
    return tuple(_records(connection, consents.c.subscriber == subscriber))


def check_consents(connection: Connection) -> Checked:
    """Check the whole chain."""
    return check(_records(connection))


def erase_facts(connection: Connection, subscriber: int) -> None:
    """Erase all facts of a subscriber's records, and that the records are theirs."""
    for record in consents_of(connection, subscriber):
        _change(connection, record.number, subscriber=None, facts=erased(record.facts, record.facts))


def erase_old_facts(connection: Connection, names: Iterable[str], since: datetime, until: datetime) -> int:
    """Erase the named facts (such as network addresses) of records made in ``[since, until)``; count them."""
    gone = frozenset(names)
    count = 0
    for record in tuple(_records(connection, (consents.c.at >= since) & (consents.c.at < until))):
        if any(record.facts[name].value is not None for name in gone & record.facts.keys()):
            _change(connection, record.number, facts=erased(record.facts, gone))
            count += 1
    return count


def _change(connection: Connection, number: int, **values: object) -> None:
    connection.execute(update(consents).where(consents.c.number == number).values(**values))


def _records(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Record]:
    query = select(*consents.c).where(*which).order_by(consents.c.number)
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield _record(row)


def _record(row: Row[Any]) -> Record:
    values = dict(row._mapping)
    del values["subscriber"]
    return Record(**{**values, "purpose": Purpose(values["purpose"]), "act": Act(values["act"])})
