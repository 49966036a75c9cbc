"""Leases: who alone may write stories now, proved by a fencing token that only grows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Connection, String, Table, select, update

from tocsin.errors import Refused
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Moment, metadata

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", Moment, nullable=False),
)


class Fenced(Refused):
    """Another process has taken over this work."""


CLOCKS_DIFFER = timedelta(minutes=1)
"""Clocks of machines that share a store may differ by this much; more is a clock that was set back."""


def take_lease(connection: Connection, name: str, holder: str, now: datetime, length: timedelta) -> int | None:
    """Take or renew a lease; return its fencing token, or None while somebody else holds it.

    Renewing keeps the token; taking over from another holder, whose time is up, raises it by one. A time further ahead
    than a lease is long was given by a clock that has been set back since: it is up.
    """
    row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
    if row is None:
        first = insert_new(connection, leases).values(name=name, holder=holder, token=1, until=now + length)
        return connection.execute(first.returning(leases.c.token)).scalar()  # None: another was first just now
    if row.holder != holder and now < row.until <= now + length + CLOCKS_DIFFER:
        return None
    token = row.token if row.holder == holder else row.token + 1
    connection.execute(
        update(leases).where(leases.c.name == name).values(holder=holder, token=token, until=now + length)
    )
    return int(token)


def hold_fast(connection: Connection, name: str, token: int) -> None:
    """Assert, inside the transaction that writes, that the lease is still ours; raise ``Fenced`` otherwise."""
    current = connection.execute(select(leases.c.token).where(leases.c.name == name).with_for_update()).scalar()
    if current != token:
        raise Fenced(f"{name}: token {token} is behind {current}")
