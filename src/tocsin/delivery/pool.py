"""The connections to a relay: opened as there is work for them, kept from chunk to chunk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tocsin.delivery.smtp import Session
from tocsin.delivery.transport import Relay, RelayUnavailable, connect
from tocsin.delivery.wire import Answer, Letter

GATHER_S = 0.02
"""How long a busy relay may take to make room for many letters at once: a turn for each letter costs as much again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Sessions that have room now: letters for all of them are signed in a row, up to ``each`` for every one."""

    sessions: tuple[Session, ...]
    each: int

    @property
    def room(self) -> int:
        """How many letters they take."""
        return sum([min(self.each, session.room) for session in self.sessions])

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
        self._freed = asyncio.Event()

    async def ready(self, group: int) -> Turn:
        """Return sessions with room for ``group`` letters or half their window; after a moment, one with any room.

        Raises ``RelayUnavailable`` when there is no connection and none can be made. A relay that takes some
        connections and refuses more gets no more.
        """
        least = group
        while True:
            self._sessions = [session for session in self._sessions if session.open]
            best = max(self._sessions, key=lambda session: session.room, default=None)
            if best is not None and best.room >= min(least, best.window // 2):
                return Turn(self._ready_as_well(best, group), group)
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

    def _ready_as_well(self, best: Session, group: int) -> tuple[Session, ...]:
        """Return ``best``, and the others that have room enough for a turn."""
        others = (one for one in self._sessions if one is not best and one.room >= min(group, one.window // 2))
        return (best, *others)

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
