"""A sender's side of the store: what it claims, what it records, and what dead senders have left behind.

Everything here is synchronous; one transaction for each call. Nothing is claimed that the limits hold back, that a
newer version has replaced, or whose reader has left.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import Connection

from tocsin.delivery.breakers import EVERYBODY, Trip
from tocsin.delivery.journal import read_orphan, remove
from tocsin.delivery.limits import AHEAD
from tocsin.errors import Temporary
from tocsin.model import Band, DeliveryState, VersionKind
from tocsin.store.alerts import Version, VersionState, settle_version, version_of
from tocsin.store.audience import fall_to_digest
from tocsin.store.claims import (
    Claimed,
    Sendable,
    Settled,
    Where,
    claim,
    give_back,
    next_due,
    overtaken,
    pause_all,
    sendable,
    settle,
)
from tocsin.store.deliveries import end_cancelled, expire_waiting, in_hand, still_open, supersede
from tocsin.store.engine import BRIEFLY_S
from tocsin.store.leases import CLOCKS_DIFFER
from tocsin.store.outcomes import note_progress, suppress_unreachable
from tocsin.store.paces import closed, next_opening, reserve
from tocsin.store.replies import ReplyBook
from tocsin.store.rests import Rest, rest
from tocsin.store.senders import beat_sender, bury_sender, join_senders, leave_senders, other_senders
from tocsin.wiring import Parts

log = structlog.get_logger()

BEAT = timedelta(seconds=0.25)
"""How often a sender says that it lives, and looks whether what it sends is still wanted."""
FENCE = timedelta(seconds=10)
"""A sender that could not reach the store for so long hands over nothing more, ..."""
STALE = timedelta(seconds=20)
"""... long before others may take what it had in hand for left behind."""
LOOK_AGAIN = timedelta(seconds=5)
"""When to look after a version that other senders still have in hand."""
LARGEST_TURN = 1000
"""Letters claimed at most at one look for a domain that has a limit."""
NEWS_FOR = {Band.FLASH: timedelta(hours=2), Band.ALERT: timedelta(hours=2)}
"""How long after its approval a version is sent as new; others may take half a day, a correction three."""

_decode = msgspec.json.Decoder(Settled).decode


class TakenOver(Temporary):
    """Others took this sender for dead."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What an exchange brought.

    ``timed`` are deliveries whose domain has a limit, and whose turn is now: they go before ``deliveries``.
    ``kept_back`` tells that limits hold something back for a moment; ``versions`` are those not known before; ``live``
    are the versions that are still wanted, the most urgent first.
    """

    timed: tuple[Claimed, ...]
    deliveries: tuple[Claimed, ...]
    kept_back: bool
    versions: tuple[Version, ...]
    live: tuple[int, ...]


class Ledger:
    """One sender's claims and outcomes."""

    def __init__(self, parts: Parts, journal: Path) -> None:
        self._store, self._clock = parts.store, parts.clock
        self._per_second = parts.settings.mail.per_second
        self._per_domain = {domain.lower(): rate for domain, rate in parts.settings.mail.per_domain.items()}
        self._journal = journal
        self._number = 0
        self._beat_at = parts.clock()
        self._book = ReplyBook()
        self._progressed: set[int] = set()
        self._unsure = False
        # By version, and by domain where it has a limit: where to look on, and until when there is nothing to find.
        self._after: dict[tuple[int, str], int] = {}
        self._dry: dict[tuple[int, str], datetime] = {}

    @property
    def out_of_touch(self) -> bool:
        """Tell whether the store has not been reached for so long that others may soon take over."""
        return self._clock() - self._beat_at > FENCE

    def join(self) -> None:
        """Take part in sending; first see to what others have left behind, and to what is no news any more."""
        with self._store.write() as connection:
            now = self._clock()
            self._number = join_senders(connection, str(self._journal), now)
            buried = bury_the_dead(connection, self._number, now)
            _expire(connection, sendable(connection), now)
        for journal in (*buried, *self._nobodys()):
            remove(journal)

    def _nobodys(self) -> list[Path]:
        """Return the journals on this machine that no sender owns: of one that was taken over, or never joined."""
        old = [file for file in self._journal.parent.glob("*.log") if _age(file) > STALE]
        if not old:
            return []
        with self._store.read() as connection:
            known = {Path(journal) for _, journal, _ in other_senders(connection, self._number)}
        return [file for file in old if file != self._journal and file not in known and read_orphan(file) is not None]

    def exchange(
        self,
        outcomes: Sequence[Settled],
        back: Sequence[Claimed],
        brakes: Mapping[str, Trip],
        want: int,
        known: AbstractSet[int],
    ) -> Taken | None:
        """Record ``outcomes``, put ``back`` what was not sent, claim up to ``want`` deliveries; None if nothing is due.

        ``brakes`` says which domains need a rest, or that everything must stop, and why. Raises ``StoreBusy`` or
        ``StoreFull`` when nothing of this could be done, ``TakenOver`` when what this sender had in hand is others'.
        """
        now = self._clock()
        if self._beat_at > now + CLOCKS_DIFFER:  # it was set back: what was to come in a moment would come hours later
            self._dry.clear()
            self._beat_at = now - BEAT
        look = want > 0 or bool(brakes) or bool(self._per_domain) or now - self._beat_at >= BEAT
        if not (outcomes or back or brakes or look):
            return None
        try:
            with self._store.write(patience=BRIEFLY_S) as connection:
                # First, in the order of whoever takes us for dead: else each would wait for the other.
                if look and not beat_sender(connection, self._number, now):
                    raise TakenOver(str(self._number))
                _settle(connection, self._number, outcomes, self._book, now, self._progressed)
                give_back(connection, self._number, back)
                end_cancelled(connection, _come_back(outcomes, back))
                self._apply_brakes(connection, brakes, now)
                taken = self._look(connection, want, known, now) if look else None
        except Temporary:
            self._forget()
            raise
        self._beat_at = now if look else self._beat_at
        return taken

    def _forget(self) -> None:
        """Forget what was noted in a transaction that did not come about, as far as is known."""
        self._unsure = True
        self._book.forget()
        self._progressed.clear()
        self._after.clear()
        self._dry.clear()

    def _look(self, connection: Connection, want: int, known: AbstractSet[int], now: datetime) -> Taken:
        live = sendable(connection)
        _expire(connection, live, now)
        timed, deliveries, kept_back = self._claim(connection, live, want, now)
        new = {delivery.version for delivery in (*timed, *deliveries)} - known
        versions = tuple(version for number in new if (version := version_of(connection, number)) is not None)
        return Taken(timed, deliveries, kept_back, versions, tuple([version.id for version in live]))

    def _apply_brakes(self, connection: Connection, brakes: Mapping[str, Trip], now: datetime) -> None:
        for scope, trip in brakes.items():
            if scope == EVERYBODY:
                stopped = pause_all(connection, trip.reason, now)
                log.error("sending.paused", versions=stopped, reason=trip.reason)
            else:
                rest(connection, Rest(scope, now, now + trip.rest, trip.reason))
                log.warning("sending.domain_rests", domain=scope, reason=trip.reason)

    def _claim(
        self, connection: Connection, live: Sequence[Sendable], want: int, now: datetime
    ) -> tuple[tuple[Claimed, ...], tuple[Claimed, ...], bool]:
        """Claim what the limits let through; also tell whether they keep something back for less than a second."""
        shut = closed(connection, now)
        opening = next_opening(connection, shut)
        soon = opening is not None and opening - now < timedelta(seconds=1)
        if EVERYBODY in shut:
            return (), (), soon
        timed, waits = self._claim_in_turn(connection, live, shut, now)
        if want > 0:
            want = self._allowed(connection, want, now)
            soon = soon or not want
        others = [domain for domain in shut if domain not in self._per_domain]
        guards = Where(apart_from=(*others, *self._per_domain))
        dry = AHEAD / 2 if others else LOOK_AGAIN
        taken = self._claim_from(connection, live, want, now, guards, dry)
        return tuple(timed), tuple(taken), soon or waits

    def _allowed(self, connection: Connection, want: int, now: datetime) -> int:
        """Return how many letters the limit on all mail lets leave, and take their slots."""
        rate = self._per_second
        return want if rate is None else reserve(connection, EVERYBODY, rate, want, now)

    def _claim_in_turn(
        self, connection: Connection, live: Sequence[Sendable], shut: Sequence[str], now: datetime
    ) -> tuple[list[Claimed], bool]:
        """Claim for each domain that has a limit what its slots are for; also tell whether any may wait for a slot.

        Slots are taken first: so nothing is claimed that must wait in hand, where an unsubscription comes too late.
        """
        timed: list[Claimed] = []
        waits = False
        for domain, rate in self._per_domain.items():
            waiting = [version for version in live if now >= self._dry.get((version.id, domain), now)]
            waits = waits or bool(waiting)
            if waiting and domain not in shut:
                slots = self._allowed(connection, reserve(connection, domain, rate, LARGEST_TURN, now), now)
                timed += self._claim_from(connection, waiting, slots, now, Where(only=domain), LOOK_AGAIN)
        return timed, waits

    def _claim_from(
        self, connection: Connection, live: Sequence[Sendable], want: int, now: datetime, where: Where, dry: timedelta
    ) -> list[Claimed]:
        taken: list[Claimed] = []
        for version in live:
            key = (version.id, where.only)
            if now < self._dry.get(key, now):
                continue
            while len(taken) < want:
                after = self._after.get(key, 0)
                most = want - len(taken)
                found = claim(connection, version, self._number, after=after, most=most, now=now, where=where)
                taken.extend(found.taken)
                self._after[key] = 0 if found.exhausted else found.after
                if found.exhausted and not after:
                    self._dry[key] = now + dry
                    break
        return taken

    def finish(self, back: Sequence[Claimed]) -> datetime | None:
        """Put ``back`` what was not sent and close the versions that are done; return when to look after the others."""
        looks: list[datetime] = []
        with self._store.write() as connection:
            now = self._clock()
            give_back(connection, self._number, back)
            end_cancelled(connection, _come_back((), back))
            shut = closed(connection, now)
            for number in overtaken(connection):
                supersede(connection, number)
                if not still_open(connection, number):
                    settle_version(connection, number, VersionState.SENT, now)
            for version in sendable(connection):
                if not still_open(connection, version.id):
                    settle_version(connection, version.id, VersionState.SENT, now)
                    continue
                looks.append(_next_look(connection, version, shut, now))
        return min(looks, default=None)

    def leave(self) -> None:
        """Take no part any longer: nothing is in hand.

        A database that went away while it committed may have noted a claim of which nobody here knows.
        """
        with self._store.write() as connection:
            if self._unsure:
                bury_sender(connection, self._number)
            else:
                leave_senders(connection, self._number)


