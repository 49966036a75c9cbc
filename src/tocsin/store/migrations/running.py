"""Running migrations: Alembic's side of it, loaded only where there is something to migrate."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError

from tocsin.errors import Refused
from tocsin.store.engine import Store, code_of


class NewerDatabase(Refused):
    """A newer Tocsin has changed this database, and no schema is ever taken back; nothing was touched."""


class OtherDatabase(Refused):
    """The tables of this database are not those that Tocsin left there; nothing was touched."""


_OTHER_TABLES = ("SQLITE_ERROR", "42")
"""What engines say of a table that is there already, or is not there: SQLite's name, PostgreSQL's class of states."""


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def run_migrations(store: Store) -> None:
    """Run the migrations that this database has not seen, in one transaction.

    Several processes may start at once: on SQLite the write lock, on PostgreSQL an advisory lock makes them queue.
    Raises ``NewerDatabase`` when it has seen one that this program does not know.
    """
    with store.write() as connection:
        if not store.embedded:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7066001)")
        config = configuration(connection)
        _check_known(connection, ScriptDirectory.from_config(config))
        try:
            command.upgrade(config, "head")
        except (OperationalError, ProgrammingError) as error:
            if not code_of(error).startswith(_OTHER_TABLES):
                raise
            told = " ".join(str(error.orig).split())
            raise OtherDatabase(f"{told}. Correct database in tocsin.toml, or restore the last backup") from error


def _check_known(connection: Connection, released: ScriptDirectory) -> None:
    known = {script.revision for script in released.walk_revisions()}
    for seen in MigrationContext.configure(connection).get_current_heads():
        if seen not in known:
            raise NewerDatabase(
                f"its schema is {seen}, this program knows up to {released.get_current_head()}. Run the newer Tocsin, "
                "or restore the backup made before it was installed"
            )
