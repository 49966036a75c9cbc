"""Readers of another list come over with the proof of their consent: active at once, and free to leave as easily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from tocsin.i18n import languages
from tocsin.readers.addresses import address_key
from tocsin.readers.consent import Act, Purpose
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind
from tocsin.readers.roster import Entry
from tocsin.store.preferences import choose
from tocsin.store.subscribers import SubscriberState, activate, add_subscriber, subscriber_at
from tocsin.store.suppressions import suppression_of
from tocsin.subscribers.signing_up import record
from tocsin.wiring import Parts


class BroughtIn(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    PRESENT = "is a reader already"
    LEFT = "has left here, and is not brought back"
    SUPPRESSED = "is suppressed here: bounced, complained or erased"
    UNDATED = "the list does not say when they consented"


@dataclass(frozen=True, slots=True)
class Ground:
    """On what a list's readers are brought in: its name, the words they agreed to, and when, where it does not say.

    ``topics`` are what they will get; none stands for all news.
    """

    roster: str
    wording: str
    given_at: datetime | None = None
    topics: Sequence[str] = ()


def may_come(parts: Parts, connection: Connection, entry: Entry, ground: Ground) -> BroughtIn:
    """Tell what ``bring_in`` would make of an entry, and change nothing."""
    key, given_at = address_key(parts.secret, entry.address), entry.given_at or ground.given_at
    known = subscriber_at(connection, key)
    if known is not None and known.state is not SubscriberState.PENDING:
        return BroughtIn.PRESENT if known.state is SubscriberState.ACTIVE else BroughtIn.LEFT
    if suppression_of(connection, key) is not None:
        return BroughtIn.SUPPRESSED
    return BroughtIn.UNDATED if given_at is None or given_at > parts.clock() else BroughtIn.ADDED


def bring_in(parts: Parts, connection: Connection, entry: Entry, ground: Ground, *, by: str) -> BroughtIn:
    """Make a reader of an entry, the consent on record; done twice it changes nothing."""
    found = may_come(parts, connection, entry, ground)
    if found is BroughtIn.ADDED:
        number = _reader(parts, connection, entry)
        choose(connection, number, [Interest(InterestKind.TOPIC, topic) for topic in ground.topics] or (ALL_NEWS,))
        record(parts, connection, number, Purpose.ALERTS, Act.GIVEN, _facts(entry, ground, by))
    return found


def _reader(parts: Parts, connection: Connection, entry: Entry) -> int:
    """Return the number of the reader, active from now on; a sign-up that waits to be confirmed need not be."""
    key, room, now = address_key(parts.secret, entry.address), parts.settings.newsroom, parts.clock()
    language = entry.language if entry.language in languages() else room.language
    pending = subscriber_at(connection, key)
    number = (
        pending.id
        if pending
        else add_subscriber(
            connection, address=entry.address.written, address_key=key, language=language, zone=room.zone, at=now
        )
    )
    activate(connection, number, now)
    return number


def _facts(entry: Entry, ground: Ground, by: str) -> dict[str, str]:
    return {
        "address": entry.address.written,
        "wording for alerts": ground.wording,
        "given at": str(entry.given_at or ground.given_at),
        "topics": ", ".join(ground.topics),
        "brought in from": ground.roster,
        "brought in by": by,
    }
