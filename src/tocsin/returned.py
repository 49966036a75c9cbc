"""What is done about mail that comes back: a bounce, a complaint, a reader who unsubscribes by mail."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from tocsin.delivery.addresses import Tags
from tocsin.delivery.bounces import Kind, Notice, read_notice
from tocsin.model import DeliveryState
from tocsin.readers.tokens import Tokens
from tocsin.store.outcomes import mark_returned
from tocsin.store.replies import ReplyBook
from tocsin.store.subscribers import SubscriberState, change_subscriber, subscriber_of
from tocsin.store.suppressions import Suppressed, suppress
from tocsin.wiring import Parts

log = structlog.get_logger()

Leave = Callable[[Parts, int, str], None]
"""Ends a reader's alerts, or their offers, and puts on record how."""


def take_back(parts: Parts, raw: bytes, recipient: str, *, unsubscribe: Leave, refuse_offers: Leave) -> Notice:
    """Act on a mail that came to ``recipient`` and return what it is; a person's mail is the caller's to pass on.

    A bounce fails the delivery, and suppresses the address only if it does not exist. A complaint unsubscribes from
    everything, at once. The same mail twice changes nothing.
    """
    notice = read_notice(raw, recipient, Tags(parts.secret), Tokens(parts.secret).read_mailed)
    log.info("returned", kind=notice.kind, version=notice.version, status=notice.status)
    if notice.subscriber is None:
        return notice
    if notice.kind is Kind.UNSUBSCRIBE:
        unsubscribe(parts, notice.subscriber, "mail")
    elif notice.kind is Kind.COMPLAINT:
        unsubscribe(parts, notice.subscriber, "complaint")
        refuse_offers(parts, notice.subscriber, "complaint")
        with parts.store.write() as connection:
            _mark(connection, notice, DeliveryState.COMPLAINED)
            change_subscriber(connection, notice.subscriber, state=SubscriberState.COMPLAINED)
            _suppress(parts, connection, notice.subscriber, Suppressed.COMPLAINED)
    elif notice.kind is Kind.FAILED:
        with parts.store.write() as connection:
            _mark(connection, notice, DeliveryState.BOUNCED)
            if notice.suppress:
                _suppress(parts, connection, notice.subscriber, Suppressed.BOUNCED)
    return notice


def _mark(connection: Connection, notice: Notice, state: DeliveryState) -> None:
    if notice.version is not None and notice.subscriber is not None:
        text = f"{notice.status} {notice.text}".strip()
        reply = ReplyBook().id_of(connection, 0, text)
        mark_returned(connection, notice.version, notice.subscriber, state, reply)


def _suppress(parts: Parts, connection: Connection, subscriber: int, reason: Suppressed) -> None:
    reader = subscriber_of(connection, subscriber)
    if reader is not None and reader.address_key is not None:
        suppress(connection, reader.address_key, reason, parts.clock())
