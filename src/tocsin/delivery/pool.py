"""The connections to a relay: opened as there is work for them, kept from chunk to chunk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tocsin.delivery.smtp import WINDOW, Session
from tocsin.delivery.transport import Relay, RelayUnavailable, connect
from tocsin.delivery.wire import Answer, Letter

IN_FLIGHT = 64
"""Letters that are on their way to a relay at most, over all connections: what a sender's sudden end may repeat."""
TURN = 32
"""Room for so many letters, all connections together, is worth waiting for: what lies between signatures runs cold."""
GATHER_S = 0.04
"""How long a busy relay may take to make room for many letters at once: a turn for each letter costs as much again."""
BUSY_WITH = 6
"""Connections that a busy relay is worth at least: it waits for its disk with several letters at once."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Sessions that have room now: ``most`` letters are signed in a row for all, up to ``each`` for every one."""

    sessions: tuple[Session, ...]
    each: int
    most: int

    @property
    def room(self) -> int:
        """How many letters they take."""
        return min(self.most, sum([min(self.each, session.room) for session in self.sessions]))

    @property
    def open(self) -> bool:
        """Tell whether any connection is still there."""
        return any(session.open for session in self.sessions)

    def send(self, letters: Sequence[Letter]) -> None:
        """Give each session its part, and the last one whatever is left."""
        *others, last = self.sessions
        for session in others:
            part = min(self.each, session.room)
            session.send(letters[:part])
            letters = letters[part:]
        last.send(letters)


class Pool:
    """At most ``most`` sessions with one relay."""

    def __init__(self, relay: Relay, most: int, answered: Callable[[Letter, Answer], None]) -> None:
        self._relay = relay
        self._most = most
        self._answered = answered
        self._sessions: list[Session] = []
        self._opening: set[asyncio.Task[RelayUnavailable | None]] = set()
        self._freed = asyncio.Event()
        self._lacking = 0
        self._busy = False

    async def ready(self, waiting: int) -> Turn:
        """Return all sessions that have room, once that is room enough for a turn, or for all that are ``waiting``.

        After a moment any room is enough. Meanwhile another is opened beside: one that is slow to open holds up none
        that is there. Raises ``RelayUnavailable`` when there is no connection and none can be made. A relay that takes
        some connections and refuses more gets no more.
        """
        late = False
        while True:
            turn = self._turn(waiting)
            room, holds = turn.room, sum([session.window for session in self._sessions])
            lacking = min(TURN, waiting, holds // 2) - room
            if lacking > 0 or waiting > holds:
                self._open_another()
            if room and (lacking <= 0 or late):
                return turn
            if self._sessions:
                await self._gather(lacking)
                late = True
            else:
                await self._first_opened()

    def _turn(self, waiting: int) -> Turn:
        """Share what may be on its way between the sessions that are there; return those that have room."""
        self._sessions = [session for session in self._sessions if session.open]
        for session in self._sessions:
            session.window = min(WINDOW, IN_FLIGHT // len(self._sessions))
        most = IN_FLIGHT - sum([session.outstanding for session in self._sessions])
        each = max(1, waiting // self._worth_having())  # the last letters are spread over all
        return Turn(tuple([session for session in self._sessions if session.room]), each, most)

    def _worth_having(self) -> int:
        """For how many connections there is use: for as many as carry together all that may be on its way."""
        if not self._sessions:
            return self._most
        needed = IN_FLIGHT // self._sessions[0].breadth
        return min(self._most, max(needed, BUSY_WITH) if self._busy else needed)

    def _open_another(self) -> None:
        if len(self._sessions) + len(self._opening) < self._worth_having():
            self._opening.add(asyncio.create_task(self._open()))

    async def _open(self) -> RelayUnavailable | None:
        """Open a connection more; return what was in the way."""
        try:
            session = await connect(self._relay, self._take)
        except RelayUnavailable as error:
            if self._sessions:
                self._most = len(self._sessions) + len(self._opening) - 1
            return error
        finally:
            self._opening.discard(cast("asyncio.Task[Any]", asyncio.current_task()))
        self._sessions.append(session)
        self._freed.set()
        return None

    async def _first_opened(self) -> None:
        """Wait for the first of the connections on their way. Raises ``RelayUnavailable`` when it is not made."""
        # Waited for, not awaited: whoever gives up waiting must not end what others may use.
        done, _ = await asyncio.wait(self._opening, return_when=asyncio.FIRST_COMPLETED)
        errors = [error for opening in done if (error := opening.result()) is not None]
        if not any(session.open for session in self._sessions):
            where = f"{self._relay.host}:{self._relay.port}"
            raise errors[0] if errors else RelayUnavailable(f"{where}: closed as soon as it was open")

    async def _gather(self, lacking: int) -> None:
        """Wait for as many answers as are ``lacking``, for a moment at most; a relay that lets it pass is busy."""
        self._lacking = lacking
        self._freed.clear()
        loop = asyncio.get_running_loop()
        moment = loop.time() + GATHER_S
        enough = loop.call_at(moment, self._freed.set)
        await self._freed.wait()
        enough.cancel()
        self._busy = self._busy or loop.time() >= moment

    def close(self) -> None:
        """Take leave of the relay."""
        for opening in self._opening:
            opening.cancel()
        for session in self._sessions:
            session.quit()

    def _take(self, session: Session, letter: Letter, answer: Answer) -> None:
        self._answered(letter, answer)
        self._lacking -= 1
        if self._lacking <= 0 or not session.open:
            self._freed.set()
