"""Digests: what is held back from readers, and how each summary of it went.

A digest has a row, which one sender at a time takes in hand; what it tells is also written down as deliveries, so that
a correction reaches whoever was told in a digest like whoever was sent an alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from tocsin.model import DeliveryState
from tocsin.store.alerts import versions
from tocsin.store.audience import held_back
from tocsin.store.deliveries import STATES, deliveries
from tocsin.store.dialect import insert_new, queue_up
from tocsin.store.engine import Id, Moment, Packed, metadata
from tocsin.store.subscribers import Subscriber, subscriber_from, subscribers

digests = Table(
    "digests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", Id, ForeignKey("subscribers.id"), nullable=False),
    # With the subscriber the name of the digest in its Message-ID and Return-Path: the newest version of its first try.
    Column("named", Id, ForeignKey("versions.id"), nullable=False),
    # "in hand", "deferred", or how it ended.
    Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False),
    # The versions that it has told, or may have.
    Column("told", Packed(tuple[int, ...]), nullable=False),
    Column("tried_at", Moment, nullable=False),
    Column("code", Integer),
    Column("text", Text),
    Index("ix_digests_subscriber", "subscriber"),
    Index("ix_digests_tried_at", "tried_at"),
)

_OPENED = (digests.c.id, digests.c.named, digests.c.state, digests.c.tries, digests.c.told, digests.c.tried_at)
_OPEN = (DeliveryState.IN_HAND, DeliveryState.DEFERRED)
_UNKNOWN = STATES.index(DeliveryState.UNKNOWN)
_EXPIRED = STATES.index(DeliveryState.EXPIRED)
"""An alert that did not leave while it was news, and comes by digest now."""
_BY_DIGEST = 0
"""Stands for the interest that brought a version: none alone, it came in a digest."""


@dataclass(frozen=True, slots=True)
class DigestTry:
    """One try at a digest: the versions that it tells, and those that an earlier try may have told.

    ``number`` counts from 1.
    """

    id: int
    subscriber: int
    named: int
    number: int
    telling: frozenset[int]
    earlier: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Open:
    """A digest that did not come to an end, and when it was last tried."""

    id: int
    named: int
    state: DeliveryState
    tries: int
    told: tuple[int, ...]
    tried_at: datetime

    def taken_since(self, since: datetime) -> bool:
        """Tell whether somebody took it in hand after ``since`` and may have it in hand still."""
        return self.state is DeliveryState.IN_HAND and self.tried_at > since


def waiting_readers(connection: Connection) -> Iterator[tuple[Subscriber, datetime]]:
    """Stream the readers from whom something is held back, and since when."""
    waiting = select(held_back.c.subscriber, func.min(held_back.c.at).label("since")).group_by(held_back.c.subscriber)
    first = waiting.subquery("first")
    query = select(first.c.since, *subscribers.c).join(first, first.c.subscriber == subscribers.c.id)
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        values = dict(row._mapping)
        since = values.pop("since")
        yield subscriber_from(values), since


def put_off(connection: Connection, since: datetime) -> dict[int, Open]:
    """Return, by reader, the digests that were put off by a relay after ``since``."""
    lately = (digests.c.tried_at > since) & (digests.c.state == DeliveryState.DEFERRED)
    query = select(digests.c.subscriber, *_OPENED).where(lately)
    return {row.subscriber: _open_from(row) for row in connection.execute(query)}


def held_from(connection: Connection, subscriber: int) -> tuple[tuple[int, int], ...]:
    """Return (version, alert) of what is held back from a reader, oldest version first."""
    query = select(versions.c.id, versions.c.alert).join(held_back, held_back.c.version == versions.c.id)
    rows = connection.execute(query.where(held_back.c.subscriber == subscriber).order_by(versions.c.id))
    return tuple((row.id, row.alert) for row in rows)


def release(connection: Connection, subscriber: int, told: Sequence[int]) -> None:
    """Hold these versions back from a reader no longer: they were told, or never will be."""
    mine = held_back.c.subscriber == subscriber
    connection.execute(delete(held_back).where(mine, held_back.c.version.in_(told)))


def reached_by(connection: Connection, subscriber: int, among: Sequence[int]) -> frozenset[int]:
    """Return the versions that have come to a reader, or are on their way, by themselves or in a digest."""
    mine = (deliveries.c.subscriber == subscriber) & deliveries.c.version.in_(among) & (deliveries.c.state != _EXPIRED)
    return frozenset(connection.execute(select(deliveries.c.version).where(mine)).scalars())


def open_digest(connection: Connection, subscriber: int) -> Open | None:
    """Return the digest of a reader that was begun and did not come to an end; nobody else looks until we commit."""
    queue_up(connection, f"digest {subscriber}")
    mine = (digests.c.subscriber == subscriber) & digests.c.state.in_(_OPEN)
    row = connection.execute(select(*_OPENED).where(mine)).first()
    return None if row is None else _open_from(row)


def _open_from(row: Row[*tuple[Any, ...]]) -> Open:
    return Open(row.id, row.named, DeliveryState(row.state), row.tries, row.told, row.tried_at)


def take_digest(
    connection: Connection, subscriber: int, begun: Open | None, telling: Sequence[int], now: datetime
) -> DigestTry:
    """Take a digest in hand that tells the versions ``telling``: from now on they may have been told."""
    if begun is None:
        values = {"subscriber": subscriber, "named": max(telling), "state": DeliveryState.IN_HAND, "tries": 1}
        new = insert(digests).values(**values, told=tuple(telling), tried_at=now).returning(digests.c.id)
        taken = DigestTry(connection.execute(new).scalar_one(), subscriber, max(telling), 1, frozenset(telling))
    else:
        tried = begun.tries + 1
        taken = DigestTry(begun.id, subscriber, begun.named, tried, frozenset(telling), frozenset(begun.told))
        told = tuple(taken.telling | taken.earlier)
        again = {"state": DeliveryState.IN_HAND, "tries": tried, "told": told, "tried_at": now}
        connection.execute(update(digests).where(digests.c.id == begun.id).values(again))
    _may_have_told(connection, taken)
    return taken


def _may_have_told(connection: Connection, digest: DigestTry) -> None:
    row = {"subscriber": digest.subscriber, "why": _BY_DIGEST, "state": _UNKNOWN, "tries": digest.number, "maybe": 0}
    fresh = digest.telling - digest.earlier
    mine = (deliveries.c.subscriber == digest.subscriber) & deliveries.c.version.in_(fresh)
    late = update(deliveries).where(mine, deliveries.c.state == _EXPIRED).values(state=_UNKNOWN, why=_BY_DIGEST)
    fresh -= frozenset(connection.execute(late.returning(deliveries.c.version)).scalars())
    if fresh:
        connection.execute(insert_new(connection, deliveries), [{"version": version, **row} for version in fresh])
        _reckon(connection, fresh, 1)


def settle_digest(
    connection: Connection, digest: DigestTry, state: DeliveryState, reply: tuple[int, str], reply_id: int
) -> bool:
    """Record how a digest ended, also for each version that it told; False when somebody else has taken it over."""
    if not _note(connection, digest, state, reply, digest.telling | digest.earlier):
        return False
    # A refusal says nothing of what an earlier try may have told.
    ended = digest.telling if state is DeliveryState.ACCEPTED else digest.telling - digest.earlier
    values = {"state": STATES.index(state), "reply": reply_id, "tries": digest.number}
    connection.execute(update(deliveries).where(_unknown(digest, ended)).values(values))
    return True


def defer_digest(connection: Connection, digest: DigestTry, reply: tuple[int, str], *, maybe: bool) -> bool:
    """Put a digest off; unless it ``maybe`` arrived all the same, this try told nothing. False as ``settle_digest``."""
    untold = frozenset() if maybe else digest.telling - digest.earlier
    if not _note(connection, digest, DeliveryState.DEFERRED, reply, (digest.telling | digest.earlier) - untold):
        return False
    connection.execute(delete(deliveries).where(_unknown(digest, untold)))
    _reckon(connection, untold, -1)
    return True


def abandon_digest(connection: Connection, begun: Open) -> None:
    """End a digest that was begun and has nothing to tell any more, or nobody to tell it to."""
    connection.execute(update(digests).where(digests.c.id == begun.id).values(state=DeliveryState.CANCELLED))


def forget_digests(connection: Connection, before: datetime) -> int:
    """Forget the digests last tried before ``before``; count them."""
    return connection.execute(delete(digests).where(digests.c.tried_at < before)).rowcount


def _note(
    connection: Connection, digest: DigestTry, state: DeliveryState, reply: tuple[int, str], told: frozenset[int]
) -> bool:
    mine = (digests.c.id == digest.id) & (digests.c.tries == digest.number)
    ours = mine & (digests.c.state == DeliveryState.IN_HAND)
    values = {"state": state, "code": reply[0], "text": reply[1], "told": tuple(told)}
    return connection.execute(update(digests).where(ours).values(values)).rowcount == 1


def _unknown(digest: DigestTry, told: frozenset[int]) -> ColumnElement[bool]:
    mine = (deliveries.c.subscriber == digest.subscriber) & deliveries.c.version.in_(told)
    return mine & (deliveries.c.state == _UNKNOWN)


def _reckon(connection: Connection, told: Iterable[int], readers: int) -> None:
    """Add so many readers to the audiences of versions."""
    grown = func.coalesce(versions.c.audience, 0) + readers
    connection.execute(update(versions).where(versions.c.id.in_(list(told))).values(audience=grown))
