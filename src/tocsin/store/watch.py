"""Noticing within milliseconds that another process has committed something."""

from __future__ import annotations

import sqlite3
import time

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

from tocsin.store.engine import Store

ALERT_S, CALM_S = 0.01, 0.05
"""Seconds between two looks while something happens, and when nothing does."""
_LOST_S = 0.5
"""Seconds after which a database that went away is looked for again."""
_CALM_AFTER = 20
"""Looks in a row that saw no change. A service that waits for news all night must cost its machine next to nothing."""


class Watch:
    """Tells whether the database has changed since the last look, and when the next look is worth its cost.

    On SQLite it is ``PRAGMA data_version`` (a read of shared memory); on PostgreSQL the snapshot of running
    transactions, which changes when one that writes ends. Use one ``Watch`` from one thread. While the database is away
    nothing changes; when it is back, that is a change. What is wrong with it is told by whoever reads or writes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None
        self._file: DBAPICursor | None = None
        self._last: object = None
        self._same = 0
        self._look_at = 0.0

    def changed(self) -> bool:
        """Return True once after each change; the first look is a change."""
        if time.monotonic() < self._look_at:
            return False
        try:
            seen = self._look()
        except (DBAPIError, sqlite3.Error):
            self.close()
            self._last, self._look_at = None, time.monotonic() + _LOST_S
            return False
        changed, self._last = seen != self._last, seen
        self._same = 0 if changed else self._same + 1
        return changed

    @property
    def pause_s(self) -> float:
        """Seconds until the next look: longer when nothing has happened for a while, until something does."""
        return ALERT_S if self._same < _CALM_AFTER else CALM_S

    def _look(self) -> object:
        if self._connection is None:
            self._connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # By the driver's own cursor, twenty times a second: the way through SQLAlchemy costs several times as much.
            self._file = self._connection.connection.cursor() if self._store.embedded else None
        if self._file is not None:
            self._file.execute("PRAGMA data_version")
            return self._file.fetchone()
        return self._connection.exec_driver_sql("SELECT CAST(pg_current_snapshot() AS text)").scalar()

    def close(self) -> None:
        """Give the connection back; the next look takes another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None
