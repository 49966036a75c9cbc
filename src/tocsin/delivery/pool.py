"""The connections to a relay: opened as there is work for them, kept from chunk to chunk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tocsin.delivery.smtp import Session
from tocsin.delivery.transport import Relay, RelayUnavailable, connect
from tocsin.delivery.wire import Answer, Letter


class Pool:
    """At most ``most`` sessions with one relay."""

    def __init__(self, relay: Relay, most: int, answered: Callable[[Letter, Answer], None]) -> None:
        self._relay = relay
        self._most = most
        self._answered = answered
        self._sessions: list[Session] = []
        self._freed = asyncio.Event()

    async def ready(self, group: int) -> Session:
        """Return a session with room for ``group`` letters, or as many as any has; wait until there is one.

        Raises ``RelayUnavailable`` when there is no connection and none can be made. A relay that takes some
        connections and refuses more gets no more.
        """
        while True:
            self._sessions = [session for session in self._sessions if session.open]
            best = max(self._sessions, key=lambda session: session.room, default=None)
            if best is not None and best.room >= min(group, best.window):
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
            if best is not None and best.room > 0:
                return best
            self._freed.clear()
            await self._freed.wait()

    def close(self) -> None:
        """Take leave of the relay."""
        for session in self._sessions:
            session.quit()

    def _take(self, session: Session, letter: Letter, answer: Answer) -> None:
        self._answered(letter, answer)
        self._freed.set()
