"""Noticing within milliseconds that another process has committed something."""

from __future__ import annotations

from tocsin.store.engine import Store

ALERT_S, CALM_S = 0.01, 0.05
"""Seconds between two looks while something happens, and when nothing does."""
_CALM_AFTER = 20
"""Looks in a row that saw no change. A service that waits for news all night must cost its machine next to nothing."""


class Watch:
    """Tells whether the database has changed since the last look, and when the next look is worth its cost.

    On SQLite it is ``PRAGMA data_version`` (a read of shared memory); on PostgreSQL the snapshot of running
    transactions, which changes when one that writes ends. Use one ``Watch`` from one thread.
    """

    def __init__(self, store: Store) -> None:
        self._connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # By the driver's own cursor, twenty times a second: the way through SQLAlchemy costs several times the look.
        self._file = self._connection.connection.cursor() if store.embedded else None
        self._last: object = None
        self._same = 0

    def changed(self) -> bool:
        """Return True once after each change; the first look is a change."""
        seen = self._look()
        changed, self._last = seen != self._last, seen
        self._same = 0 if changed else self._same + 1
        return changed

    @property
    def pause_s(self) -> float:
        """Seconds until the next look: longer when nothing has happened for a while, until something does."""
        return ALERT_S if self._same < _CALM_AFTER else CALM_S

    def _look(self) -> object:
        if self._file is not None:
            self._file.execute("PRAGMA data_version")
            return self._file.fetchone()
        return self._connection.exec_driver_sql("SELECT CAST(pg_current_snapshot() AS text)").scalar()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
