"""From an approved version to the last outcome.

    desk.approve   audience frozen into deliveries, job "send" queued                     (one transaction)
    Drain          claim → letter → relay → answer → journal → settle                     (any number of processes)

A drain sends whatever is due, the most urgent version first; the job merely wakes it. Two things run side by side: the
*hand*, which makes letters and gives them to the relay, and the *ledger*, which every 200 ms records in one transaction
what was answered and claims what is sent next. Between an answer and its commit the outcome is in the sender's journal,
so that a process that is killed leaves only what was on its way to the relay to be repeated: at most ``IN_FLIGHT``
letters for each relay, with the same Message-ID.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

import msgspec
import structlog

from tocsin.delivery.breakers import EVERYBODY, Breakers, Trip
from tocsin.delivery.journal import Journal
from tocsin.delivery.notices import without_names
from tocsin.delivery.outcomes import LOST_FIRST, Fault, Outcome, judge, retry_after
from tocsin.delivery.relay_pool import RelayPool, RelaysSpent
from tocsin.delivery.transport import Relay, RelayUnavailable
from tocsin.delivery.wire import Answer, Letter
from tocsin.errors import BadInput, Temporary
from tocsin.model import DeliveryState
from tocsin.sending.ledger import Ledger, Taken
from tocsin.sending.messages import Press, UnsignedLetter, sign_all
from tocsin.sending.relaying import RelayBook, pool_of
from tocsin.sending.stock import Drafted, Stock
from tocsin.store.alerts import Version
from tocsin.store.claims import Claimed, Settled, milliseconds
from tocsin.store.engine import StoreBusy, StoreFull
from tocsin.wiring import Parts

log = structlog.get_logger()

COMMIT_EVERY = 0.2
"""Seconds between two commits of outcomes; what a lost machine may repeat."""
FIRST_CLAIM, LARGEST_CLAIM = 64, 1000

_encode_lines = msgspec.json.Encoder().encode_lines


class _Flying(msgspec.Struct, frozen=True, gc=False):
    """A delivery and when its letter was handed over, in milliseconds since approval."""

    delivery: Claimed
    handed: int | None


class Drain:
    """One sender at work on one event loop."""

    def __init__(
        self,
        parts: Parts,
        press: Press,
        relays: Mapping[str, Relay],
        book: RelayBook | None,
        breakers: Breakers,
        stopping: threading.Event,
    ) -> None:
        """``stopping``, once set, ends it early: what the relay has is waited for, the rest goes back."""
        self._clock = parts.clock
        self._press = press
        self._stopping = stopping
        self._pool = pool_of(relays, book, parts.settings.mail.connections, self._answered)
        self._journal = Journal(parts.settings.folder.resolve() / "journal" / f"{token_hex(8)}.log")
        self._ledger = Ledger(parts, self._journal.file)
        self._versions: dict[int, Version] = {}
        self._approved: dict[int, float] = {}
        self._stock = Stock(self._draft)
        self._flying: dict[int, _Flying] = {}
        self._wordless: dict[tuple[int, str, str, int], Outcome] = {}
        self._count = 0
        self._outbox: list[Settled] = []
        self._in_exchange = False
        self._pause = COMMIT_EVERY
        self._unwritten: list[tuple[_Flying, Outcome]] = []
        self._target = FIRST_CLAIM
        self._claims_left = True
        self._breakers = breakers
        self._brakes: dict[str, Trip] = {}
        self._tripped = False
        self._live: tuple[int, ...] = ()
        self._news = False
        self._back: list[Claimed] = []
        self._relay_failed = False
        self._unavailable = False
        self._over = self._gone = False
        self._changed = asyncio.Event()
        self._nudged = asyncio.Event()

    async def run(self) -> datetime | None:
        """Send until nothing is due; return when something will be."""
        try:
            await asyncio.to_thread(self._ledger.join)
            await _both(self._keep_ledger(), self._hand_over())
            if isinstance(self._pool, RelayPool):
                await self._pool.settle()
            again = await asyncio.to_thread(self._ledger.finish, tuple(self._stock))
            self._stock.clear()
            # A relay that is not there is given a moment, however many wait whose turn it is.
            if again is not None and self._unavailable:
                again = max(again, self._clock() + LOST_FIRST)
            return again
        finally:
            self._pool.close()
            await self._leave()

    # -- the hand ----------------------------------------------------------------------------------------------------

    async def _hand_over(self) -> None:
        """Give the relay letters, turn after turn."""
        while await self._something_in_stock() and not self._stopping.is_set():
            try:
                turn = await self._pool.ready(len(self._stock))
            except RelayUnavailable as error:
                self._put_off(str(error))
                break
            except RelaysSpent as error:
                log.warning("relays.spent", error=str(error))
                self._relay_failed = True
                break
            turn.send(self._signed(self._stock.draw(turn.room)))
            if self._claims_left and len(self._stock) < self._target // 4:
                self._nudged.set()
            await asyncio.sleep(0)
        while self._flying:
            self._changed.clear()
            await self._changed.wait()
        self._over = True
        self._nudged.set()

    async def _something_in_stock(self) -> bool:
        """Wait for claimed deliveries; False when there will be none."""
        while not self._stock or self._tripped or self._ledger.out_of_touch:
            if self._stopping.is_set() or (not self._stock and not self._claims_left):
                return False
            if self._count and not self._stock:
                self._target = min(self._target * 2, LARGEST_CLAIM)
            self._nudged.set()
            self._changed.clear()
            await self._changed.wait()
        return True

    def _signed(self, drafts: Sequence[Drafted]) -> list[Letter]:
        letters = sign_all([draft.letter for draft in drafts])
        now = self._clock().timestamp()
        for draft in drafts:
            self._flying[draft.letter.key] = _Flying(draft.delivery, self._since_approval(draft.delivery, now))
        return letters

    def _draft(self, delivery: Claimed) -> UnsignedLetter | None:
        self._count += 1
        kind = (delivery.version, delivery.language, delivery.zone, delivery.why)
        try:
            if kind not in self._wordless:
                return self._press.draft(self._count, self._versions[delivery.version], delivery)
            outcome = self._wordless[kind]
        except BadInput as error:
            outcome = Outcome(DeliveryState.FAILED, Fault.MESSAGE, 0, str(error))
        except Exception as error:  # the boundary: what our own templates fail on holds up no other version
            log.exception("sending.wordless", version=delivery.version, language=delivery.language, zone=delivery.zone)
            outcome = Outcome(DeliveryState.DEFERRED, Fault.MESSAGE, 0, f"it can't be put into words: {error!r}")
            self._wordless[kind] = outcome
        self._record(_Flying(delivery, None), outcome)
        return None

    def _answered(self, letter: Letter, answer: Answer) -> None:
        outcome = judge(answer)
        flying = self._flying.pop(letter.key)
        self._record(flying, outcome)
        # By the address as it was signed up: limits look for domains there, not on the wire.
        trip = self._breakers.note(flying.delivery.address, outcome.fault)
        if trip is not None:
            self._brake(trip, f"{outcome.code} {without_names(outcome.text)}")

    def _brake(self, trip: Trip, answer: str) -> None:
        """Stop what trouble is with: what is in stock for it goes back as it was."""
        self._tripped = self._tripped or trip.scope == EVERYBODY
        self._brakes[trip.scope] = replace(trip, reason=f"{trip.reason}: {answer}")
        self._back += self._stock.take_out(
            lambda one: trip.scope in (EVERYBODY, one.address.rpartition("@")[2].lower())
        )
        self._nudged.set()

    def _record(self, flying: _Flying, outcome: Outcome) -> None:
        if self._gone:  # an answer too late for the journal: whoever comes next takes it that it may have been sent
            return
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._note)
            self._changed.set()
        self._unwritten.append((flying, outcome))

    def _note(self) -> None:
        """Write the newest outcomes into the journal; if even that fails, they are still in memory."""
        if not self._unwritten:
            return
        now = self._clock().timestamp()
        entries = [self._settled(flying, outcome, now) for flying, outcome in self._unwritten]
        self._unwritten.clear()
        self._outbox.extend(entries)
        try:
            self._journal.note(_encode_lines(entries))
        except OSError as error:
            log.warning("journal.full", error=str(error))

    def _settled(self, flying: _Flying, outcome: Outcome, now: float) -> Settled:
        delivery = flying.delivery
        # What relays answer to a refusal quotes the address, which must not outlive its reader.
        text = outcome.text if outcome.state is DeliveryState.ACCEPTED else without_names(outcome.text)
        settled, due = self._since_approval(delivery, now), None
        if outcome.state is DeliveryState.DEFERRED:
            due = settled + milliseconds(retry_after(outcome, delivery.tries, random.random()))  # noqa: S311 (jitter)
        return Settled(
            delivery.version,
            delivery.subscriber,
            outcome.state,
            flying.handed,
            settled,
            due,
            outcome.maybe,
            outcome.code,
            text,
            outcome.queued_as or None,
            outcome.suppress,
        )

    def _put_off(self, reason: str) -> None:
        """Put off what was to be handed over first, with the reason; the rest goes back as it was."""
        self._relay_failed = self._unavailable = True
        log.warning("relay.unavailable", error=reason)
        outcome = Outcome(DeliveryState.DEFERRED, Fault.AWAY, 0, reason)
        for delivery in self._stock.take(FIRST_CLAIM):
            self._record(_Flying(delivery, None), outcome)

    def _since_approval(self, delivery: Claimed, now: float) -> int:
        return int((now - self._approved[delivery.version]) * 1000)

    # -- the ledger --------------------------------------------------------------------------------------------------

    async def _keep_ledger(self) -> None:
        """Commit outcomes and claim more, until nothing is left to do."""
        while True:
            await self._exchange()
            self._changed.set()
            if self._over and not (self._unwritten or self._outbox or self._back):
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), COMMIT_EVERY)
            self._nudged.clear()

    async def _exchange(self) -> None:
        outcomes, self._outbox = self._outbox, []
        back, self._back = self._back, []
        brakes, self._brakes = self._brakes, {}
        self._journal.turn()
        room = self._target - len(self._stock)
        want = max(room, FIRST_CLAIM) if self._news else room if room > self._target // 2 else 0
        want = 0 if self._relay_failed else want
        self._in_exchange = True
        try:
            taken = await asyncio.to_thread(
                self._ledger.exchange, outcomes, back, brakes, want, frozenset(self._versions)
            )
        except (StoreBusy, StoreFull) as error:
            if self._pause == COMMIT_EVERY:
                log.warning("sending.store", error=str(error), waiting=len(outcomes))
            self._outbox[:0] = outcomes
            self._back[:0] = back
            self._brakes = brakes | self._brakes
            self._in_exchange = False
            if self._over and self._stopping.is_set():
                raise  # all that is known lies in the journal: whoever comes next records it
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, 10 * COMMIT_EVERY)
            return
        self._in_exchange = False
        self._pause = COMMIT_EVERY
        self._journal.forget()
        self._tripped = self._tripped and EVERYBODY not in brakes
        if taken is not None:
            self._receive(taken, want)

    def _receive(self, taken: Taken, want: int) -> None:
        for version in taken.versions:
            self._versions[version.id] = version
            self._approved[version.id] = (version.approved_at or version.decided_at).timestamp()
        self._stock.add(taken.timed, taken.deliveries)
        if want > 0:
            self._claims_left = bool(taken.deliveries or taken.timed or taken.kept_back)
        if taken.kept_back:
            self._target = FIRST_CLAIM
        # What has come up meanwhile is claimed at the next look, however much is in stock: it may be a flash.
        self._news = want == 0 and not set(taken.live) <= set(self._live)
        self._live = taken.live
        self._back += self._stock.sort(self._live)

    async def _leave(self) -> None:
        """Take leave of the store. What it does not know of stays in the journal for whoever comes next.

        So does what an exchange had in hand that was broken off: its thread may still claim and record.
        """
        unsaved = bool(self._in_exchange or self._flying or self._unwritten or self._outbox or self._stock)
        try:
            if not unsaved:
                await asyncio.to_thread(self._ledger.leave)
        except Temporary as error:  # others will find that we are gone
            log.warning("sending.store", error=str(error))
        finally:
            self._note()
            self._journal.close(keep=unsaved)
            self._gone = True


async def _both(one: Coroutine[None, None, None], other: Coroutine[None, None, None]) -> None:
    """Run two coroutines until both are done, or one fails or is cancelled: the other would wait for it for ever."""
    waiting = tasks = {asyncio.create_task(one), asyncio.create_task(other)}
    try:
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
