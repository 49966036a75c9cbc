"""What the desk's pages show, gathered from the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from tocsin.alerts.approval import Need, people_needed
from tocsin.model import DeliveryState
from tocsin.store.alerts import Version, VersionState, versions_in, versions_of
from tocsin.store.approvals import agreed
from tocsin.store.audience import audience_of
from tocsin.store.deliveries import tally
from tocsin.store.duty import shifts_from
from tocsin.store.intake import Polling, polled_sources
from tocsin.web.desk.stories import STORIES_FOR, StoryNow, stories_now

SILENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held version: how many seconds are left, who must agree, and who did."""

    version: Version
    seconds_left: int | None
    need: Need
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """A version on its way, or there: deliveries by state, and the share that is settled."""

    version: Version
    tally: dict[DeliveryState, int]
    percent: int


@dataclass(frozen=True, slots=True)
class Board:
    """The whole desk at one moment."""

    waiting: tuple[Waiting, ...]
    expired: tuple[Version, ...]
    sending: tuple[Sending, ...]
    stories: tuple[StoryNow, ...]
    silent: tuple[Polling, ...]
    sources: int
    on_duty: tuple[str, ...]


def board_of(connection: Connection, now: datetime) -> Board:
    """Gather the desk: what waits (most urgent first), what is leaving, the stories of today, and silent sources."""
    held = sorted(versions_in(connection, VersionState.HELD), key=lambda version: version.held_until or now)
    sent = versions_in(connection, VersionState.SENDING, VersionState.SENT, VersionState.CANCELLED)[-8:]
    expired = versions_in(connection, VersionState.EXPIRED)
    sources = polled_sources(connection)
    return Board(
        waiting=tuple(waiting_of(connection, version, now) for version in held),
        expired=tuple(version for version in expired if version.done_at and now - version.done_at < STORIES_FOR),
        sending=tuple(sending_of(connection, version) for version in reversed(sent)),
        stories=stories_now(connection, now),
        silent=tuple(each for each in sources if is_silent(each, now)),
        sources=len(sources),
        on_duty=tuple(shift.person for shift in shifts_from(connection, now).values() if shift.covers(now)),
    )


def waiting_of(connection: Connection, version: Version, now: datetime) -> Waiting:
    """Return what a held version waits for."""
    left = None if version.held_until is None else max(0, int((version.held_until - now).total_seconds()))
    return Waiting(version, left, people_needed(version.draft), agreed(connection, version.id))


def sending_of(connection: Connection, version: Version) -> Sending:
    """Return how a send stands."""
    counts = tally(connection, version.id)
    total = sum(counts.values())
    still = sum(
        counts.get(state, 0) for state in (DeliveryState.PENDING, DeliveryState.IN_HAND, DeliveryState.DEFERRED)
    )
    return Sending(version, counts, 100 if not total else (total - still) * 100 // total)


def audience_size(connection: Connection, version: Version) -> int:
    """Count the readers whom a version would go to, at once or in their digest."""
    return int(connection.execute(select(func.count()).select_from(audience_of(version).subquery())).scalar_one())


def chain_of(connection: Connection, version: Version) -> tuple[Version, ...]:
    """Return the versions of the same alert, first to last."""
    return versions_of(connection, version.alert)


def is_silent(polling: Polling, now: datetime) -> bool:
    """Tell whether a source has not answered for so long that its silence says nothing."""
    return polling.worked_at is None or now - polling.worked_at > SILENT


def lag(span: timedelta) -> str:
    """Return a span as an editor says it: ``40 s``, ``3 min``, ``2 h``."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
