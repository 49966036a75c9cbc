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
from tocsin.store.consents import NewConsent, add_consents
from tocsin.store.preferences import choose_for_all
from tocsin.store.subscribers import NewReader, SubscriberState, activate, add_readers, subscribers_at
from tocsin.store.suppressions import suppressed_among
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


def may_come(parts: Parts, connection: Connection, entries: Sequence[Entry], ground: Ground) -> tuple[BroughtIn, ...]:
    """Tell what ``bring_in`` would make of each entry, and change nothing."""
    keys, now = [address_key(parts.secret, entry.address) for entry in entries], parts.clock()
    known, suppressed = subscribers_at(connection, keys), suppressed_among(connection, keys)
    states = {key: reader.state for key, reader in known.items() if reader.state is not SubscriberState.PENDING}
    found = []
    for key, entry in zip(keys, entries, strict=True):
        given_at = entry.given_at or ground.given_at
        if key in states:
            found.append(BroughtIn.PRESENT if states[key] is SubscriberState.ACTIVE else BroughtIn.LEFT)
        elif key in suppressed:
            found.append(BroughtIn.SUPPRESSED)
        elif given_at is None or given_at > now:
            found.append(BroughtIn.UNDATED)
        else:
            found.append(BroughtIn.ADDED)
            states[key] = SubscriberState.ACTIVE  # a list may name somebody twice
    return tuple(found)


def bring_in(
    parts: Parts, connection: Connection, entries: Sequence[Entry], ground: Ground, *, by: str
) -> tuple[BroughtIn, ...]:
    """Make readers of entries, some hundred at a time, their consents on record; done twice it changes nothing."""
    found = may_come(parts, connection, entries, ground)
    new = [entry for entry, what in zip(entries, found, strict=True) if what is BroughtIn.ADDED]
    numbers = _readers(parts, connection, new)
    choose_for_all(connection, numbers, [Interest(InterestKind.TOPIC, name) for name in ground.topics] or (ALL_NEWS,))
    given = [
        NewConsent(number, Purpose.ALERTS, Act.GIVEN, _facts(entry, ground, by))
        for number, entry in zip(numbers, new, strict=True)
    ]
    add_consents(connection, given, parts.clock())
    return found


def _readers(parts: Parts, connection: Connection, entries: Sequence[Entry]) -> tuple[int, ...]:
    """Return the readers' numbers, active from now on; whose sign-up still waits to be confirmed is known already."""
    room, now = parts.settings.newsroom, parts.clock()
    wanted = {
        (key := address_key(parts.secret, entry.address)): NewReader(
            entry.address.written,
            key,
            entry.language if entry.language in languages() else room.language,
            room.zone,
        )
        for entry in entries
    }
    numbers = {key: reader.id for key, reader in subscribers_at(connection, list(wanted)).items()}
    for number in numbers.values():
        activate(connection, number, now)
    new = [one for key, one in wanted.items() if key not in numbers]
    numbers |= zip([one.address_key for one in new], add_readers(connection, new, now), strict=True)
    return tuple([numbers[key] for key in wanted])


def _facts(entry: Entry, ground: Ground, by: str) -> dict[str, str]:
    return {
        "address": entry.address.written,
        "wording for alerts": ground.wording,
        "given at": str(entry.given_at or ground.given_at),
        "topics": ", ".join(ground.topics),
        "brought in from": ground.roster,
        "brought in by": by,
    }
