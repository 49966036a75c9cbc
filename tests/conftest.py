"""What every test may use, and what happens to tests whose needs this machine can't meet."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lacks import NEEDS, data_folder, split
from tests.postgres import Postgres, private_postgres
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade

LEFT_OUT = pytest.StashKey[dict[str, int]]()


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of the data sets."""
    return data_folder()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a private PostgreSQL server; a test that asks for it carries the mark ``postgres``."""
    with private_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated, empty SQLite file to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    store = Store(f"sqlite:///{file}")
    upgrade(store)
    store.close()
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty, migrated database: the test runs once on each engine."""
    if request.param == "postgres":
        with request.getfixturevalue("postgres").fresh() as url:
            yield url
    else:
        file = tmp_path / "tocsin.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give a fresh store: the test runs once on each engine."""
    store = Store(database_url)
    yield store
    store.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    can, left = split(items)
    if left and os.environ.get("CI") == "true":
        raise pytest.UsageError("CI must run every test, but lacks " + ", ".join(NEEDS[name][0] for name in left))
    config.stash[LEFT_OUT] = {name: len(tests) for name, tests in left.items()}
    config.hook.pytest_deselected(items=[test for tests in left.values() for test in tests])
    items[:] = can


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, count in terminalreporter.config.stash.get(LEFT_OUT, {}).items():
        terminalreporter.write_line(f"left out: {count} tests, for this machine lacks {NEEDS[name][0]}", yellow=True)
