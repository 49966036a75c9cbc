"""The schema that the code speaks of is the one that the migrations build, on both engines."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade
from tocsin.store.schema import metadata


def test_the_schema_equals_its_migrations(store: Store) -> None:
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    upgrade(store)
    upgrade(store)
