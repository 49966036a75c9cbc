"""The connections to a relay: opened as there is work for them, kept from chunk to chunk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tocsin.delivery.smtp import Session
from tocsin.delivery.transport import Relay, RelayUnavailable, connect
from tocsin.delivery.wire import Answer, Letter

GATHER_S = 0.02
"""How long a busy relay may take to make room for many letters at once: a turn for each letter costs as much again."""


class Pool:
    """At most ``most`` sessions with one relay."""

    def __init__(self, relay: Relay, most: int, answered: Callable[[Letter, Answer], None]) -> None:
        self._relay = relay
        self._most = most
        self._answered = answered
        self._sessions: list[Session] = []
        self._freed = asyncio.Event()

    async def ready(self, group: int) -> Session:
        """Return a session with room for ``group`` letters or half its window; after a moment, for as many as any has.

        Raises ``RelayUnavailable`` when there is no connection and none can be made. A relay that takes some
        connections and refuses more gets no more.
        """
        least = group
        while True:
            self._sessions = [session for session in self._sessions if session.open]
            best = max(self._sessions, key=lambda session: session.room, default=None)
            if best is not None and best.room >= min(least, best.window // 2):
                return best
            if len(self._sessions) < self._most:
                try:
                    session = await connect(self._relay, self._take)
                except RelayUnavailable:
                    if best is None:
                        raise
                    self._most = len(self._sessions)
                else:
                    self._sessions.append(session)
                continue
            await self._gather()
            least = 1

    async def _gather(self) -> None:
        """Wait until a session has half its window free, or for a moment."""
        self._freed.clear()
        enough = asyncio.get_running_loop().call_later(GATHER_S, self._freed.set)
        await self._freed.wait()
        enough.cancel()

    def close(self) -> None:
        """Take leave of the relay."""
        for session in self._sessions:
            session.quit()

    def _take(self, session: Session, letter: Letter, answer: Answer) -> None:
        self._answered(letter, answer)
        if not session.open or session.room >= session.window // 2:
            self._freed.set()