def _age(file: Path) -> timedelta:
    """Return since when a file was not written to; none for one that is gone. Its clock is the machine's."""
    try:
        return timedelta(seconds=time.time() - file.stat().st_mtime)
    except FileNotFoundError:
        return timedelta()


def _next_look(connection: Connection, version: Sendable, shut: Sequence[str], now: datetime) -> datetime:
    """Return when to look after a version: when the next of its readers is due whose domain is open, or one opens."""
    if EVERYBODY in shut:
        return max(now, next_opening(connection, (EVERYBODY,)) or now)
    due = next_due(connection, version, apart_from=shut)
    opening = next_opening(connection, shut)
    if due is not None or opening is None or in_hand(connection, version.id):
        soon = min(due or now + LOOK_AGAIN, now + LOOK_AGAIN)
        return max(now, min(soon, opening or soon))
    return max(now, opening)


def news_for(kind: VersionKind, band: Band) -> timedelta:
    """Return how long after its approval a version is worth sending."""
    if kind in (VersionKind.CORRECTION, VersionKind.WITHDRAWAL):
        return timedelta(days=3)
    return NEWS_FOR.get(band, timedelta(hours=12))


def _expire(connection: Connection, live: Sequence[Sendable], now: datetime) -> None:
    """Give up whom a version has not reached while it was news: they get it in their next digest."""
    for version in live:
        if now - version.approved_at > news_for(version.kind, version.band) and expire_waiting(connection, version.id):
            late = fall_to_digest(connection, version.id, now)
            log.warning("sending.expired", version=version.id, to_digest=late)


