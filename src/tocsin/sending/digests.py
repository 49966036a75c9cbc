"""Digests: what was held back from a reader becomes one fresh summary when their time has come.

    LOOK      whose digest is due, every minute      → a job DIGEST for each reader
    DIGEST    take in hand → render → relay → record    (any process)

Whatever is in hand is on record before it leaves, so that a digest that may have arrived is repeated, if at all, under
the same Message-ID, and corrected like any alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta

from sqlalchemy import Connection

from tocsin.alerts.digest import digest_of
from tocsin.delivery.addresses import Tags
from tocsin.delivery.addresses import recipient as on_the_wire
from tocsin.delivery.digest import render_digest
from tocsin.delivery.message import Compiled, Reader
from tocsin.delivery.notices import without_names
from tocsin.delivery.outcomes import RETRY_LONGEST, TRIED_FOR, Fault, Outcome, retry_after
from tocsin.delivery.relay_pool import RelaysSpent
from tocsin.delivery.transport import RelayUnavailable
from tocsin.errors import BadInput, Temporary
from tocsin.jobs.port import Job
from tocsin.model import DeliveryState, Digest, DigestEntry
from tocsin.readers.digest_time import digest_due
from tocsin.readers.preferences import Preferences
from tocsin.readers.tokens import Tokens
from tocsin.sending.messages import identity_of, letterhead
from tocsin.sending.relaying import hand_over_one
from tocsin.store.alerts import Version, VersionState, versions_of
from tocsin.store.digests import (
    DigestTry,
    Open,
    abandon_digest,
    defer_digest,
    held_from,
    open_digest,
    put_off,
    reached_by,
    release,
    settle_digest,
    take_digest,
    waiting_readers,
)
from tocsin.store.replies import ReplyBook
from tocsin.store.subscribers import Subscriber, SubscriberState, subscriber_of
from tocsin.store.suppressions import Met, Suppressed, suppress, suppression_of
from tocsin.wiring import Parts, signers_of

LOOK, DIGEST = "digests", "digest"
"""The job that looks whose digest is due, every minute; and the one that sends it to the reader it names."""

_EVERY = timedelta(minutes=1)
_PRIORITY = 15
_PATIENCE = timedelta(minutes=2)
"""How long a sender may have a digest in hand; longer than a relay may take for all its replies."""
_MOST_TRIES = TRIED_FOR // RETRY_LONGEST
"""After so many tries, which take some two days, a digest is no longer worth sending."""
_TOLD = (VersionState.SENDING, VersionState.SENT)
_WISHES = tuple(one.name for one in fields(Preferences) if one.name != "interests")


class DigestInHand(Temporary):
    """Another sender may have the digest in hand."""


@dataclass(frozen=True, slots=True)
class _InHand:
    """A digest on its way to its reader; ``held`` are the versions it settles, ``newest`` the newest that it tells."""

    reader: Subscriber
    digest: Digest
    tried: DigestTry
    held: tuple[int, ...]
    newest: Version


def plan_digests(parts: Parts) -> None:
    """Queue the job that looks whose digest is due, unless it waits already."""
    with parts.store.write() as connection:
        parts.jobs.enqueue(connection, LOOK, "", key=LOOK)


def look_for_due(parts: Parts, job: Job) -> None:
    """Queue the digests that are due (the handler of ``LOOK``), and the next look."""
    now = parts.clock()
    due = due_readers(parts)
    with parts.store.write() as connection:
        for reader in due:
            parts.jobs.enqueue(connection, DIGEST, str(reader), key=str(reader), priority=_PRIORITY)
        parts.jobs.enqueue(connection, LOOK, "", key=LOOK, run_at=now + _EVERY)


def due_readers(parts: Parts) -> tuple[int, ...]:
    """Return the readers whose digest is due now, without those whose relay put it off a moment ago."""
    now = parts.clock()
    with parts.store.read() as connection:
        lately = put_off(connection, now - RETRY_LONGEST)
        # One tried in the future is one of before the clock was set back.
        resting = {reader for reader, one in lately.items() if one.tried_at <= now < one.tried_at + _pause(one)}
        waiting = ((reader.id, digest_due(_wishes(reader), since)) for reader, since in waiting_readers(connection))
        return tuple(reader for reader, due in waiting if due <= now and reader not in resting)


def _pause(begun: Open) -> timedelta:
    return retry_after(Outcome(DeliveryState.DEFERRED, Fault.BUSY, 0, ""), begun.tries, 0.5)


def _wishes(reader: Subscriber) -> Preferences:
    return Preferences(**{name: getattr(reader, name) for name in _WISHES})


def send_digest(parts: Parts, job: Job) -> None:
    """Send one reader's digest (the handler of ``DIGEST``); who has left meanwhile gets none.

    What a relay puts off is due again after a pause that grows with each try; a repeat bears the same Message-ID.
    Raises ``DigestInHand`` to be tried again.
    """
    with parts.store.write() as connection:
        in_hand = _take(parts, connection, int(job.payload))
    if in_hand is None:
        return
    outcome = _hand_over(parts, in_hand)
    with parts.store.write() as connection:
        _record(parts, connection, in_hand, outcome)


def _take(parts: Parts, connection: Connection, number: int) -> _InHand | None:
    """Take a reader's digest in hand; None, and nothing is held back any more, when there is nothing to send."""
    begun = open_digest(connection, number)
    if begun is not None and begun.taken_since(parts.clock() - _PATIENCE):
        raise DigestInHand(str(number))
    held = held_from(connection, number)
    reader = subscriber_of(connection, number)
    fresh = _fresh(connection, number, {alert for _, alert in held}, begun.told if begun else ())
    digest = digest_of([[_entry(version)] for version in fresh])
    waited = tuple(version for version, _ in held)
    if reader is None or digest is None or not _reachable(connection, reader):
        release(connection, number, waited)
        if begun is not None:
            abandon_digest(connection, begun)
        return None
    told = {entry.alert for entry in digest.entries}
    telling = [version.id for version in fresh if version.alert in told]
    tried = take_digest(connection, number, begun, telling, parts.clock())
    return _InHand(reader, digest, tried, waited, max(fresh, key=lambda version: version.id))


