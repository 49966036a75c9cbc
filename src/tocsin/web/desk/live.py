"""One board for all who look: it is read and rendered once per change, and each open desk is sent what changed.

``GET /desk/events`` is a stream of server-sent events. An event's id names a snapshot; a browser that comes back says
the last one it has (``Last-Event-ID``), and gets the rows that changed since, or all when it was too long ago.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import AsyncIterator
from time import monotonic

import structlog
from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.responses import StreamingResponse

from tocsin.desk.leaving import left_out
from tocsin.desk.people import IDLE, LONGEST
from tocsin.errors import TocsinError
from tocsin.store.people import Role, sessions_used
from tocsin.store.watch import Watch
from tocsin.web.desk.gathering import Gatherer
from tocsin.web.desk.rows import Row
from tocsin.web.desk.seats import Guarded, guard
from tocsin.web.desk.snapshot import Snapshot, advanced, changes
from tocsin.web.desk.views import head_of, lag
from tocsin.web.forms import number_in
from tocsin.web.rendering import fragment
from tocsin.wiring import Parts

log = structlog.get_logger()

CALM_S = 0.25
"""After a change so long until the next look: a send in progress commits twenty times a second."""
LOOK_ANYWAY_S = 1.0
"""How late a commit is seen that rang no bell."""
DUE_S = 5.0
"""A look at least so often: a source falls silent and a shift begins without a commit."""
ALIVE_S = 15.0
"""A comment so often keeps proxies from closing a quiet connection."""


class LiveBoard:
    """The shared board of one process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._watch: Watch | None = None
        self._gatherer = Gatherer()
        self._looked_at = -DUE_S
        # Numbers of another process, or of this one before a restart, mean nothing here.
        self._era = secrets.token_hex(4)
        self._messages: dict[tuple[int, int | None], bytes] = {}
        self.now = Snapshot()

    def look(self) -> Snapshot:
        """Return the board as it is now, read again if anything was committed since the last look; from any thread."""
        with self._lock:
            self._watch = self._watch or Watch(self._parts.store)
            if self._watch.changed() or monotonic() - self._looked_at >= DUE_S:
                self._advance()
            return self.now

    def _advance(self) -> None:
        at = self._parts.clock()
        with self._parts.store.read() as connection:
            rows = self._gatherer.rows(connection, at)
            above = head_of(connection, at)
            sessions = sessions_used(connection, seen_since=at - IDLE, made_since=at - LONGEST)
        waiting = sum(row.waiting is not None for row in rows)
        head = fragment("desk_head", head=above, waiting=waiting, rows=len(rows))
        self.now, before = advanced(self.now, rows, head, sessions, _render), self.now
        if self.now.number != before.number:
            self._messages = {}
        self._looked_at = monotonic()

    def watch(self) -> Watch:
        """Return what tells when to look; who takes it closes it."""
        return Watch(self._parts.store)

    def mark(self, snapshot: Snapshot) -> str:
        """Return the name of a snapshot, as an event's id has it."""
        return f"{self._era}-{snapshot.number}"

    def number_of(self, mark: str) -> int | None:
        """Return the number of a snapshot by its name, None for a name that means nothing (any more)."""
        era, _, number = mark.partition("-")
        return number_in(number) if era == self._era else None

    def event(self, now: Snapshot, since: int | None) -> bytes:
        """Return the event that brings a desk up to ``now``, encoded once for all that know the same snapshot."""
        wanted = now.number, since
        if wanted not in self._messages:
            told = f"id: {self.mark(now)}\nevent: rows\ndata: {changes(now, since)}\n\n"
            self._messages[wanted] = told.encode()
        return self._messages[wanted]


def _render(row: Row) -> Markup:
    return fragment("desk_row", row=row, left_out=left_out([row.version]) if row.version else (), lag=lag)


class Followers:
    """Wakes the open desks of one process; one task looks for all of them, as long as there is any."""

    def __init__(self, board: LiveBoard) -> None:
        self._board = board
        self._changed = asyncio.Condition()
        self._count = 0
        self._looking: asyncio.Task[None] | None = None

    async def follow(self, session: str, since: int | None) -> AsyncIterator[bytes]:
        """Yield what brings a desk up to date, at once and whenever something changes, until its session ends."""
        self._count += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            now = await asyncio.to_thread(self._board.look)
            while session in now.sessions:
                yield b": alive\n\n" if now.number == since else self._board.event(now, since)
                since = now.number
                now = await self._next(session, since)
        finally:
            self._count -= 1

    async def _next(self, session: str, since: int) -> Snapshot:
        def news() -> bool:
            return self._board.now.number != since or session not in self._board.now.sessions

        async with self._changed:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait_for(news), ALIVE_S)
        if self._looking is not None and self._looking.done():
            self._looking.result()  # nobody looks any more: a desk that hears nothing must not be told that all is well
        return self._board.now

    async def _look(self) -> None:
        woken, watch = asyncio.Event(), self._board.watch()
        try:
            with watch.telling(woken.set):
                while self._count:
                    woken.clear()
                    await asyncio.sleep(CALM_S if await self._look_once() else 0)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(woken.wait(), LOOK_ANYWAY_S)
        finally:
            watch.close()

    async def _look_once(self) -> bool:
        """Look, and wake the open desks if there is news; tell whether the next look has time."""
        before = self._board.now
        try:
            now = await asyncio.to_thread(self._board.look)
        except TocsinError as error:  # the store is busy or full; desks say by themselves that they are old
            log.warning("desk.look.failed", error=str(error))
            return True
        changed = now.number != before.number
        if changed or now.sessions != before.sessions:
            async with self._changed:
                self._changed.notify_all()
        return changed


def live(parts: Parts, board: LiveBoard) -> APIRouter:
    """Return the route."""
    routes, followers = APIRouter(include_in_schema=False), Followers(board)
    viewer = Depends(guard(parts, Role.VIEWER))

    @routes.get("/desk/events")
    async def events(request: Request, since: str = "", who: Guarded = viewer) -> StreamingResponse:
        known = board.number_of(request.headers.get("last-event-id") or since)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        stream = followers.follow(who.seat.session, known)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    return routes
