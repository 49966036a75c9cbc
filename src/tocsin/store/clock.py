"""What time it is: by this machine's clock, or by the database's where several machines share one.

Machines whose clocks are half a minute apart would take each other's senders for dead, and people would get an alert
twice; a lease taken on one would be over on the other. All that is compared is therefore told by one clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DisconnectionError

if TYPE_CHECKING:
    import psycopg

Clock = Callable[[], datetime]

_ASK_EVERY_S = 5.0
"""Seconds until the database is asked again; between two answers this machine counts the seconds by itself."""
_NEAR_ENOUGH_S = 0.01
"""Seconds beyond the answer's own doubt (half of its way there and back) that are no reason to correct the clock."""

_COUNTER = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Seconds that nobody sets, and that count on while the machine sleeps."""


def wall_clock() -> datetime:
    """Return the present instant by this machine's clock."""
    return datetime.now(UTC)


class DatabaseClock:
    """The present instant by the clock of a PostgreSQL server; by this machine's until the server was first asked."""

    def __init__(self) -> None:
        self._asked_s = 0.0
        self._known: tuple[float, datetime] | None = None

    def __call__(self) -> datetime:
        """Return the present instant."""
        if self._known is None:
            return wall_clock()
        counted_s, then = self._known
        return then + timedelta(seconds=time.clock_gettime(_COUNTER) - counted_s)

    def ask(self, connection: psycopg.Connection[Any], *_: object) -> None:
        """Ask the server, unless it was asked a moment ago: called with each connection that is about to be used."""
        before_s = time.clock_gettime(_COUNTER)
        if self._known is not None and before_s - self._asked_s < _ASK_EVERY_S:
            return
        try:
            microseconds = _told_by(connection)
        except connection.OperationalError as error:  # it broke just now: the pool takes another
            raise DisconnectionError(str(error)) from error
        after_s = time.clock_gettime(_COUNTER)
        doubt_s = (after_s - before_s) / 2
        self._asked_s = after_s
        told = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds, seconds=doubt_s)
        if self._known is None or abs((self() - told).total_seconds()) > doubt_s + _NEAR_ENOUGH_S:
            self._known = after_s, told


def _told_by(connection: psycopg.Connection[Any]) -> int:
    """Return the microseconds since 1970, and leave no transaction behind."""
    connection.autocommit = True
    try:
        asked = connection.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return int(next(asked)[0])
    finally:
        connection.autocommit = False