def _fresh(connection: Connection, reader: int, alerts: set[int], mine: Sequence[int]) -> list[Version]:
    """Return the newest version of each alert, without what has come to the reader but (perhaps) by ``mine``."""
    chains = ([v for v in versions_of(connection, alert) if v.state in _TOLD] for alert in sorted(alerts))
    newest = [chain[-1] for chain in chains if chain]
    known = reached_by(connection, reader, [version.id for version in newest]) - frozenset(mine)
    return [version for version in newest if version.id not in known]


def _entry(version: Version) -> DigestEntry:
    return DigestEntry(version.alert, version.number, version.approved_at or version.decided_at, version.draft)


def _reachable(connection: Connection, reader: Subscriber) -> bool:
    active = reader.state is SubscriberState.ACTIVE and reader.address_key is not None
    return active and suppression_of(connection, reader.address_key or "") is None


def _hand_over(parts: Parts, in_hand: _InHand) -> Outcome:
    reader, tag = in_hand.reader, Tags(parts.secret).tag(in_hand.tried.named, in_hand.reader.id)
    user, _, domain = parts.settings.mail.return_path.rpartition("@")
    try:
        to = on_the_wire(reader.address or "").address
        message = _compiled(parts, in_hand).fill(Reader(to, Tokens(parts.secret).mailed(reader.id), tag))
        return hand_over_one(parts, f"{user}+{tag}@{domain}", to, message)
    except BadInput as error:
        return Outcome(DeliveryState.FAILED, Fault.MESSAGE, 0, str(error))
    except (RelayUnavailable, RelaysSpent) as error:
        return Outcome(DeliveryState.DEFERRED, Fault.LOST, 0, str(error))


def _compiled(parts: Parts, in_hand: _InHand) -> Compiled:
    reader = in_hand.reader
    mail = render_digest(in_hand.digest, identity_of(parts), language=reader.language, zone=reader.zone)
    head = letterhead(parts, in_hand.newest, reader.language)
    head = replace(head, date=parts.clock(), feedback=f"digest:{head.domain}", thread=None)
    return Compiled(mail, head, signers_of(parts.settings))


def _ended(outcome: Outcome) -> DeliveryState:
    if outcome.state is DeliveryState.DEFERRED:
        return DeliveryState.UNKNOWN if outcome.maybe else DeliveryState.EXPIRED
    return outcome.state


def _record(parts: Parts, connection: Connection, in_hand: _InHand, outcome: Outcome) -> None:
    reply = (outcome.code, without_names(outcome.text))
    if outcome.state is DeliveryState.DEFERRED and in_hand.tried.number < _MOST_TRIES:
        defer_digest(connection, in_hand.tried, reply, maybe=outcome.maybe)
        return
    if settle_digest(connection, in_hand.tried, _ended(outcome), reply, ReplyBook().id_of(connection, *reply)):
        release(connection, in_hand.reader.id, in_hand.held)
        if outcome.suppress and in_hand.reader.address_key is not None:
            domain = (in_hand.reader.address or "").rpartition("@")[2]
            met = Met(in_hand.tried.named, domain, without_names(outcome.text))
            suppress(connection, in_hand.reader.address_key, Suppressed.BOUNCED, parts.clock(), met)
