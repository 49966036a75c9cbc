"""Deliveries: one row for each version and reader; it is the queue, the ledger, and why nobody is sent twice.

A row is small, for there are many: states are numbers, times are milliseconds since the version was approved, and what
the relay said is kept once for all (``replies``). How senders take them in hand: ``claims.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    Select,
    SmallInteger,
    Table,
    Text,
    case,
    exists,
    func,
    literal,
    select,
    update,
)

from tocsin.model import Band, DeliveryState, VersionKind
from tocsin.store.alerts import VersionState, versions
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, metadata

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

CODE = {state: number for number, state in enumerate(STATES)}
"""The number of each state in the database."""
_PENDING, _UNKNOWN = CODE[DeliveryState.PENDING], CODE[DeliveryState.UNKNOWN]
WAITING = (_PENDING, CODE[DeliveryState.DEFERRED])
"""The states of what nobody has in hand and somebody should send."""
_OPEN = (*WAITING, CODE[DeliveryState.IN_HAND])

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

URGENCY = case(
    (versions.c.kind.in_((VersionKind.CORRECTION, VersionKind.WITHDRAWAL)), 0),
    (versions.c.band == Band.FLASH, 1),
    (versions.c.band == Band.ALERT, 2),
    else_=3,
)
"""Which versions go first: the smaller number."""


# -- the audience ------------------------------------------------------------------------------------------------------


def freeze(connection: Connection, version_id: int, audience: Select[int, int]) -> int:
    """Write the audience (columns ``subscriber`` and ``why``) of a version down in one statement, and count it."""
    frozen = audience.subquery()
    rows = select(literal(version_id), frozen.c.subscriber, frozen.c.why, literal(_PENDING), literal(0), literal(0))
    columns = ["version", "subscriber", "why", "state", "tries", "maybe"]
    # Without a WHERE of its own SQLite would take ON CONFLICT for the beginning of a join.
    rows = rows.where(frozen.c.subscriber.is_not(None))
    fresh = insert_new(connection, deliveries).from_select(columns, rows)
    count = connection.execute(fresh, execution_options={"preserve_rowcount": True}).rowcount
    connection.execute(update(versions).where(versions.c.id == version_id).values(audience=count))
    return count


def owed_correction(version_id: int) -> Select[int, int]:
    """Select (subscriber, why) of those who were, or may have been, sent a version, or would be by now.

    What is in hand resolves before the correction is claimed; what was pending or deferred gets only the correction.
    """
    reached = (DeliveryState.ACCEPTED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN, DeliveryState.SUPERSEDED)
    states = (*_OPEN, *(CODE[state] for state in reached))
    mine = (deliveries.c.version == version_id) & deliveries.c.state.in_(states)
    return select(deliveries.c.subscriber, deliveries.c.why).where(mine)


def owed_count(connection: Connection, version_id: int) -> int:
    """Count those who would be told if a version were corrected now."""
    return int(
        connection.execute(select(func.count()).select_from(owed_correction(version_id).subquery())).scalar_one()
    )


def supersede(connection: Connection, version_id: int) -> int:
    """Take a version back from those it has not been sent to, because a newer one replaces it; count them."""
    return _end_waiting(connection, version_id, DeliveryState.SUPERSEDED)


def cancel_waiting(connection: Connection, version_id: int, at: datetime) -> int:
    """Stop a version for good, because a person wants it; count those it has not been sent to, and will not be.

    What is in hand meanwhile is ended by ``end_cancelled`` should it come back unsent.
    """
    # The version first: senders who wait for it then see what happened to it.
    under_way = (versions.c.id == version_id) & (versions.c.state == VersionState.SENDING)
    connection.execute(update(versions).where(under_way).values(state=VersionState.CANCELLED, done_at=at))
    return _end_waiting(connection, version_id, DeliveryState.CANCELLED)


def end_cancelled(connection: Connection, touched: Collection[int]) -> None:
    """End what came back unsent, or to be tried again, of those versions among ``touched`` that were stopped meanwhile.

    Call it in the transaction that brought it back, before anything is claimed: it waits for who is stopping them.
    """
    if touched:
        stopped = select(versions.c.id, versions.c.state).where(versions.c.id.in_(touched))
        for number, state in connection.execute(stopped.order_by(versions.c.id).with_for_update(read=True)).all():
            if state == VersionState.CANCELLED:
                _end_waiting(connection, number, DeliveryState.CANCELLED)


def expire_waiting(connection: Connection, version_id: int) -> int:
    """Give up those whom a version has not reached while it was news; count them."""
    return _end_waiting(connection, version_id, DeliveryState.EXPIRED)


def _end_waiting(connection: Connection, version_id: int, state: DeliveryState) -> int:
    waiting = (deliveries.c.version == version_id) & deliveries.c.state.in_(WAITING)
    lost = update(deliveries).where(waiting, deliveries.c.maybe == 1).values(state=_UNKNOWN, due=None)
    never = update(deliveries).where(waiting, deliveries.c.maybe == 0).values(state=CODE[state], due=None)
    return connection.execute(never).rowcount + connection.execute(lost).rowcount


# -- looking -----------------------------------------------------------------------------------------------------------


def still_open(connection: Connection, version_id: int) -> bool:
    """Tell whether a version waits for somebody still."""
    mine = (deliveries.c.version == version_id) & deliveries.c.state.in_(_OPEN)
    return bool(connection.execute(select(exists().where(mine))).scalar())


def in_hand(connection: Connection, version_id: int) -> bool:
    """Tell whether a sender has letters of a version in hand."""
    mine = (deliveries.c.version == version_id) & (deliveries.c.state == CODE[DeliveryState.IN_HAND])
    return bool(connection.execute(select(exists().where(mine))).scalar())


def tally(connection: Connection, version_id: int) -> dict[DeliveryState, int]:
    """Count a version's deliveries by state."""
    query = select(deliveries.c.state, func.count()).where(deliveries.c.version == version_id)
    return {STATES[code]: count for code, count in connection.execute(query.group_by(deliveries.c.state))}
