"""A private PostgreSQL for the tests: Debian's programs, a folder that its user can reach, a socket and no port."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.lacks import postgres_programs
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade

# A test's database dies with its test: nothing of it need survive a power cut.
_SAFE = ("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "listen_addresses=")
_FAST = (*_SAFE, "synchronous_commit=off")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; each database is a copy of one that was migrated once."""

    folder: Path
    control: Callable[..., None]
    """Calls ``pg_ctl`` with further words."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the URL of an empty database with the newest schema."""
        with self._database("TEMPLATE migrated STRATEGY file_copy") as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Give the URL of a database without tables."""
        with self._database("") as url:
            yield url

    @contextmanager
    def _database(self, how: str) -> Iterator[str]:
        name = f"fresh{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} {how}")
        try:
            yield self.url(name)
        finally:
            self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def prepare(self) -> None:
        """Make the database that the others are copies of."""
        self._say("CREATE DATABASE migrated")
        store = Store(self.url("migrated"))
        upgrade(store)
        store.close()

    def _say(self, command: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command.encode())


@contextmanager
def private_postgres(*, safe: bool = False) -> Iterator[Postgres]:
    """Run a server for as long as the block lasts; as user postgres where we are root, for it refuses root.

    A ``safe`` one keeps what it has committed when its processes are killed.
    """
    programs = postgres_programs()
    assert programs is not None, "tests that need PostgreSQL are marked so"
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-", dir="/tmp"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        cluster = folder / "data"
        initdb = f"{programs}/initdb -D {cluster} -U postgres -A trust -E UTF8 --no-locale -N".split()
        subprocess.run(initdb, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        chosen = (*(_SAFE if safe else _FAST), f"unix_socket_directories={folder}")
        options = " ".join(f"-c {option}" for option in chosen)
        command = f"{programs}/pg_ctl -D {cluster} -l {folder}/log -w -s".split()

        def control(*words: str) -> None:
            subprocess.run([*command, "-o", options, *words], user=user, cwd=folder, check=True)

        control("start")
        try:
            server = Postgres(folder, control)
            server.prepare()
            yield server
        finally:
            control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
