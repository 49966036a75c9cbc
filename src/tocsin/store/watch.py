"""Noticing within milliseconds that another process has committed something."""

from __future__ import annotations

import asyncio
import select
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

from tocsin.store.bells import ANY_COMMIT, Bell
from tocsin.store.engine import Store

log = structlog.get_logger()

ALERT_S, CALM_S = 0.01, 0.05
"""Seconds between two looks while something happens, and when nothing does."""
_LOST_S = 0.5
"""Seconds after which a database that went away is looked for again."""
_CALM_AFTER = 20
"""Looks in a row that saw no change. A service that waits for news all night must cost its machine next to nothing."""


class Watch:
    """Tells whether the database has changed since the last look, and waits until it does.

    A look is ``PRAGMA data_version`` on SQLite (a read of shared memory), on PostgreSQL the snapshot of running
    transactions, which changes when one that writes ends. Waiting needs no looks on SQLite: a bell rings with each
    commit of ours; only where none can be hung, and on PostgreSQL, it is looked again and again. While the database is
    away nothing changes; when it is back, that is a change. What is wrong with it is told by whoever reads or writes.
    Use one ``Watch`` from one thread; ``wake`` may be called from any. One that waits for some things, such as jobs
    of one name, may be told of others too.
    """

    def __init__(self, store: Store, waits_for: Collection[str] = (ANY_COMMIT,)) -> None:
        self._store = store
        self._waits_for = waits_for
        self._connection: Connection | None = None
        self._file: DBAPICursor | None = None
        self._last: object = None
        self._same = 0
        self._look_at = 0.0
        self._bell: Bell | None = None
        self._woken = threading.Event()
        self._rang_at = 0.0

    def changed(self) -> bool:
        """Return True once after each change; the first look is a change."""
        if time.monotonic() < self._look_at:
            return False
        try:
            seen = self._look()
        except (DBAPIError, sqlite3.Error):
            self._hang_up()
            self._last, self._look_at = None, time.monotonic() + _LOST_S
            return False
        changed, self._last = seen != self._last, seen
        self._same = 0 if changed else self._same + 1
        return changed

    @property
    def pause_s(self) -> float:
        """Seconds until the next look: longer when nothing has happened for a while, until something does."""
        return ALERT_S if self._same < _CALM_AFTER else CALM_S

    def listen(self) -> None:
        """Begin to hear of commits: of those from now on. ``wait`` and ``telling`` do so by themselves."""
        if self._bell is None and self._store.bells is not None:
            try:
                self._bell = Bell(self._store.bells, self._waits_for)
            except OSError as error:
                log.warning("bells.none", folder=str(self._store.bells), error=str(error), then="looking by turns")

    def wait(self, timeout_s: float) -> None:
        """Wait, at most so long, for a change or to be woken; the changes of ten milliseconds are one."""
        self.listen()
        if self._bell is not None and not self._woken.is_set():
            if select.select([self._bell], [], [], timeout_s)[0]:
                self._woken.wait(self._gap_s())
                self._rang_at = time.monotonic()
                self._bell.hush()
            return
        ends = time.monotonic() + timeout_s
        while not self._woken.wait(min(self.pause_s, max(ends - time.monotonic(), 0))):
            if self.changed() or time.monotonic() >= ends:
                return

    def wake(self) -> None:
        """End a wait, and all that follow."""
        self._woken.set()
        if self._bell is not None:
            self._bell.ring()

    @contextmanager
    def telling(self, tell: Callable[[], None]) -> Iterator[None]:
        """Call ``tell`` on the running event loop after each change for as long as the block lasts."""
        self.listen()
        with self._by_bell(self._bell, tell) if self._bell is not None else self._by_looking(tell):
            yield

    @contextmanager
    def _by_bell(self, bell: Bell, tell: Callable[[], None]) -> Iterator[None]:
        loop, due = asyncio.get_running_loop(), list[asyncio.TimerHandle]()

        def rung() -> None:
            loop.remove_reader(bell)
            due[:] = [loop.call_later(self._gap_s(), hear)]

        def hear() -> None:
            self._rang_at = time.monotonic()
            bell.hush()
            loop.add_reader(bell, rung)
            tell()

        loop.add_reader(bell, rung)
        try:
            yield
        finally:
            loop.remove_reader(bell)
            for timer in due:
                timer.cancel()

    @contextmanager
    def _by_looking(self, tell: Callable[[], None]) -> Iterator[None]:
        loop, ended = asyncio.get_running_loop(), threading.Event()

        def look() -> None:
            while not ended.wait(self.pause_s):
                if self.changed():
                    loop.call_soon_threadsafe(tell)

        looking = threading.Thread(target=look, name="watch", daemon=True)
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join()

    def _gap_s(self) -> float:
        """Return for how long not to listen: whoever commits without pause must not be answered as often."""
        return max(self._rang_at + ALERT_S - time.monotonic(), 0.0)

    def _look(self) -> object:
        if self._connection is None:
            self._connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # By the driver's own cursor: the way through SQLAlchemy costs several times as much.
            self._file = self._connection.connection.cursor() if self._store.embedded else None
        if self._file is not None:
            self._file.execute("PRAGMA data_version")
            return self._file.fetchone()
        return self._connection.exec_driver_sql("SELECT CAST(pg_current_snapshot() AS text)").scalar()

    def close(self) -> None:
        """Give the connection and the bell back; the next look or wait takes others."""
        self._hang_up()
        if self._bell is not None:
            self._bell.close()
        self._bell = None

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None
