"""Deliveries: one row for each version and reader; it is the queue, the ledger, and why nobody is sent twice.

A row is small, for there are many: states are numbers, times are milliseconds since the version was approved, and what
the relay said is kept once for all (``replies``). The bulk statements are plain SQL that both engines understand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Select,
    SmallInteger,
    String,
    Table,
    Text,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from tocsin.model import Band, DeliveryState, VersionKind
from tocsin.store.alerts import VersionState, versions
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Moment, metadata
from tocsin.store.subscribers import subscribers
from tocsin.store.suppressions import Suppressed, suppress

Id = BigInteger().with_variant(Integer, "sqlite")

STATES = (
    DeliveryState.PENDING,
    DeliveryState.IN_HAND,
    DeliveryState.ACCEPTED,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
    DeliveryState.SUPERSEDED,
    DeliveryState.SUPPRESSED,
    DeliveryState.CANCELLED,
    DeliveryState.EXPIRED,
)
"""A state's number is its place here. Never reorder: the numbers are in the database."""

_CODE = {state: number for number, state in enumerate(STATES)}
_PENDING, _IN_HAND, _ACCEPTED = (
    _CODE[s] for s in (DeliveryState.PENDING, DeliveryState.IN_HAND, DeliveryState.ACCEPTED)
)
_DEFERRED, _UNKNOWN = _CODE[DeliveryState.DEFERRED], _CODE[DeliveryState.UNKNOWN]
_OPEN = (_PENDING, _IN_HAND, _DEFERRED)
_WAITING = (_PENDING, _DEFERRED)