def bury_the_dead(connection: Connection, number: int, now: datetime) -> list[Path]:
    """Record what senders that are gone have left in their journals, and put the rest of theirs back into the queue.

    Return the journals, which may be removed once this transaction is committed, and not before.
    """
    buried: list[Path] = []
    for other, journal, beat_at in other_senders(connection, number):
        file = Path(journal)
        lines = read_orphan(file)
        here = file.exists()
        if lines is None or (not here and now - beat_at < STALE):
            continue
        outcomes = _readable(lines)
        _settle(connection, other, outcomes, ReplyBook(), now, set())
        end_cancelled(connection, _come_back(outcomes, ()))
        count = bury_sender(connection, other)
        log.warning("sender.gone", sender=other, recorded=len(lines), again=count)
        buried.append(file)
    return buried


def _come_back(outcomes: Sequence[Settled], back: Sequence[Claimed]) -> set[int]:
    """Return the versions of which something waits again."""
    deferred = {outcome.version for outcome in outcomes if outcome.state is DeliveryState.DEFERRED}
    return deferred | {delivery.version for delivery in back}


def _readable(lines: Sequence[bytes]) -> list[Settled]:
    """Return the outcomes of a journal; a line that a full disk has cut is none: what it spoke of may be repeated."""
    outcomes = []
    for line in lines:
        try:
            outcomes.append(_decode(line))
        except msgspec.DecodeError:
            log.warning("journal.cut", octets=len(line))  # not what it holds: it may name a reader
    return outcomes


def _settle(
    connection: Connection,
    sender: int,
    outcomes: Sequence[Settled],
    book: ReplyBook,
    now: datetime,
    progressed: set[int],
) -> None:
    settle(connection, sender, outcomes, book)
    suppress_unreachable(connection, outcomes, now)
    note_progress(connection, outcomes, progressed)
