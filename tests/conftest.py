"""What every test may use, and what happens to tests whose needs this machine can't meet."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher

from tests.fakes.site import Site, running_site
from tests.lacks import NEEDS, data_folder, split
from tests.postgres import Postgres, private_postgres
from tocsin.desk import people
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
_NUMBERS = itertools.count(1)

LEFT_OUT = pytest.StashKey[dict[str, int]]()


@pytest.fixture(autouse=True)
def _logs_stay_as_they_are() -> Iterator[None]:
    """Fail the test that sets up logs in the tests' own process: loggers keep that, and later tests would see none."""
    yield
    kept = structlog.get_config()["cache_logger_on_first_use"]
    structlog.reset_defaults()
    assert not kept, "start what sets up logs in a process of its own"


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """Let a password take a millisecond: that they are slow on purpose is tested where a command keeps one."""
    slow, people._hasher = people._hasher, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    yield
    people._hasher = slow


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


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name an engine: the test runs once on each."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty, migrated database: the test runs once on each engine."""
    with _database(request, engine, tmp_path) as url:
        yield url


@contextmanager
def _database(request: pytest.FixtureRequest, engine: str, folder: Path) -> Iterator[str]:
    if engine == "postgres":
        with request.getfixturevalue("postgres").fresh() as url:
            yield url
    else:
        file = folder / "tocsin.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give a fresh store: the test runs once on each engine."""
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    """Give a fresh store of one engine, for what is asked of it is tested on both in ``tests/contract``."""
    shutil.copyfile(migrated_sqlite, tmp_path / "tocsin.sqlite3")
    store = Store(f"sqlite:///{tmp_path / 'tocsin.sqlite3'}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a running site that the tests of a file share: the test runs once on each engine."""
    folder = tmp_path_factory.mktemp("site")
    with _database(request, engine, folder) as url:
        store = Store(url)
        with running_site(store, folder) as site:
            yield site
        store.close()


@pytest.fixture
def address() -> str:
    """Give an address that no other test has."""
    return f"reader{next(_NUMBERS)}@example.com"


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
