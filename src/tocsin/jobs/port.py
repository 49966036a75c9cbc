"""The port: what the rest of Tocsin asks of a job engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from tocsin.errors import Permanent
from tocsin.store.jobs import Aside


@dataclass(frozen=True, slots=True)
class Job:
    """One job in hand. ``payload`` is text that its handler understands; ``attempt`` starts at 1."""

    name: str
    payload: str
    attempt: int


DEADLY_AFTER = 5
"""Workers that died, one after the other, with a job in hand before it is put aside: it may be what kills them."""


KEEP_ASIDE, KEEP_LOG = timedelta(days=30), timedelta(days=7)


class Deadly(Permanent):
    """Workers died with this job in hand."""


Handler = Callable[[Job], None]
"""Does a job, in a thread of its own. Raising ``Temporary`` asks for another try later; ``Permanent`` gives up."""


class Jobs(Protocol):
    """A queue that survives crashes: every job is done at least once."""

    def install(self) -> None:
        """Make what the engine needs in the database, if it is not there; safe to call again."""
        ...

    def enqueue(
        self,
        connection: Connection,
        name: str,
        payload: str,
        *,
        key: str | None = None,
        priority: int = 0,
        run_at: datetime | None = None,
    ) -> None:
        """Queue a job inside the caller's transaction: rolled back with it, visible with it.

        Of jobs with the same name and ``key`` at most one waits. A higher ``priority`` goes first.
        """
        ...

    def aside(self, connection: Connection, most: int) -> tuple[Aside, ...]:
        """Return the jobs that were put aside, the newest first."""
        ...

    def try_again(self, connection: Connection, number: int) -> bool:
        """Queue a job that was put aside anew, in the caller's transaction; False when it is none (any more)."""
        ...

    def forget(self, connection: Connection, now: datetime) -> None:
        """Forget what was put aside before ``KEEP_ASIDE``, and what the engine noted of jobs before ``KEEP_LOG``."""
        ...

    async def work(
        self,
        handlers: Mapping[str, Handler],
        stop: asyncio.Event,
        *,
        at_once: int = 2,
        deadly_after: int | None = DEADLY_AFTER,
    ) -> None:
        """Do jobs, at most ``at_once`` at a time, until ``stop`` is set; then finish what is in hand.

        A job whose worker died is taken over; after ``deadly_after`` deaths in a row it is put aside, or never.
        """
        ...
