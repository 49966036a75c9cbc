"""What one reader was sent: for their export, and gone after the time that the privacy notice tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from tocsin.model import DeliveryState
from tocsin.store.alerts import versions
from tocsin.store.deliveries import STATES, deliveries


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery, as its reader may see it. Times are None when it never came so far."""

    subject: str
    state: DeliveryState
    approved_at: datetime | None
    handed_at: datetime | None


def received_by(connection: Connection, subscriber: int) -> tuple[Received, ...]:
    """Return what a reader was sent, newest first."""
    query = (
        select(versions.c.draft, versions.c.approved_at, deliveries.c.state, deliveries.c.handed)
        .join(versions, versions.c.id == deliveries.c.version)
        .where(deliveries.c.subscriber == subscriber)
        .order_by(deliveries.c.version.desc())
    )
    return tuple(
        Received(row.draft.subject, STATES[row.state], row.approved_at, _at(row.approved_at, row.handed))
        for row in connection.execute(query)
    )


def _at(approved_at: datetime | None, milliseconds: int | None) -> datetime | None:
    if approved_at is None or milliseconds is None:
        return None
    return approved_at + timedelta(milliseconds=milliseconds)
