"""One reader's whole story, as the newsroom may look it up: what they agreed to, what they were sent, and why not more.

Every look-up is in the audit log, in the transaction that does it, under the reader's number: an address there would
outlive its erasure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from tocsin.model import Band, VersionKind
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.consent import Record
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind, Stop, StopKind
from tocsin.store.alerts import Version, public_versions
from tocsin.store.audit import add_entry
from tocsin.store.consents import consents_of
from tocsin.store.ledger import Sent, held_back_from, sent_to
from tocsin.store.preferences import interests_of, stops_of
from tocsin.store.retention import totals_of
from tocsin.store.subscribers import Subscriber, SubscriberState, subscriber_at
from tocsin.store.suppressions import Suppressed, suppression_of
from tocsin.wiring import Parts

_CORRECTS = (VersionKind.CORRECTION, VersionKind.WITHDRAWAL)


@dataclass(frozen=True, slots=True)
class Reached:
    """One version and one reader: what was sent, or why nothing was."""

    version: Version
    sent: Sent | None
    left_out: str


@dataclass(frozen=True, slots=True)
class ReaderStory:
    """All that is known of one reader. ``reader`` is None for an address of which only a suppression is known."""

    reader: Subscriber | None
    suppressed: Suppressed | None
    interests: tuple[Interest, ...]
    stops: tuple[Stop, ...]
    consents: tuple[Record, ...]
    versions: tuple[Reached, ...]


def look_up(parts: Parts, address: str, *, by: str, most: int = 50) -> ReaderStory | None:
    """Return the story of an address with the newest ``most`` versions, or None if nothing is known; noted either way.

    Raises ``BadAddress`` for what is no address.
    """
    key = address_key(parts.secret, parse_address(address, smtputf8=True))
    with parts.store.write() as connection:
        reader = subscriber_at(connection, key)
        subject = f"reader {reader.id}" if reader else "reader unknown"
        add_entry(connection, at=parts.clock(), who=by, act="look up", subject=subject)
        suppressed = suppression_of(connection, key)
        if reader is None:
            return ReaderStory(None, suppressed, (), (), (), ()) if suppressed else None
        return _story(connection, reader, suppressed, most)


def _story(connection: Connection, reader: Subscriber, suppressed: Suppressed | None, most: int) -> ReaderStory:
    interests, stops = interests_of(connection, reader.id), stops_of(connection, reader.id)
    sent, held = sent_to(connection, reader.id), held_back_from(connection, reader.id)
    wants = Wants(reader, suppressed, interests, stops)
    reached = tuple(
        Reached(version, sent.get(version.id), "" if version.id in sent else _why_not(connection, version, wants, held))
        for version in public_versions(connection, most)
    )
    return ReaderStory(reader, suppressed, interests, stops, consents_of(connection, reader.id), reached)


@dataclass(frozen=True, slots=True)
class Wants:
    """What decides whether a reader gets a version."""

    reader: Subscriber
    suppressed: Suppressed | None
    interests: tuple[Interest, ...]
    stops: tuple[Stop, ...]


def _why_not(connection: Connection, version: Version, wants: Wants, held: frozenset[int]) -> str:
    if totals_of(connection, version.id):
        return "it is no longer kept who was sent this"
    if version.id in held:
        return "held back for the next digest: quiet hours, a pause, a daily cap, or a digest instead of single alerts"
    if version.kind in _CORRECTS:
        return "was not sent what this corrects"
    return next(reasons_left_out(version, wants), "not by what is known now: the preferences may have been others then")


def reasons_left_out(version: Version, wants: Wants) -> Iterator[str]:
    """Give the reasons, as far as they are known now, for which a reader gets no version, the strongest first."""
    reader, draft, at = wants.reader, version.draft, version.approved_at
    if at is not None and (reader.confirmed_at is None or reader.confirmed_at > at):
        yield "had not confirmed yet" if reader.confirmed_at else "has not confirmed"
    if reader.state is not SubscriberState.ACTIVE and (reader.ended_at is None or at is None or reader.ended_at <= at):
        yield f"was {reader.state}"
    if wants.suppressed is not None:
        yield f"the address is suppressed: {wants.suppressed}"
    if Stop(StopKind.STORY, draft.story) in wants.stops:
        yield "stopped this story"
    yield from (f"stopped the topic {name}" for name in draft.topics if Stop(StopKind.TOPIC, name) in wants.stops)
    if reader.flash_only and version.band is not Band.FLASH:
        yield "wants flashes only"
    if not _interested(version, wants.interests):
        named = ", ".join((*draft.topics, *draft.places)) or "no topic and no place"
        yield f"no interest matches ({named})"


def _interested(version: Version, interests: tuple[Interest, ...]) -> bool:
    """Tell whether a topic or place matches; which phrases were found in a version's articles is not kept."""
    draft = version.draft
    wanted = {
        ALL_NEWS,
        *(Interest(InterestKind.TOPIC, name) for name in draft.topics),
        *(Interest(InterestKind.PLACE, name) for name in draft.places),
    }
    return any(one in wanted for one in interests)


def delay_of(version: Version, sent: Sent) -> timedelta | None:
    """Return how long after publication (else after it was seen) the relay accepted a message, None if it did not."""
    began: datetime = version.published_at or version.seen_at
    return None if sent.settled_at is None else sent.settled_at - began
