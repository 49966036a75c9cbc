"""Copying every table from the one-file database into an empty PostgreSQL, row by row as they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import Column, ColumnElement, Connection, Table, TypeDecorator, func, select, text, type_coerce

from tocsin.errors import Refused
from tocsin.store import schema
from tocsin.store.jobs import jobs

BATCH = 5_000
"""Rows between two reports."""

# Jobs are queued anew on the other engine, which keeps them its own way.
COPIED: tuple[Table, ...] = tuple(table for table in schema.metadata.sorted_tables if table is not jobs)


class NotCopied(Refused):
    """PostgreSQL did not take a row; nothing was changed on either side."""


def count_rows(connection: Connection, table: Table) -> int:
    """Return how many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def filled(connection: Connection) -> tuple[str, ...]:
    """Return the names of the tables that hold something."""
    return tuple(
        table.name for table in schema.metadata.sorted_tables if connection.execute(select(table).limit(1)).first()
    )


def copy_table(source: Connection, target: Connection, table: Table) -> Iterator[int]:
    """Copy one table; yield how many rows are copied so far. Raises ``NotCopied``."""
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    rows = source.execution_options(yield_per=BATCH).execute(select(*map(_as_kept, table.c)))
    copied = 0
    try:
        with _driver(target).cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as into:
            for batch in rows.partitions():
                for row in batch:
                    into.write_row(row)
                copied += len(batch)
                yield copied
    except psycopg.DataError as error:
        # Its context quotes the row, and rows hold addresses.
        raise NotCopied(f"table {table.name}: {error.diag.message_primary}; nothing was moved") from None
    _count_on(target, table)


def _as_kept(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column as the engine keeps it: there is no need to decode what is encoded again at once."""
    return type_coerce(column, column.type.impl) if isinstance(column.type, TypeDecorator) else column


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise Refused("rows are copied into PostgreSQL only")
    return driver


def _count_on(target: Connection, table: Table) -> None:
    """Let the next row that is added get a number behind those that were copied."""
    for column in table.primary_key.columns:
        sequence = target.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar()
        last = target.execute(select(func.max(column))).scalar() if sequence else None
        if last is not None:
            target.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
