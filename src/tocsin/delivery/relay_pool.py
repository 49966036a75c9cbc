"""Connections to several relays, as one pool: whoever may take letters now takes them, and steps in for who can't."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from tocsin.delivery.notices import without_names
from tocsin.delivery.outcomes import for_our_sake
from tocsin.delivery.pool import Pool, Turn
from tocsin.delivery.relays import Allowance
from tocsin.delivery.transport import Relay, RelayUnavailable
from tocsin.delivery.wire import Answer, Letter, Reply, Stage
from tocsin.errors import Temporary

RESERVE = 256
"""Letters reserved at once: some tenth of a second of sending."""
_SLOW_S, _STALLED_S = 1.0, 5.0
"""A relay none of whose connections has had room for so long is not waited for while others have; and stands still."""
_SAMPLE, _SPIKE = 10, 5
"""A relay that refuses us, or loses letters, in so many of its newest answers does so altogether."""


class RelaysSpent(Temporary):
    """No relay may take letters now."""


class Book(Protocol):
    """What all senders share about relays; synchronous, called in a thread."""

    def reserve(self, want: int, apart_from: Collection[str] = ()) -> tuple[Allowance, ...]:
        """Reserve letters; when there are none for anybody, let everybody wait until there may be.

        With ``apart_from`` only the other relays are asked, and nobody waits.
        """
        ...

    def give_back(self, unused: Mapping[str, int]) -> None:
        """Give back what was not used."""
        ...

    def away(self, name: str, reason: str, *, refuses: bool) -> datetime:
        """Note that a relay can't be used, and return until when it is left alone."""
        ...

    def back(self, name: str) -> None:
        """Note that a relay works again."""
        ...

    def first_refusal(self, recipient: str) -> bool:
        """Tell whether a recipient's letter is refused for our sake for the first time, and remember it."""
        ...


class Ready(Protocol):
    """What can take letters now."""

    @property
    def room(self) -> int:
        """How many."""
        ...

    def send(self, letters: list[Letter]) -> None:
        """Take them."""
        ...


@dataclass(slots=True)
class _Seat:
    """Sessions, as far as the relay's allowance goes."""

    turn: Turn
    account: _Account

    @property
    def room(self) -> int:
        return min(self.turn.room, self.account.left)

    def send(self, letters: list[Letter]) -> None:
        self.account.left -= len(letters)
        self.turn.send(letters)


