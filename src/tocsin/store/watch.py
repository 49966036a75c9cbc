"""Noticing within milliseconds that another process has committed something."""

from __future__ import annotations

from sqlalchemy import text

from tocsin.store.engine import Store


class Watch:
    """Tells whether the database has changed since the last look.

    On SQLite it is ``PRAGMA data_version`` (a read of shared memory, some microseconds); on PostgreSQL the snapshot of
    running transactions, which changes when one that writes ends. Use one ``Watch`` from one thread.
    """

    def __init__(self, store: Store) -> None:
        self._connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._query = text("PRAGMA data_version" if store.embedded else "SELECT CAST(pg_current_snapshot() AS text)")
        self._last: object = None

    def changed(self) -> bool:
        """Return True once after each change; the first look is a change."""
        seen = self._connection.execute(self._query).scalar()
        changed, self._last = seen != self._last, seen
        return changed

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
