"""``GET /desk/events``: server-sent events that say when the desk has changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from tocsin.store.people import Role
from tocsin.store.watch import Watch
from tocsin.web.desk.seats import Guarded, guard
from tocsin.wiring import Parts

LOOK_S = 0.1
CALM_S = 0.5
"""Between two messages at least; a send in progress commits twenty times a second, and nobody reads so fast."""
ALIVE_S = 15.0
"""A comment so often keeps proxies from closing a quiet connection."""


class Changes:
    """Counts the commits of all processes, with one look at the store for however many desks are open."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._count = 0
        self._next = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None

    async def follow(self) -> AsyncIterator[int]:
        """Yield the count at once, and whenever it has changed."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        known = -1
        while True:
            async with self._next:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._next.wait_for(lambda: self._count != known), ALIVE_S)  # noqa: B023
            known = self._count
            yield known
            await asyncio.sleep(CALM_S)

    async def _look(self) -> None:
        watch = Watch(self._parts.store)
        try:
            while True:
                if watch.changed():
                    async with self._next:
                        self._count += 1
                        self._next.notify_all()
                await asyncio.sleep(LOOK_S)
        finally:
            watch.close()


def live(parts: Parts) -> APIRouter:
    """Return the route."""
    routes, changes = APIRouter(include_in_schema=False), Changes(parts)
    viewer = Depends(guard(parts, Role.VIEWER))

    @routes.get("/desk/events")
    async def events(who: Guarded = viewer) -> StreamingResponse:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_told(changes), media_type="text/event-stream", headers=headers)

    return routes


async def _told(changes: Changes) -> AsyncIterator[str]:
    # No event says more than "look again", and each connection begins with one: nothing is lost between two.
    async for count in changes.follow():
        yield f"id: {count}\nevent: changed\ndata: \n\n"
