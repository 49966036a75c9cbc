"""Addresses that must not be sent alerts, as keyed hashes: nothing else of them need be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ColumnElement, Connection, String, Table, and_, delete, func, select

from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, Moment, metadata


class Suppressed(StrEnum):
    """Why an address is suppressed. The first two end when its reader confirms a new sign-up."""

    BOUNCED = "bounced"
    ERASED = "erased"
    COMPLAINED = "complained"
    BLOCKED = "blocked"


BY_CONFIRMING = (Suppressed.BOUNCED, Suppressed.ERASED)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_key", String(64), primary_key=True),
    Column("reason", String(12), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    # Of a bounce: the version that met it, at which domain, and what was said. So that one incident can be undone.
    Column("version", Id),
    Column("domain", String(255)),
    Column("answer", String(500)),
)


@dataclass(frozen=True, slots=True)
class Met:
    """What a bounce met: the version, the recipient's domain, and what was said there."""

    version: int | None
    domain: str
    answer: str


@dataclass(frozen=True, slots=True)
class Incident:
    """The addresses that one version lost at one domain: how many, from when to when, and one of the answers."""

    version: int | None
    domain: str | None
    count: int
    first_at: datetime
    last_at: datetime
    answer: str | None


@dataclass(frozen=True, slots=True)
class Which:
    """Which bounces are meant: all that fit what is given."""

    version: int | None = None
    domain: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> ColumnElement[bool]:
        """Return it as a condition on suppressions; only bounces can be undone in one go."""
        given = [suppressions.c.reason == Suppressed.BOUNCED]
        if self.version is not None:
            given.append(suppressions.c.version == self.version)
        if self.domain is not None:
            given.append(suppressions.c.domain == self.domain.lower())
        if self.since is not None:
            given.append(suppressions.c.at >= self.since)
        if self.until is not None:
            given.append(suppressions.c.at < self.until)
        return and_(*given)


def suppress(
    connection: Connection, address_key: str, reason: Suppressed, at: datetime, met: Met | None = None
) -> None:
    """Suppress an address. A reason that only a person lifts takes the place of one that confirming lifts."""
    if reason not in BY_CONFIRMING:
        lift(connection, address_key, *BY_CONFIRMING)
    values = {"address_key": address_key, "reason": reason, "at": at}
    if met is not None:
        values |= {"version": met.version, "domain": met.domain.lower()[:255], "answer": met.answer[:500]}
    connection.execute(insert_new(connection, suppressions).values(values))


def incidents(connection: Connection, which: Which, most: int) -> tuple[Incident, ...]:
    """Return what bounces there were, the newest first."""
    of, at, last = suppressions.c, suppressions.c.at, func.max(suppressions.c.at).label("last_at")
    columns = (of.version, of.domain, func.count().label("count"), func.min(at).label("first_at"), last)
    query = select(*columns, func.min(of.answer).label("answer")).where(which.condition())
    rows = connection.execute(query.group_by(of.version, of.domain).order_by(last.desc(), of.domain).limit(most))
    return tuple(Incident(**row._mapping) for row in rows)


def lift_bounces(connection: Connection, which: Which) -> tuple[str, ...]:
    """Lift the suppressions of an incident, and return whose (their address keys)."""
    gone = delete(suppressions).where(which.condition()).returning(suppressions.c.address_key)
    return tuple(connection.execute(gone).scalars())


def suppression_of(connection: Connection, address_key: str) -> Suppressed | None:
    """Return why an address is suppressed, or None."""
    query = select(suppressions.c.reason).where(suppressions.c.address_key == address_key)
    reason = connection.execute(query).scalar()
    return None if reason is None else Suppressed(reason)


def suppressed_among(connection: Connection, address_keys: Sequence[str]) -> frozenset[str]:
    """Return which of some addresses (their keys) are suppressed."""
    query = select(suppressions.c.address_key).where(suppressions.c.address_key.in_(address_keys))
    return frozenset(connection.execute(query).scalars())


def lift(connection: Connection, address_key: str, *reasons: Suppressed) -> bool:
    """Lift a suppression that has one of ``reasons``, and tell whether there was one."""
    which = (suppressions.c.address_key == address_key) & suppressions.c.reason.in_(reasons)
    return connection.execute(delete(suppressions).where(which)).rowcount == 1
