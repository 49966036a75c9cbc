"""What follows from outcomes: the first times of a version, suppressions, and mail that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, exists, select, update

from tocsin.delivery.notices import without_names
from tocsin.model import DeliveryState
from tocsin.store.alerts import VersionState, versions
from tocsin.store.claims import Settled
from tocsin.store.deliveries import CODE, deliveries
from tocsin.store.replies import replies
from tocsin.store.subscribers import subscribers
from tocsin.store.suppressions import Met, Suppressed, suppress


def note_progress(connection: Connection, outcomes: Sequence[Settled], known: set[int]) -> None:
    """Enter the first hand-over and the first acceptance into the time ledgers of the outcomes' versions.

    ``known`` gathers the versions of which both are known, so that they are not looked at again.
    """
    for version in {outcome.version for outcome in outcomes} - known:
        mine = [outcome for outcome in outcomes if outcome.version == version]
        handed = min((o.handed for o in mine if o.handed is not None), default=None)
        accepted = min((o.settled for o in mine if o.state is DeliveryState.ACCEPTED), default=None)
        _note_first(connection, version, handed, accepted)
        if accepted is not None:
            known.add(version)


def _note_first(connection: Connection, version_id: int, handed: int | None, accepted: int | None) -> None:
    columns = (versions.c.approved_at, versions.c.handed_at, versions.c.accepted_at)
    row = connection.execute(select(*columns).where(versions.c.id == version_id)).one()
    fresh = {
        name: row.approved_at + timedelta(milliseconds=span)
        for name, span, known in (("handed_at", handed, row.handed_at), ("accepted_at", accepted, row.accepted_at))
        if span is not None and known is None
    }
    if fresh:
        connection.execute(update(versions).where(versions.c.id == version_id).values(fresh))


def suppress_unreachable(connection: Connection, outcomes: Sequence[Settled], at: datetime) -> None:
    """Suppress the addresses that the outcomes say do not exist."""
    for outcome in outcomes:
        if outcome.suppress:
            reader = subscribers.c.id == outcome.subscriber
            row = connection.execute(select(subscribers.c.address_key, subscribers.c.address).where(reader)).first()
            if row is not None and row.address_key is not None:
                answer = f"{outcome.code} {without_names(outcome.text)}"
                met = Met(outcome.version, str(row.address).rpartition("@")[2], answer)
                suppress(connection, row.address_key, Suppressed.BOUNCED, at, met)


class Returned(StrEnum):
    """What came of marking a delivery as returned."""

    MARKED = "marked"
    KNOWN = "known"
    """It was marked already, or it never left."""
    IN_HAND = "in hand"
    """Its answer is not recorded yet: the bounce was faster. Come again in a moment."""


def mark_returned(connection: Connection, version: int, subscriber: int, state: DeliveryState, reply: int) -> Returned:
    """Mark a delivery that had left as bounced or complained about; a complaint comes last."""
    left = [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN]
    if state is DeliveryState.COMPLAINED:
        left.append(DeliveryState.BOUNCED)
    mine = (deliveries.c.version == version) & (deliveries.c.subscriber == subscriber)
    lost = (deliveries.c.state == CODE[DeliveryState.DEFERRED]) & (deliveries.c.maybe == 1)
    had_left = deliveries.c.state.in_([CODE[one] for one in left]) | lost
    changed = update(deliveries).where(mine, had_left).values(state=CODE[state], reply=reply, due=None)
    if connection.execute(changed).rowcount:
        return Returned.MARKED
    now = connection.execute(select(deliveries.c.state).where(mine)).scalar()
    return Returned.IN_HAND if now == CODE[DeliveryState.IN_HAND] else Returned.KNOWN


def version_named(connection: Connection, subscriber: int, names: Sequence[str], since: datetime) -> int | None:
    """Return the version, approved after ``since``, whose message to a reader the relay gave one of ``names``."""
    if not names:
        return None
    # A list of versions: the key begins with them, and there is no index on readers or names.
    recent = select(versions.c.id).where(versions.c.approved_at > since)
    mine = (deliveries.c.subscriber == subscriber) & deliveries.c.version.in_(recent)
    query = select(deliveries.c.version).where(mine, deliveries.c.queued_as.in_(names))
    return connection.execute(query.order_by(deliveries.c.version.desc()).limit(1)).scalar()


def refusals_of(connection: Connection, version: int) -> tuple[tuple[int, int, str], ...]:
    """Return (id, code, text) of the answers by which readers of a version were refused for good."""
    failed = (deliveries.c.version == version) & (deliveries.c.state == CODE[DeliveryState.FAILED])
    query = select(replies.c.id, replies.c.code, replies.c.text).join(deliveries, deliveries.c.reply == replies.c.id)
    return tuple((row.id, row.code, row.text) for row in connection.execute(query.where(failed).distinct()))


def try_refused_again(connection: Connection, version: int, answers: Sequence[int], keys: Sequence[str]) -> int:
    """Put back into the queue who was refused for good with one of ``answers``, or has one of the address ``keys``."""
    failed = (deliveries.c.version == version) & (deliveries.c.state == CODE[DeliveryState.FAILED])
    again = update(deliveries).values(state=CODE[DeliveryState.PENDING], tries=0, due=None)
    count = connection.execute(again.where(failed, deliveries.c.reply.in_(answers))).rowcount
    for part in range(0, len(keys), 500):
        whose = select(subscribers.c.id).where(subscribers.c.address_key.in_(keys[part : part + 500]))
        count += connection.execute(again.where(failed, deliveries.c.subscriber.in_(whose))).rowcount
    return count


def reopen_version(connection: Connection, version: int) -> bool:
    """Let a version be sent again that is sent, or still under way; False if it was stopped or a newer one follows."""
    newer = versions.alias("newer")
    replaced = exists().where(
        newer.c.alert == versions.c.alert, newer.c.number > versions.c.number, newer.c.approved_at.is_not(None)
    )
    fit = (versions.c.id == version) & versions.c.state.in_((VersionState.SENDING, VersionState.SENT)) & ~replaced
    reopened = update(versions).where(fit).values(state=VersionState.SENDING, done_at=None)
    return connection.execute(reopened).rowcount == 1
