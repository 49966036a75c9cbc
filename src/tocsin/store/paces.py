"""Limits that all senders on all machines share: when the next letter to a domain, or to anybody, may leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, bindparam, select, update

from tocsin.delivery.limits import AHEAD, FURTHEST, grant
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Moment, metadata

paces = Table(
    "paces",
    metadata,
    # A recipient's domain, or empty for all mail.
    Column("scope", String(255), primary_key=True),
    Column("next_at", Moment, nullable=False),
)


_CLOSED = select(paces.c.scope).where(
    paces.c.next_at > bindparam("soon", type_=Moment), paces.c.next_at <= bindparam("furthest", type_=Moment)
)


def reserve(connection: Connection, scope: str, rate: float, wanted: int, now: datetime) -> int:
    """Take up to ``wanted`` slots under a limit of ``rate`` a second; return how many letters may leave now."""
    connection.execute(insert_new(connection, paces).values(scope=scope, next_at=now))
    mine = paces.c.scope == scope
    next_at = connection.execute(select(paces.c.next_at).where(mine).with_for_update()).scalar_one()
    given = grant(next_at, now, rate, wanted)
    connection.execute(update(paces).where(mine).values(next_at=given.next_at))
    return given.count


def hold(connection: Connection, scope: str, until: datetime) -> None:
    """Let nothing leave to a domain (or to anybody) before ``until``."""
    connection.execute(insert_new(connection, paces).values(scope=scope, next_at=until))
    sooner = (paces.c.next_at < until) | (paces.c.next_at > until + FURTHEST)
    connection.execute(update(paces).where(paces.c.scope == scope, sooner).values(next_at=until))


def let_go(connection: Connection, scope: str, now: datetime) -> None:
    """Let mail leave to a domain from now on."""
    connection.execute(update(paces).where(paces.c.scope == scope, paces.c.next_at > now).values(next_at=now))


def closed(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Return the scopes to which nothing may leave now."""
    return tuple(connection.execute(_CLOSED, {"soon": now + AHEAD, "furthest": now + FURTHEST}).scalars())


def next_opening(connection: Connection, scopes: Sequence[str]) -> datetime | None:
    """Return when the first of some closed scopes opens; None for no scopes."""
    if not scopes:
        return None
    query = select(paces.c.next_at).where(paces.c.scope.in_(scopes)).order_by(paces.c.next_at).limit(1)
    return connection.execute(query).scalar()
