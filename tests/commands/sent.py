"""A version that was sent to made-up readers, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import structs
from sqlalchemy import Connection, literal, select, update

from tocsin.model import Band, DeliveryState, Draft, VersionKind
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.interests import ALL_NEWS, Interest
from tocsin.store.alerts import add_version, approve_version, versions
from tocsin.store.claims import Settled, claim, sendable, settle
from tocsin.store.deliveries import freeze
from tocsin.store.preferences import choose, interests
from tocsin.store.replies import ReplyBook
from tocsin.store.senders import join_senders
from tocsin.store.subscribers import activate, add_subscriber, subscribers
from tocsin.wiring import Parts

NOON = datetime(2022, 11, 11, 12, tzinfo=UTC)
DRAFT = Draft(
    "s1", VersionKind.ALERT, Band.ALERT, "One report", "Bridge closed", "Bridge closed", (), (), (), "Wire", None,
    None, "en", topics=("medtop:03000000",),
)  # fmt: skip


def reader(parts: Parts, address: str, *wanted: Interest, confirmed: datetime = NOON - timedelta(days=1)) -> int:
    """Keep an active reader who wants ``wanted``, or all news."""
    with parts.store.write() as connection:
        number = add_subscriber(
            connection,
            address=address,
            address_key=address_key(parts.secret, parse_address(address)),
            language="en",
            zone="UTC",
            at=confirmed,
        )
        activate(connection, number, confirmed)
        choose(connection, number, wanted or (ALL_NEWS,))
    return number


def held(parts: Parts, draft: Draft = DRAFT, composed: Draft | None = None) -> int:
    """Keep a version that waits for a decision."""
    with parts.store.write() as connection:
        return add_version(
            connection,
            draft,
            published_at=NOON - timedelta(seconds=9),
            seen_at=NOON - timedelta(seconds=4),
            decided_at=NOON - timedelta(seconds=2),
            stages={"read": NOON - timedelta(seconds=3)},
            held_until=NOON + timedelta(minutes=20),
            reason="",
            composed=composed,
        )


def approved(parts: Parts, draft: Draft = DRAFT, *, but: Sequence[int] = ()) -> int:
    """Approve a version at noon, its audience all readers but some."""
    version = held(parts, draft)
    with parts.store.write() as connection:
        approve_version(connection, version, "editor", NOON)
        everybody = select(subscribers.c.id.label("subscriber"), literal(_all_news(connection)).label("why"))
        freeze(connection, version, everybody.where(subscribers.c.id.not_in(but)))
    return version


def _all_news(connection: Connection) -> int:
    return int(connection.execute(select(interests.c.id).where(interests.c.kind == ALL_NEWS.kind)).scalar() or 0)


def answer(parts: Parts, version: int, *outcomes: Settled) -> None:
    """Claim what waits of a version, and record outcomes; what has none stays in hand."""
    with parts.store.write() as connection:
        sender = join_senders(connection, "nowhere", NOON)
        found = next(one for one in sendable(connection) if one.id == version)
        claim(connection, found, sender, after=0, most=1000, now=NOON)
        mine = [structs.replace(one, version=version) for one in outcomes]
        settle(connection, sender, mine, ReplyBook())
        firsts = {
            "handed_at": NOON + timedelta(milliseconds=min(one.handed or 0 for one in mine)),
            "accepted_at": NOON + timedelta(milliseconds=min(one.settled for one in mine)),
        }
        connection.execute(update(versions).where(versions.c.id == version).values(firsts))


def accepted(subscriber: int, ms: int, text: str = "2.0.0 Ok") -> Settled:
    """Return an acceptance so many milliseconds after approval."""
    return Settled(0, subscriber, DeliveryState.ACCEPTED, ms - 1, ms, None, False, 250, text, f"Q{subscriber}", False)


def refused(subscriber: int, ms: int, text: str) -> Settled:
    """Return a refusal for good."""
    return Settled(0, subscriber, DeliveryState.FAILED, ms - 1, ms, None, False, 550, text, None, False)
