"""The role ``send``: a process that is woken by jobs, drains what is due, and calls others for help."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
import uvloop

from tocsin.delivery.breakers import Breakers
from tocsin.delivery.transport import Relay
from tocsin.errors import TocsinError
from tocsin.jobs.port import Job
from tocsin.sending.drain import Drain
from tocsin.sending.messages import Press, Render
from tocsin.sending.relaying import book_of
from tocsin.settings import Settings
from tocsin.store.claims import pending_of
from tocsin.wiring import Parts, relays_of

log = structlog.get_logger()

SEND = "send"
HELP_FROM, MOST_HELPERS = 2000, 16
"""Readers for whom another sender is worth waking, and how many at most."""

ReadRelays = Callable[[Settings], Mapping[str, Relay]]


async def run_sender(parts: Parts, stop: asyncio.Event) -> None:
    """Send what is approved until ``stop`` is set."""
    sender = Sender(parts)
    sender.press.warm()
    # What is loaded by now stays: no collection need walk through it again. What a send makes has no cycles.
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    stopping = asyncio.create_task(_stop_with(sender, stop))
    # Whoever is started again goes on at once, without waiting for the job that died with the last one.
    await asyncio.to_thread(sender.drain)
    try:
        # Readers must get their mail: this job is taken over however often a sender dies with it.
        await parts.jobs.work({SEND: sender.do}, stop, at_once=1, deadly_after=None)
    finally:
        stopping.cancel()


async def _stop_with(sender: Sender, stop: asyncio.Event) -> None:
    try:
        await stop.wait()
    finally:  # also when the role ends for another reason: a drain has a thread of its own
        sender.stopping.set()


class Sender:
    """The job ``send`` in one process; keeps what is costly to make between drains."""

    def __init__(self, parts: Parts, words: Render | None = None, relays: ReadRelays = relays_of) -> None:
        """``words`` renders a version; by default the newsroom's templates do."""
        self.parts = parts
        self.press = Press(parts, words)
        self._read_relays, self._relays = relays, relays(parts.settings)
        self.book = book_of(parts)
        self.breakers = Breakers()
        self.stopping = threading.Event()
        """Set it to end a drain early: what the relay has is waited for, the rest goes back into the queue."""
        self._at_work = threading.Lock()

    def do(self, job: Job) -> None:
        """Drain what is due; if something is left for later, queue this job again for then.

        The job of a version that many wait for first calls for help: as many jobs as there might be free senders on
        any machine.
        """
        number, _, helper = job.payload.partition("/")
        if not helper:
            self._call_for_help(number)
        # A sender at work needs no help from itself; but a version it may have looked past must get its own look.
        if not self._at_work.acquire(blocking=not helper):
            return
        try:
            again = self.drain()
        finally:
            self._at_work.release()
        if again is not None and not helper:
            with self.parts.store.write() as connection:
                self.parts.jobs.enqueue(connection, SEND, number, key=f"{SEND}:{number}", run_at=again)

    def relays_now(self) -> Mapping[str, Relay]:
        """Return the relays, their passwords as the files have them now, or as they were while those can't be read."""
        try:
            self._relays = self._read_relays(self.parts.settings)
        except (OSError, TocsinError) as error:
            log.warning("relays.unreadable", error=str(error))
        return self._relays

    def _call_for_help(self, number: str) -> None:
        with self.parts.store.write() as connection:
            waiting = pending_of(connection, int(number), HELP_FROM * MOST_HELPERS)
            helpers = waiting // HELP_FROM
            for place in range(1, helpers + 1):
                payload = f"{number}/{place}"
                self.parts.jobs.enqueue(connection, SEND, payload, key=f"{SEND}:{payload}")

    def drain(self) -> datetime | None:
        """Send all that is due; return when to look again, or None when nothing waits."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(self._drain().run())

    def _drain(self) -> Drain:
        return Drain(self.parts, self.press, self.relays_now(), self.book, self.breakers, self.stopping)
