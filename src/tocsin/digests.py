"""Digests: what was held back from a reader becomes one fresh summary when their time has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from tocsin.alerts.digest import digest_of
from tocsin.delivery.addresses import Tags, recipient
from tocsin.delivery.digest import render_digest
from tocsin.delivery.message import Compiled, Reader
from tocsin.delivery.transport import send_one
from tocsin.errors import Temporary
from tocsin.jobs.port import Job
from tocsin.messages import identity_of, letterhead
from tocsin.model import DeliveryState, Digest, DigestEntry
from tocsin.readers.digest_time import digest_due
from tocsin.readers.tokens import Tokens
from tocsin.store.alerts import Version, VersionState, versions_of
from tocsin.store.held import held_from, release, waiting_readers
from tocsin.store.subscribers import Subscriber, SubscriberState, subscriber_of
from tocsin.store.suppressions import suppression_of
from tocsin.subscribers import preferences_of
from tocsin.wiring import Parts, relay_of, signers_of

LOOK, DIGEST = "digests", "digest"
"""The job that looks whose digest is due, every minute; and the one that sends it to the reader it names."""

_EVERY = timedelta(minutes=1)
_PRIORITY = 15
_TOLD = (VersionState.SENDING, VersionState.SENT)


class DigestDeferred(Temporary):
    """The relay did not take the digest yet."""


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
    """Return the readers whose digest is due now."""
    now = parts.clock()
    with parts.store.read() as connection:
        waiting = [(subscriber_of(connection, number), since) for number, since in waiting_readers(connection)]
    return tuple(
        reader.id
        for reader, since in waiting
        if reader is not None and digest_due(preferences_of(parts, reader), since) <= now
    )


def send_digest(parts: Parts, job: Job) -> None:
    """Send one reader's digest (the handler of ``DIGEST``); who has left meanwhile gets none.

    Raises ``Temporary`` to be tried again; a repeat bears the same Message-ID.
    """
    with parts.store.read() as connection:
        reader = subscriber_of(connection, int(job.payload))
        held = held_from(connection, int(job.payload))
        told = [version for alert in {alert for _, alert in held} for version in _told(connection, alert)]
        wanted = reader is not None and _reachable(connection, reader)
    told.sort(key=lambda version: version.id)
    chains = [[_entry(version) for version in chain] for chain in _by_alert(told)]
    digest = digest_of(chains)
    if reader is not None and wanted and digest is not None:
        _hand_over(parts, reader, digest, told[-1])
    with parts.store.write() as connection:
        release(connection, int(job.payload), [version for version, _ in held])


def _told(connection: Connection, alert: int) -> list[Version]:
    return [version for version in versions_of(connection, alert) if version.state in _TOLD]


def _by_alert(told: Sequence[Version]) -> Iterable[list[Version]]:
    chains: dict[int, list[Version]] = defaultdict(list)
    for version in told:
        chains[version.alert].append(version)
    return chains.values()


def _entry(version: Version) -> DigestEntry:
    return DigestEntry(version.alert, version.number, version.approved_at or version.decided_at, version.draft)


def _reachable(connection: Connection, reader: Subscriber) -> bool:
    active = reader.state is SubscriberState.ACTIVE and reader.address_key is not None
    return active and suppression_of(connection, reader.address_key or "") is None


def _hand_over(parts: Parts, reader: Subscriber, digest: Digest, newest: Version) -> None:
    mail = render_digest(digest, identity_of(parts), language=reader.language, zone=reader.zone)
    head = letterhead(parts, newest, reader.language)
    head = replace(head, feedback=f"digest:{head.domain}", thread=None)
    to, tag = recipient(reader.address or ""), Tags(parts.secret).tag(newest.id, reader.id)
    message = Compiled(mail, head, signers_of(parts.settings)).fill(
        Reader(to.address, Tokens(parts.secret).mailed(reader.id), tag)
    )
    user, _, domain = parts.settings.mail.return_path.rpartition("@")
    outcome = send_one(relay_of(parts.settings), f"{user}+{tag}@{domain}", to.address, message)
    if outcome.state is DeliveryState.DEFERRED:
        raise DigestDeferred(f"{outcome.code} {outcome.text}")
