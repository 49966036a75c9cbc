"""The database behind one URL: SQLite (WAL, synchronous=FULL) or PostgreSQL, with the same values on both."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.errors import Permanent, Temporary, WrongUse
from tocsin.store.bells import ANY_COMMIT, ring_all
from tocsin.store.clock import Clock, DatabaseClock, wall_clock

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""A number that identifies a row: SQLite counts up only what it calls INTEGER."""

T = TypeVar("T")

_NOTICE_LOSS = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""What libpq is told, unless the URL says otherwise: a server that lost its power says no goodbye, and by the system's
own times a query waits for it a quarter of an hour, an idle connection two hours. Seconds; the last in milliseconds."""

BRIEFLY_S = 1.0
"""Patience for what is tried again anyway, by one who must leave soon when told to end."""
_LOOK_AGAIN_MS = 3
"""How long SQLite waits by itself for another writer before it is asked anew."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class StoreBusy(Temporary):
    """The database is locked, refused the connection or ended it."""


class StoreFull(Temporary):
    """The disk under the database is full or can't be written."""


class StoreBroken(Permanent):
    """The database is damaged, or the file is none."""


class Moment(TypeDecorator[datetime]):
    """An instant, kept as whole microseconds since 1970 in UTC: exact, sortable and equal on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive datetimes: a wall clock without a zone is not an instant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


@lru_cache
def _decoder(kind: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


class Packed(TypeDecorator[T]):
    """A typed value of ``model.py`` (or a plain list or mapping) as JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:
        """Encode the value."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> T | None:
        """Decode and check against the type."""
        return None if value is None else cast(T, _decoder(self.kind).decode(value))


class Store:
    """An open database. ``read()`` and ``write()`` give a connection inside one transaction.

    On SQLite a writing transaction takes the write lock at its beginning, so that it never fails half-way for want of
    it; a reading one sees one snapshot and never waits.
    """

    def __init__(self, url: str, *, patience: float = 10.0) -> None:
        """Open ``url``; ``patience`` is how many seconds to wait for another writer."""
        self.url = url
        self.engine = _open(url, patience)
        self.bells = Path(f"{url.removeprefix('sqlite:///')}-bells") if self.embedded else None
        """Where a commit to the one-file database is heard at once."""
        self.clock: Clock = wall_clock if self.embedded else _clock_of(self.engine)
        """Tells the time to all who share this database."""

    @property
    def embedded(self) -> bool:
        """Tell whether this is the one-file database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads."""
        with _translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, patience: float | None = None, quietly: bool = False) -> Iterator[Connection]:
        """Give a connection in a transaction that commits when the block ends well, and leaves no trace otherwise.

        With ``patience`` the one-file database waits so many seconds for another writer, not as long as usual. Written
        ``quietly`` is what nobody waits for, such as a sign of life.
        """
        reasons = {ANY_COMMIT}
        with _translated(), self.engine.connect() as connection:
            connection.execution_options(tocsin_writes=True, tocsin_patience=patience, tocsin_reasons=reasons)
            with connection.begin():
                yield connection
        if self.bells is not None and not quietly:
            ring_all(self.bells, reasons)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def ring_for(connection: Connection, reason: str) -> None:
    """Let the commit of this transaction ring those who wait for ``reason`` as well."""
    connection.get_execution_options()["tocsin_reasons"].add(reason)


def _open(url: str, patience: float) -> Engine:
    # Parameters hold addresses: an error that is logged must not tell them.
    if url.startswith("sqlite:///"):
        return _open_sqlite(url, patience)
    if url.startswith(("postgresql://", "postgres://")):
        # Compiling a query takes longer than running any of ours.
        driver = make_url("postgresql+psycopg://" + url.split("://", 1)[1])
        driver = driver.set(query={**_NOTICE_LOSS, **driver.query})
        options = {"options": "-c jit=off"}
        return create_engine(driver, pool_pre_ping=True, hide_parameters=True, connect_args=options)
    raise WrongUse(f"database must be sqlite:///FILE or postgresql://…, not {url.split(':', 1)[0]}:…")


def _clock_of(engine: Engine) -> DatabaseClock:
    clock = DatabaseClock()
    event.listen(engine, "checkout", clock.ask)
    return clock


def _open_sqlite(url: str, patience: float) -> Engine:
    file = Path(url.removeprefix("sqlite:///"))
    _check_place(file)
    if not file.exists():  # it will hold readers' addresses; its WAL is made with the same mode
        file.touch(mode=0o600)
    # isolation_level=None: SQLAlchemy's "begin" event opens the transaction, not the driver.
    connect = {"timeout": patience, "isolation_level": None}
    engine = create_engine(url, hide_parameters=True, connect_args=connect)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, patience))
    return engine


def _check_place(file: Path) -> None:
    """Make the folder of a database; say by its name what is in the way, for SQLite names no file."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise WrongUse(
            f"{error.filename} is no folder, so no database can lie in {file.parent}; correct folder"
        ) from error
    if file.is_dir():
        raise WrongUse(f"{file} is a folder; database names a file, such as sqlite:///{file}/tocsin.sqlite3")
    for place in (file, file.parent):
        if place.exists() and not os.access(place, os.W_OK):
            raise StoreFull(f"{place} is not open to us; chown or chmod it for who runs this")


def code_of(error: DBAPIError) -> str:
    """Return SQLite's name, or PostgreSQL's state, of what an engine says; empty where it gives none."""
    return str(getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "")


def _prepare_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection, patience: float) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":  # a transaction would show one snapshot for ever
        return
    if options.get("tocsin_writes", False):
        _begin_writing(connection, options.get("tocsin_patience") or patience)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection, patience: float) -> None:
    """Begin to write as soon as nobody else does, within ``patience`` seconds.

    SQLite itself looks again after longer and longer, a tenth of a second at last, and whoever writes without pause has
    every gap: beside six such threads a sender waited 1.6 s in the middle and 7 s at worst. Looking every few
    milliseconds it waits 0.07 and 0.7 s.
    """
    file = cast(sqlite3.Connection, connection.connection.driver_connection)
    until = time.monotonic() + patience
    file.execute(f"PRAGMA busy_timeout={_LOOK_AGAIN_MS}")
    try:
        while time.monotonic() < until:
            try:
                file.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, by the way that gives the error its name
    finally:
        file.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        code = code_of(error)
        if code.startswith("SQLITE_BUSY"):
            raise StoreBusy(
                f"{_in_one_line(cause)}: another process is writing; try again when it has ended"
            ) from error
        if code.startswith(("SQLITE_LOCKED", "08", "40001", "40P01", "55P03", "57P0")):
            raise StoreBusy(_in_one_line(cause)) from error
        # A connection that broke, or could not be made, has no code of PostgreSQL's own.
        if error.connection_invalidated or (not code and isinstance(error, OperationalError)):
            raise StoreBusy(_in_one_line(cause)) from error
        if code.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "53100")):
            raise StoreFull(str(cause)) from error
        if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            raise StoreBroken(f"{cause}. Restore the last backup (docs/running.md)") from error
        raise


def _in_one_line(cause: BaseException | None) -> str:
    return " ".join(str(cause).split())
