"""Versions that are approved, on a clock that is told the time, and what has become of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, literal, select

from tests.fakes.relay import Relay
from tocsin.delivery.message import TOKEN_MARK, Rendered
from tocsin.delivery.transport import Relay as RelayTo
from tocsin.jobs.port import Job
from tocsin.model import Band, DeliveryState, Draft, VersionKind
from tocsin.sending.sender import SEND, Sender
from tocsin.settings import Mail, Settings
from tocsin.store.alerts import Version, add_version, approve_version, version_of
from tocsin.store.claims import Claimed
from tocsin.store.deliveries import freeze, owed_correction, supersede, tally
from tocsin.store.subscribers import subscribers
from tocsin.wiring import Parts, assemble, relays_of

NOON = datetime(2022, 11, 11, 12, tzinfo=UTC)


class Clock:
    """Time that passes only when told, besides a little with each look."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


def parts_for(folder: Path, relay: Relay, clock: Clock) -> Parts:
    mail = Mail(host="127.0.0.1", port=relay.port, security="none", connections=2)
    return assemble(Settings(folder=folder, mail=mail), clock)


def words(version: Version, delivery: Claimed) -> Rendered:
    return Rendered(
        version.draft.subject,
        f'<p>{version.draft.headline}</p><a href="/unsubscribe/{TOKEN_MARK}">',
        f"{version.draft.headline}\n/unsubscribe/{TOKEN_MARK}\n",
    )


def draft(kind: VersionKind = VersionKind.ALERT, band: Band = Band.ALERT, story: str = "s1") -> Draft:
    return Draft(
        story=story,
        kind=kind,
        band=band,
        label="One report",
        subject="Bridge closed, city says",
        headline="Bridge closed",
        paragraphs=(),
        statements=(),
        origins=(),
        publisher="The Daily",
        url=None,
        published=None,
        language="en",
    )


def approved(
    parts: Parts,
    readers: int = 0,
    *,
    kind: VersionKind = VersionKind.ALERT,
    band: Band = Band.ALERT,
    story: str = "s1",
    corrects: int | None = None,
    address: Callable[[int], str] = "r{}@example.org".format,
) -> int:
    """Add ``readers`` more readers, and approve a version for all there are."""
    with parts.store.write() as connection:
        now = parts.clock()
        if readers:
            rows = [
                {
                    "id": number,
                    "address": address(number),
                    "address_key": f"key{number}",
                    "state": "active",
                    "language": "en",
                    "zone": "UTC",
                    "created_at": now,
                }
                for number in range(1, readers + 1)
            ]
            connection.execute(insert(subscribers), rows)
        version = add_version(
            connection,
            draft(kind, band, story),
            published_at=now,
            seen_at=now,
            decided_at=now,
            stages={},
            held_until=None,
            reason="",
            refers_to=corrects,
        )
        approve_version(connection, version, "editor", now)
        if corrects is None:
            freeze(connection, version, select(subscribers.c.id.label("subscriber"), literal(1).label("why")))
        else:
            supersede(connection, corrects)
            freeze(connection, version, owed_correction(corrects))
    return version


def hasty(parts: Parts, seconds: float) -> Callable[[Settings], dict[str, RelayTo]]:
    """Return what a sender reads its relays by: each may take so many seconds for a reply."""
    relays = {name: relay.patient(seconds) for name, relay in relays_of(parts.settings).items()}
    return lambda settings: relays


def send_version(parts: Parts, version: int) -> None:
    """Do the job that sends a version, in this thread."""
    Sender(parts).do(Job(SEND, str(version), 1))


def states(parts: Parts, version: int) -> dict[DeliveryState, int]:
    with parts.store.read() as connection:
        return tally(connection, version)


def of(parts: Parts, version: int) -> Version:
    with parts.store.read() as connection:
        found = version_of(connection, version)
    assert found is not None
    return found


def message_id(message: bytes) -> bytes:
    found = re.search(rb"^Message-ID: (<[^>]+>)", message, re.MULTILINE)
    assert found is not None
    return found[1]
