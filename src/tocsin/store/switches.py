"""Switches that an operator turns while the service runs, such as shadow and live."""

from __future__ import annotations

from sqlalchemy import Column, Connection, String, Table, Text, delete, insert, select, update

from tocsin.store.engine import metadata

MODE = "mode"
SHADOW, LIVE = "shadow", "live"
"""In shadow, where every installation begins, verdicts run and nothing is sent by itself."""

switches = Table(
    "switches",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
)


def switch(connection: Connection, name: str, default: str) -> str:
    """Return a switch's position."""
    value = connection.execute(select(switches.c.value).where(switches.c.name == name)).scalar()
    return default if value is None else value


def turn(connection: Connection, name: str, value: str) -> None:
    """Turn a switch."""
    if not connection.execute(update(switches).where(switches.c.name == name).values(value=value)).rowcount:
        connection.execute(insert(switches).values(name=name, value=value))


def remove(connection: Connection, name: str) -> None:
    """Leave a switch as it is by itself."""
    connection.execute(delete(switches).where(switches.c.name == name))
