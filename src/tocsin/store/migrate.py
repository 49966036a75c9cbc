"""Bringing a database to the newest schema, from any released one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import column, inspect, select, table

from tocsin.store.engine import Store

_RELEASED = Path(__file__).parent / "migrations" / "versions"
_STAMP = table("alembic_version", column("version_num"))


def upgrade(store: Store) -> None:
    """Run the migrations that this database has not seen; one that has seen them all is read once, and not locked.

    Raises ``NewerDatabase`` when it has seen one that this program does not know.
    """
    if _seen(store) == [newest()]:
        return
    from tocsin.store.migrations.running import run_migrations

    run_migrations(store)


def newest() -> str:
    """Return the newest schema that this program knows: migrations are numbered, one follows the other."""
    return max(file.stem.partition("_")[0] for file in _RELEASED.glob("0*.py"))


def _seen(store: Store) -> list[str]:
    """Return what the database says of its schema; nothing where it has none yet."""
    with store.read() as connection:
        if not inspect(connection).has_table(_STAMP.name):
            return []
        return list(connection.scalars(select(_STAMP.c.version_num)))
