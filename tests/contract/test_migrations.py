"""A database of any released schema comes up to the newest with all that was in it, on both engines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Integer, MetaData, insert, inspect, select, text

from tests import store as store_tests
from tests.conftest import ENGINES
from tests.fakes.stories import alert
from tocsin.errors import Refused
from tocsin.model import VersionKind
from tocsin.store.alerts import add_version, public_versions, versions_of
from tocsin.store.consents import check_consents
from tocsin.store.engine import Store
from tocsin.store.migrate import newest, upgrade
from tocsin.store.migrations.running import configuration
from tocsin.store.schema import metadata
from tocsin.store.stories import articles_of

RELEASED = sorted((Path(store_tests.__file__).parent / "released").glob("0*.json"))

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give a database without any table."""
    if request.param == "sqlite":
        yield from _closing(Store(f"sqlite:///{tmp_path}/tocsin.sqlite3"))
    else:
        with request.getfixturevalue("postgres").empty() as url:
            yield from _closing(Store(url))


def _closing(store: Store) -> Iterator[Store]:
    yield store
    store.close()


def fill(connection: Connection, rows: Rows) -> None:
    """Put the rows into the tables as they are, and let PostgreSQL count on from there."""
    schema = MetaData()
    schema.reflect(connection)
    for table in schema.sorted_tables:
        if rows.get(table.name) and table.name != "alembic_version":
            connection.execute(insert(table), rows[table.name])
            if connection.dialect.name == "postgresql" and isinstance(
                getattr(table.c.get("id"), "type", None), Integer
            ):
                newest = f"(SELECT max(id) FROM {table.name})"
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {newest})"))


@pytest.mark.parametrize("released", RELEASED, ids=lambda file: file.stem)
def test_a_released_database_comes_up_with_all_that_was_in_it(empty: Store, released: Path) -> None:
    rows: Rows = json.loads(released.read_text(encoding="utf-8"))
    with empty.write() as connection:
        command.upgrade(configuration(connection), released.stem)
        fill(connection, rows)
    upgrade(empty)
    with empty.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        for name, before in rows.items():
            if name in metadata.tables:
                _holds(connection, name, before)


def _holds(connection: Connection, name: str, before: list[dict[str, Any]]) -> None:
    """Check that a table still has its rows, as far as its columns are still there."""
    schema = MetaData()
    schema.reflect(connection, only=[name])
    table = schema.tables[name]
    kept = [column for column in table.c if all(column.name in row for row in before)]
    now = [dict(row._mapping) for row in connection.execute(select(*kept))]
    assert all({column.name: row[column.name] for column in kept} in now for row in before), name


def test_what_was_told_and_consented_to_can_still_be_read(empty: Store) -> None:
    released = RELEASED[0]
    with empty.write() as connection:
        command.upgrade(configuration(connection), released.stem)
        fill(connection, json.loads(released.read_text(encoding="utf-8")))
    upgrade(empty)
    with empty.write() as connection:
        checked = check_consents(connection)
        told = public_versions(connection, 10)
        assert (checked.records, checked.broken) == (7, ())
        assert [version.kind for version in told].count(VersionKind.CORRECTION) == 1
        assert all(articles_of(connection, version.draft.story) for version in told)
        at = told[0].decided_at
        number = add_version(
            connection, alert(), published_at=at, seen_at=at, decided_at=at, stages={}, held_until=None, reason=""
        )
        assert number > max(version.id for version in told)
        assert versions_of(connection, told[0].alert)


def test_a_database_of_a_newer_program_is_refused_untouched(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match=r"its schema is 9999, this program knows up to \d{4}\. Run the newer Tocsin"):
        upgrade(store)
    with store.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def test_a_database_that_is_up_to_date_is_not_locked_to_find_it_so(store: Store) -> None:
    with store.write() as connection:
        released = ScriptDirectory.from_config(configuration(connection))
        assert newest() == released.get_current_head()
        upgrade(store)


def test_migrations_that_do_not_get_to_their_end_leave_nothing(empty: Store) -> None:
    with pytest.raises(OSError, match="the power went"), empty.write() as connection:
        command.upgrade(configuration(connection), "head")
        raise OSError("the power went")
    with empty.read() as connection:
        assert inspect(connection).get_table_names() == []
    upgrade(empty)
