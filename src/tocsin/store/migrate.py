"""Bringing a database to the newest schema, from any released one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from tocsin.store.engine import Store

_FOLDER = Path(__file__).parent / "migrations"


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def upgrade(store: Store) -> None:
    """Run the migrations that this database has not seen, in one transaction.

    Several processes may start at once: on SQLite the write lock, on PostgreSQL an advisory lock makes them queue.
    """
    with store.write() as connection:
        if not store.embedded:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7066001)")
        command.upgrade(configuration(connection), "head")
