"""The port: what the rest of Tocsin asks of a job engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Job:
    """One job in hand. ``payload`` is text that its handler understands; ``attempt`` starts at 1."""

    name: str
    payload: str
    attempt: int


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

    async def work(self, handlers: Mapping[str, Handler], stop: asyncio.Event, *, at_once: int = 2) -> None:
        """Do jobs, at most ``at_once`` at a time, until ``stop`` is set; then finish what is in hand."""
        ...
