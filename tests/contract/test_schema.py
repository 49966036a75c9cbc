"""The schema that the code speaks of is the one that the migrations build."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade
from tocsin.store.schema import metadata


def test_the_schema_equals_its_migrations(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    upgrade(store)
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    upgrade(store)
    upgrade(store)
