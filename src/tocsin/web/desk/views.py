"""What the desk's pages show, gathered from the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from tocsin.alerts.approval import people_needed
from tocsin.store.alerts import Version, expired_since, versions_numbered, versions_of
from tocsin.store.approvals import agreed
from tocsin.store.deliveries import tally
from tocsin.store.duty import shifts_from
from tocsin.store.intake import Polling, active_sources
from tocsin.store.watched import open_flags
from tocsin.web.desk.rows import Sending, Waiting, progress

NIGHT = timedelta(hours=12)
"""So long a hold that expired without a decision is told first: whoever comes in the morning sees the night."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the board: who is on duty, which sources are silent, of how many.

    ``expired`` are the holds of the last hours that nobody decided, ``flagged`` the alerts whose article has changed.
    """

    silent: tuple[Polling, ...]
    sources: int
    on_duty: tuple[str, ...]
    expired: tuple[Version, ...] = ()
    flagged: tuple[Version, ...] = ()


def head_of(connection: Connection, now: datetime) -> Head:
    """Return what stands above the board at ``now``."""
    sources = active_sources(connection)
    return Head(
        silent=tuple(each for each in sources if each.is_silent(now)),
        sources=len(sources),
        on_duty=tuple(shift.person for shift in shifts_from(connection, now).values() if shift.covers(now)),
        expired=expired_since(connection, now - NIGHT),
        flagged=versions_numbered(connection, sorted({flag.version for flag in open_flags(connection)})),
    )


def waiting_of(connection: Connection, version: Version) -> Waiting:
    """Return what a version waits for, or would while it is held."""
    return Waiting(people_needed(version.draft), agreed(connection, version.id))


def sending_of(connection: Connection, version: Version) -> Sending:
    """Return how a send stands."""
    return progress(tally(connection, version.id))


def chain_of(connection: Connection, version: Version) -> tuple[Version, ...]:
    """Return the versions of the same alert, first to last."""
    return versions_of(connection, version.alert)


def lag(span: timedelta) -> str:
    """Return a span as an editor says it: ``40 s``, ``3 min``, ``2 h``."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
