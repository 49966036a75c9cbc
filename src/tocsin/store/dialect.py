"""The seam between the two engines: what SQL can't say alike on both."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Insert, Table, func, text
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table) -> Insert:
    """Return an INSERT that leaves out rows whose key is there already."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def prefer_first_rows(connection: Connection) -> None:
    """Let the queries of this transaction give their first rows soon rather than all of them soonest.

    SQLite always does. PostgreSQL would hash whole tables, and compile the query, before the first row of an audience.
    """
    if connection.dialect.name == "postgresql":
        for setting in ("enable_hashjoin", "enable_mergejoin", "enable_bitmapscan", "enable_seqscan", "jit"):
            connection.exec_driver_sql(f"SET LOCAL {setting} = off")
        connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")


def domain_of(connection: Connection, address: ColumnElement[str | None]) -> ColumnElement[str]:
    """Return the domain of an address in lower case."""
    if connection.dialect.name == "sqlite":
        return func.lower(func.substr(address, func.instr(address, "@") + 1))
    return func.lower(func.split_part(address, "@", 2))


def queue_up(connection: Connection, name: str) -> None:
    """Let only one transaction at a time pass with this name, until it ends.

    SQLite's writing transactions queue by themselves; PostgreSQL takes an advisory lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 7066))"), {"name": name})
