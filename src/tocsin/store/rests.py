"""Domains that are left alone for a while, and why; the limit itself is in ``paces``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, delete, insert, select

from tocsin.store.engine import Moment, metadata
from tocsin.store.paces import hold, let_go

rests = Table(
    "rests",
    metadata,
    Column("domain", String(255), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("reason", String(500), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Rest:
    """A domain to which nothing leaves before ``until``."""

    domain: str
    since: datetime
    until: datetime
    reason: str


def rest(connection: Connection, one: Rest) -> None:
    """Let nothing leave to a domain for a while. A shorter rest does not end a longer one."""
    hold(connection, one.domain, one.until)
    known = connection.execute(select(rests.c.until).where(rests.c.domain == one.domain)).scalar()
    if known is None or known < one.until:
        connection.execute(delete(rests).where(rests.c.domain == one.domain))
        values = {"domain": one.domain, "since": one.since, "until": one.until, "reason": one.reason[:500]}
        connection.execute(insert(rests).values(values))


def resting(connection: Connection, now: datetime) -> tuple[Rest, ...]:
    """Return the domains that rest now, the longest first."""
    query = select(*rests.c).where(rests.c.until > now).order_by(rests.c.since, rests.c.domain)
    return tuple(Rest(**row._mapping) for row in connection.execute(query))


def end_rest(connection: Connection, domain: str, now: datetime) -> bool:
    """Let mail leave to a domain again; False if it did not rest."""
    resting_now = (rests.c.domain == domain) & (rests.c.until > now)
    ended = connection.execute(delete(rests).where(resting_now)).rowcount == 1
    if ended:
        let_go(connection, domain, now)
    return ended
