"""Mails that are made one at a time (letters, digests), over connections that stay open from one to the next."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from itertools import count
from threading import Lock, Thread

from tocsin.delivery.addresses import recipient as on_the_wire
from tocsin.delivery.outcomes import Outcome, judge
from tocsin.delivery.pool import Pool
from tocsin.delivery.transport import Relay
from tocsin.delivery.wire import Answer, Letter

CONNECTIONS = 2
"""As many as jobs are done at once."""
IDLE_S = 5.0
"""Without a mail for so long, the postman takes leave of the relay: others need its connections too."""


class Postman:
    """Hands over mails from any thread, by the same sessions as alerts. Its own thread is there while it has work."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._lock = Lock()
        self._round: _Round | None = None
        self._keys = count(1)

    def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one message, lines ended by CRLF, and return its outcome.

        Raises ``RelayUnavailable``, or ``BadInput`` for an address that can't stand in an envelope.
        """
        to = on_the_wire(recipient)
        letter = Letter(next(self._keys), sender, to.address, (message,), to.utf8)
        with self._lock:
            if self._round is None or not self._round.take():
                self._round = _Round(self._relay)
            handing = asyncio.run_coroutine_threadsafe(self._round.hand_over(letter), self._round.loop)
        return judge(handing.result())


class _Round:
    """One run of the loop: from the first mail until there has been none for a while."""

    def __init__(self, relay: Relay) -> None:
        self.loop = asyncio.new_event_loop()
        self._lock = Lock()
        self._in_hand = 1
        self._over = False
        self._pool = Pool(relay, CONNECTIONS, self._answered)
        self._door = asyncio.Lock()  # of two that find no connection, one makes it
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        Thread(target=self._run, name="postman", daemon=True).start()

    def take(self) -> bool:
        """Count one more mail in; False when the round is over."""
        with self._lock:
            self._in_hand += not self._over
            return not self._over

    async def hand_over(self, letter: Letter) -> Answer:
        """Return the relay's answer to a letter."""
        answer: asyncio.Future[Answer] = self.loop.create_future()
        self._answers[letter.key] = answer
        try:
            async with self._door:
                (await self._pool.ready(1)).send([letter])
            return await answer
        finally:
            del self._answers[letter.key]
            with self._lock:
                self._in_hand -= 1
            self.loop.call_later(IDLE_S, self._rest)

    def _answered(self, letter: Letter, answer: Answer) -> None:
        self._answers[letter.key].set_result(answer)

    def _rest(self) -> None:
        with self._lock:
            self._over = self._in_hand == 0
        if self._over:
            self._pool.close()
            self.loop.call_later(0.1, self.loop.stop)  # QUIT is on its way

    def _run(self) -> None:
        self.loop.run_forever()
        self.loop.close()


@lru_cache(maxsize=8)
def postman_to(relay: Relay) -> Postman:
    """Return the postman to a relay, the same for all in this process."""
    return Postman(relay)