deliveries = Table(
    "deliveries",
    metadata,
    Column("version", Id, primary_key=True, autoincrement=False),
    Column("subscriber", Id, primary_key=True, autoincrement=False),
    # A row of whys: why this reader gets this version.
    Column("why", Integer, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    # 1 when a reply was lost: the message may have arrived.
    Column("maybe", SmallInteger, nullable=False),
    # Who has, or last had, it in hand: a row of senders.
    Column("sender", Integer),
    # Milliseconds since the version's approval: handed to the relay; answered; next try not before.
    Column("handed", Integer),
    Column("settled", Integer),
    Column("due", Integer),
    Column("reply", Integer),
    # The relay's own name for the message, by which its bounces may speak of it.
    Column("queued_as", Text),
    sqlite_with_rowid=False,
)

senders = Table(
    "senders",
    metadata,
    Column("id", Id, primary_key=True),
    # Where its journal lies, on its own machine; held locked while the process lives.
    Column("journal", String(500), nullable=False),
    Column("beat_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Sendable:
    """A version that may be sent now, as senders see it."""

    id: int
    approved_at: datetime
    band: Band
    kind: VersionKind
    refers_to: int | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in hand, with what its message needs."""

    version: int
    subscriber: int
    why: int
    tries: int
    address: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class Settled:
    """An outcome to record. Times are milliseconds since the version's approval."""

    version: int
    subscriber: int
    state: DeliveryState
    handed: int | None
    settled: int
    due: int | None
    maybe: bool
    reply: int
    queued_as: str | None


# -- the audience ------------------------------------------------------------------------------------------------------


def freeze(connection: Connection, version_id: int, audience: Select[tuple[int, int]]) -> int:
    """Write the audience (columns ``subscriber`` and ``why``) of a version down in one statement, and count it."""
    frozen = audience.subquery()
    rows = select(literal(version_id), frozen.c.subscriber, frozen.c.why, literal(_PENDING), literal(0), literal(0))
    columns = ["version", "subscriber", "why", "state", "tries", "maybe"]
    # Without a WHERE of its own SQLite would take ON CONFLICT for the beginning of a join.
    rows = rows.where(frozen.c.subscriber.is_not(None))
    count = connection.execute(insert_new(connection, deliveries).from_select(columns, rows)).rowcount
    connection.execute(update(versions).where(versions.c.id == version_id).values(audience=count))
    return count


def owed_correction(version_id: int) -> Select[tuple[int, int]]:
    """Select (subscriber, why) of those who were, or may have been, sent a version, or would be by now.

    What is in hand resolves before the correction is claimed; what was pending or deferred gets only the correction.
    """
    reached = (DeliveryState.ACCEPTED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN, DeliveryState.SUPERSEDED)
    states = (*_OPEN, *(_CODE[state] for state in reached))
    mine = (deliveries.c.version == version_id) & deliveries.c.state.in_(states)
    return select(deliveries.c.subscriber, deliveries.c.why).where(mine)


def supersede(connection: Connection, version_id: int) -> int:
    """Take a version back from those it has not been sent to, because a newer one replaces it; count them."""
    return _end_waiting(connection, version_id, DeliveryState.SUPERSEDED)


def cancel_waiting(connection: Connection, version_id: int) -> int:
    """Take a version back from those it has not been sent to, because a person stopped it; count them."""
    return _end_waiting(connection, version_id, DeliveryState.CANCELLED)


def expire_waiting(connection: Connection, version_id: int) -> int:
    """Give up those whom a version has not reached while it was news; count them."""
    return _end_waiting(connection, version_id, DeliveryState.EXPIRED)


def _end_waiting(connection: Connection, version_id: int, state: DeliveryState) -> int:
    waiting = (deliveries.c.version == version_id) & deliveries.c.state.in_(_WAITING)
    lost = update(deliveries).where(waiting, deliveries.c.maybe == 1).values(state=_UNKNOWN, due=None)
    never = update(deliveries).where(waiting, deliveries.c.maybe == 0).values(state=_CODE[state], due=None)
    return connection.execute(never).rowcount + connection.execute(lost).rowcount


# -- the queue ---------------------------------------------------------------------------------------------------------

_URGENCY = text(
    "CASE WHEN versions.kind IN ('correction', 'withdrawal') THEN 0 WHEN versions.band = 'flash' THEN 1 "
    "WHEN versions.band = 'alert' THEN 2 ELSE 3 END"
)


def sendable(connection: Connection) -> tuple[Sendable, ...]:
    """Return the versions that may be sent now, the most urgent first: corrections, flashes, alerts, the rest."""
    columns = (versions.c.id, versions.c.approved_at, versions.c.band, versions.c.kind, versions.c.refers_to)
    query = select(*columns).where(versions.c.state == VersionState.SENDING, versions.c.paused_at.is_(None))
    rows = connection.execute(query.order_by(_URGENCY, versions.c.id))
    return tuple(Sendable(r.id, r.approved_at, Band(r.band), VersionKind(r.kind), r.refers_to) for r in rows)


_CLAIM = """
UPDATE deliveries SET
  state = CASE WHEN EXISTS (
      SELECT 1 FROM subscribers s WHERE s.id = deliveries.subscriber AND s.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address_key = s.address_key)
    ) THEN {in_hand} ELSE {suppressed} END,
  sender = :sender, tries = tries + 1, due = NULL
WHERE version = :version AND subscriber IN (
  SELECT d.subscriber FROM deliveries d
  WHERE d.version = :version AND d.subscriber > :after AND d.state IN ({pending}, {deferred})
  AND (d.due IS NULL OR d.due <= :now) {guards}
  ORDER BY d.subscriber LIMIT :most {locking}
)
RETURNING subscriber, state, why, tries,
  (SELECT s.address FROM subscribers s WHERE s.id = deliveries.subscriber) AS address,
  (SELECT s.language FROM subscribers s WHERE s.id = deliveries.subscriber) AS language,
  (SELECT s.zone FROM subscribers s WHERE s.id = deliveries.subscriber) AS zone
"""

_FIRST_RESOLVED = """AND NOT EXISTS (
    SELECT 1 FROM deliveries w WHERE w.version = :refers_to AND w.subscriber = d.subscriber AND w.state = {in_hand})"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one guarded write took: deliveries in hand, in the order of readers, and where to look on."""

    taken: tuple[Claimed, ...]
    after: int
    exhausted: bool


def claim(connection: Connection, version: Sendable, sender: int, *, after: int, most: int, now: datetime) -> Claim:
    """Take up to ``most`` waiting deliveries of a version whose readers come after subscriber ``after``.

    Readers who are no longer active, or suppressed, are settled as such by the same statement. A correction leaves out
    those who have the version it corrects still in hand.
    """
    values: dict[str, Any] = {"version": version.id, "sender": sender, "after": after, "most": most}
    values["now"] = milliseconds(now - version.approved_at)
    if version.refers_to is not None:
        values["refers_to"] = version.refers_to
    rows = connection.execute(text(_claim_sql(connection, version.refers_to is not None)), values).all()
    reached = max((row.subscriber for row in rows), default=after)
    taken = [
        Claimed(version.id, row.subscriber, row.why, row.tries, row.address, row.language, row.zone)
        for row in rows
        if row.state == _IN_HAND
    ]
    taken.sort(key=lambda delivery: delivery.subscriber)
    return Claim(tuple(taken), reached, exhausted=len(rows) < most)


def _claim_sql(connection: Connection, corrects: bool) -> str:
    codes = {
        "in_hand": _IN_HAND,
        "suppressed": _CODE[DeliveryState.SUPPRESSED],
        "pending": _PENDING,
        "deferred": _DEFERRED,
    }
    guards = _FIRST_RESOLVED.format(**codes) if corrects else ""
    locking = "FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""
    return _CLAIM.format(guards=guards, locking=locking, **codes)


_SETTLE = """
UPDATE deliveries SET state = ?, handed = coalesce(?, handed), settled = ?, due = ?, maybe = max(maybe, ?), reply = ?,
  queued_as = ?, sender = NULL
WHERE version = ? AND subscriber = ? AND sender = ? AND state = 1
"""

_SETTLE_MANY = """
UPDATE deliveries d SET state = r.state, handed = coalesce(r.handed, d.handed), settled = r.settled, due = r.due,
  maybe = greatest(d.maybe, r.maybe), reply = r.reply, queued_as = r.queued_as, sender = NULL
FROM unnest(%s::smallint[], %s::int[], %s::int[], %s::int[], %s::smallint[], %s::int[], %s::text[], %s::bigint[],
  %s::bigint[]) AS r(state, handed, settled, due, maybe, reply, queued_as, version, subscriber)
WHERE d.version = r.version AND d.subscriber = r.subscriber AND d.sender = %s AND d.state = 1
"""


def settle(connection: Connection, sender: int, outcomes: Sequence[Settled]) -> None:
    """Record outcomes of what ``sender`` has in hand; one that somebody else has taken over meanwhile is left alone."""
    if not outcomes:
        return
    rows = [
        (_CODE[o.state], o.handed, o.settled, o.due, int(o.maybe), o.reply, o.queued_as, o.version, o.subscriber)
        for o in outcomes
    ]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_SETTLE, [(*row, sender) for row in rows])
    else:
        connection.exec_driver_sql(_SETTLE_MANY, (*map(list, zip(*rows, strict=True)), sender))


def give_back(connection: Connection, sender: int, version: int, subscribers: Sequence[int]) -> None:
    """Put back what was claimed and not sent, as if it had not been claimed."""
    for start in range(0, len(subscribers), 500):
        some = subscribers[start : start + 500]
        mine = (deliveries.c.version == version) & deliveries.c.subscriber.in_(some)
        connection.execute(
            update(deliveries)
            .where(mine, deliveries.c.sender == sender, deliveries.c.state == _IN_HAND)
            .values(state=_PENDING, sender=None, tries=deliveries.c.tries - 1)
        )


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds."""
    return span // timedelta(milliseconds=1)


# -- senders and their end ---------------------------------------------------------------------------------------------


def join_senders(connection: Connection, journal: str, now: datetime) -> int:
    """Take part in sending; return the sender's number."""
    row = connection.execute(insert(senders).values(journal=journal, beat_at=now).returning(senders.c.id))
    return int(row.scalar_one())


def beat_sender(connection: Connection, sender: int, now: datetime) -> bool:
    """Say that a sender lives; False when others have taken it for dead, so that it has nothing in hand any more."""
    return connection.execute(update(senders).where(senders.c.id == sender).values(beat_at=now)).rowcount == 1


def other_senders(connection: Connection, sender: int) -> tuple[tuple[int, str, datetime], ...]:
    """Return (number, journal, last heartbeat) of all senders but one."""
    query = select(senders.c.id, senders.c.journal, senders.c.beat_at).where(senders.c.id != sender)
    return tuple((row.id, row.journal, row.beat_at) for row in connection.execute(query))


def bury_sender(connection: Connection, sender: int) -> int:
    """Put what a dead sender still has in hand back into the queue: it may have been sent. Count it."""
    live = select(versions.c.id).where(versions.c.state.in_((VersionState.SENDING, VersionState.CANCELLED)))
    left = deliveries.c.version.in_(live) & (deliveries.c.state == _IN_HAND) & (deliveries.c.sender == sender)
    count = connection.execute(update(deliveries).where(left).values(state=_PENDING, sender=None, maybe=1)).rowcount
    leave_senders(connection, sender)
    return count


def leave_senders(connection: Connection, sender: int) -> None:
    """Take no part any longer."""
    connection.execute(delete(senders).where(senders.c.id == sender))


# -- looking -----------------------------------------------------------------------------------------------------------


def still_open(connection: Connection, version_id: int) -> bool:
    """Tell whether a version waits for somebody still."""
    mine = (deliveries.c.version == version_id) & deliveries.c.state.in_(_OPEN)
    return bool(connection.execute(select(exists().where(mine))).scalar())


def next_due(connection: Connection, version: Sendable) -> datetime | None:
    """Return when the next waiting delivery of a version may be tried, or None if none waits."""
    waiting = (deliveries.c.version == version.id) & deliveries.c.state.in_(_WAITING)
    due = connection.execute(select(func.min(func.coalesce(deliveries.c.due, 0))).where(waiting)).scalar()
    return None if due is None else version.approved_at + timedelta(milliseconds=due)


def tally(connection: Connection, version_id: int) -> dict[DeliveryState, int]:
    """Count a version's deliveries by state."""
    query = select(deliveries.c.state, func.count()).where(deliveries.c.version == version_id)
    return {STATES[code]: count for code, count in connection.execute(query.group_by(deliveries.c.state))}


# -- what follows from outcomes ----------------------------------------------------------------------------------------


def note_progress(connection: Connection, version_id: int, handed: int | None, accepted: int | None) -> None:
    """Enter a version's first hand-over and first acceptance (milliseconds since approval) into its time ledger."""
    columns = (versions.c.approved_at, versions.c.handed_at, versions.c.accepted_at)
    row = connection.execute(select(*columns).where(versions.c.id == version_id)).one()
    fresh = {
        name: row.approved_at + timedelta(milliseconds=span)
        for name, span, known in (("handed_at", handed, row.handed_at), ("accepted_at", accepted, row.accepted_at))
        if span is not None and known is None
    }
    if fresh:
        connection.execute(update(versions).where(versions.c.id == version_id).values(fresh))


def suppress_readers(connection: Connection, readers: Sequence[int], at: datetime) -> None:
    """Suppress the addresses of readers to whom mail can't be delivered, ever."""
    for reader in readers:
        key = connection.execute(select(subscribers.c.address_key).where(subscribers.c.id == reader)).scalar()
        if key is not None:
            suppress(connection, key, Suppressed.BOUNCED, at)
