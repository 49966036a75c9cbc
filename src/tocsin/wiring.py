"""How the parts are put together: one function a command or a role begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.jobs.embedded import EmbeddedJobs
from tocsin.jobs.port import Jobs
from tocsin.settings import Settings
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What every role shares. ``clock`` is an argument so that the demo can live on the day of its articles."""

    settings: Settings
    store: Store
    jobs: Jobs
    secret: bytes
    clock: Clock


def assemble(settings: Settings, clock: Clock = wall_clock) -> Parts:
    """Open the store, bring its schema up to date and put the parts together."""
    store = Store(settings.database_url)
    upgrade(store)
    return Parts(settings, store, EmbeddedJobs(store, clock), settings.secret(), clock)