class _Account:
    """One relay's pool, and what is left of its allowance."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.left = 0
        self.away = False
        self.failed = self.answers = self.loses = False
        self.newest: deque[bool] = deque(maxlen=_SAMPLE)
        self._wait: asyncio.Task[Turn] | None = None
        self._waits_since = 0.0

    def wait_for(self, waiting: int) -> asyncio.Task[Turn]:
        """Return the wait for a session with room; one that is under way goes on, whoever is ready before it."""
        if self._wait is None:
            self._wait = asyncio.create_task(self.pool.ready(min(waiting, self.left)))
            self._waits_since = asyncio.get_running_loop().time()
        return self._wait

    @property
    def waited(self) -> float:
        """For how many seconds a session with room has been waited for, in vain so far."""
        vain = self._wait is not None and not self._wait.done()
        return asyncio.get_running_loop().time() - self._waits_since if vain else 0.0

    async def take_ready(self) -> Turn:
        """Return the sessions that were waited for. Raises ``RelayUnavailable``."""
        wait, self._wait = self._wait, None
        return await (wait or asyncio.create_task(self.pool.ready(1)))

    def stop_waiting(self) -> None:
        """Wait no longer."""
        if self._wait is not None:
            self._wait.cancel()
            self._wait = None


class RelayPool:
    """At most ``most`` sessions with each of several relays."""

    def __init__(
        self, relays: Mapping[str, Relay], most: int, answered: Callable[[Letter, Answer], None], book: Book
    ) -> None:
        self._answered, self._book = answered, book
        self._accounts = {name: _Account(Pool(one, most, partial(self._take, name))) for name, one in relays.items()}
        self._leaving: dict[str, tuple[str, bool]] = {}

    async def ready(self, waiting: int) -> Ready:
        """Return what has room for ``waiting`` letters, or as many as any has; wait until there is something.

        Raises ``RelaysSpent`` when the quotas are used up, ``RelayUnavailable`` when no relay can be reached.
        """
        last: RelayUnavailable | None = None
        while True:
            await self._leave_bad()
            await self._leave_stalled()
            name = await self._first_ready(await self._able(last), waiting)
            if name is None:
                continue
            account = self._accounts[name]
            try:
                turn = await account.take_ready()
            except RelayUnavailable as error:
                last = error
                await self._leave(name, str(error), refuses=False)
                continue
            await self._welcome_back(name)
            if turn.open:
                return _Seat(turn, account)

    async def _able(self, last: RelayUnavailable | None) -> list[str]:
        """Return the relays with something left of their allowance, most first; reserve more when there are none."""
        if not any(account.left > 0 for account in self._accounts.values()):
            given = await self._reserve()
            if not any(one.count for one in given):
                raise last or RelaysSpent("; ".join(f"{one.name}: {one.reason}" for one in given))
        left = {name: account.left for name, account in self._accounts.items() if account.left > 0}
        return sorted(left, key=lambda name: -left[name])

    async def _reserve(self, apart_from: Collection[str] = ()) -> tuple[Allowance, ...]:
        given = await asyncio.to_thread(self._book.reserve, RESERVE, apart_from)
        for one in given:
            self._accounts[one.name].left += one.count
            self._accounts[one.name].away = one.count == 0
        return given

    async def _first_ready(self, able: list[str], waiting: int) -> str | None:
        """Wait for the first that is ready, or for one that has failed; None when others are to be asked as well.

        Those that are slow are waited for beside the others, and left when they stand still.
        """
        waits = {name: self._accounts[name].wait_for(waiting) for name in able}
        others = any(not account.away for name, account in self._accounts.items() if name not in waits)
        slow = others and all(self._accounts[name].waited > _SLOW_S for name in able)
        done, _ = await asyncio.wait(
            waits.values(), timeout=0 if slow else _SLOW_S, return_when=asyncio.FIRST_COMPLETED
        )
        if done:
            return next(name for name, wait in waits.items() if wait.done())
        if others:
            await self._reserve(apart_from=able)
        return None

    async def _leave_stalled(self) -> None:
        """Turn away from relays that have stood still for too long, unless there is no other."""
        for name, account in self._accounts.items():
            if account.waited > _STALLED_S and self._others(name):
                await self._leave(name, "does not answer", refuses=False)

    async def _leave(self, name: str, reason: str, *, refuses: bool) -> None:
        """Turn to the others: what was meant for this relay is theirs."""
        account = self._accounts[name]
        unused, account.left = max(0, account.left), 0
        account.stop_waiting()
        account.away = account.failed = True
        account.answers = account.loses = False
        account.newest.clear()
        await asyncio.to_thread(self._book.away, name, reason, refuses=refuses)
        await asyncio.to_thread(self._book.give_back, {name: unused})

    async def _welcome_back(self, name: str) -> None:
        """Note that a relay that had failed has answered: to let us in is not enough."""
        account = self._accounts[name]
        if account.failed and account.answers:
            account.failed = False
            await asyncio.to_thread(self._book.back, name)

    async def _leave_bad(self) -> None:
        """Turn away from the relays whose newest answers were bad."""
        leaving, self._leaving = self._leaving, {}
        for name, (reason, refuses) in leaving.items():
            await self._leave(name, reason, refuses=refuses)

    def _take(self, name: str, letter: Letter, answer: Answer) -> None:
        reply, account = answer.reply, self._accounts[name]
        ours = reply.code >= 500 and (answer.stage is Stage.MAIL or for_our_sake(reply.code, reply.text))
        lost = reply.code == 0
        account.loses, account.answers = account.loses or lost, account.answers or not lost
        account.newest.append(ours or lost)
        if (ours or lost) and self._others(name):
            if sum(account.newest) >= _SPIKE:
                text = without_names(reply.text)
                reason = f"refuses us: {reply.code} {text}" if ours else f"loses letters: {text}"
                self._leaving[name] = (reason, ours)
            answer = self._another_try(name, letter, answer) if ours else answer
        self._answered(letter, answer)

    def _others(self, name: str) -> bool:
        return any(not account.away for other, account in self._accounts.items() if other != name)

    def _another_try(self, name: str, letter: Letter, answer: Answer) -> Answer:
        """Let a letter that this relay refuses for our sake be tried once more: another one may take it."""
        if not self._book.first_refusal(letter.recipient):
            return answer
        text = f"4.2.0 {name} refuses it ({answer.reply.code} {answer.reply.text}); tried once more"
        return Answer(answer.stage, Reply(451, text), handed=False)

    def close(self) -> None:
        """Take leave of all relays."""
        for account in self._accounts.values():
            account.stop_waiting()
            account.pool.close()

    async def settle(self) -> None:
        """Give back what was reserved and not used, and tell which relays refuse us, or have lost whatever they got."""
        await self._leave_bad()
        for name, account in self._accounts.items():
            await self._welcome_back(name)
            if account.loses and not account.answers and self._others(name):
                await self._leave(name, "loses letters", refuses=False)
        unused = {name: account.left for name, account in self._accounts.items() if account.left > 0}
        for name in unused:
            self._accounts[name].left = 0
        if unused:
            await asyncio.to_thread(self._book.give_back, unused)
