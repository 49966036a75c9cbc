"""What is done about mail that comes back: a bounce, a complaint, a reader who leaves by mail, a person who writes.

Acting comes first, and each act may be repeated without harm; noting that it was done comes last, in the transaction
that queues what must not be repeated. Whatever a crash interrupts is taken again by whoever brings the mail again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from tocsin.delivery.addresses import Tags
from tocsin.delivery.bounces import read_notice
from tocsin.delivery.breakers import BUSY_REST
from tocsin.delivery.forward import enclose
from tocsin.delivery.notices import Kind, Notice, is_busy, speaks_of, without_names
from tocsin.delivery.outcomes import pause_after
from tocsin.delivery.relay_pool import RelaysSpent
from tocsin.delivery.transport import RelayUnavailable
from tocsin.errors import BadInput, Temporary
from tocsin.jobs.port import Job
from tocsin.model import DeliveryState
from tocsin.readers.addresses import BadAddress, address_key, parse_address
from tocsin.readers.tokens import Tokens
from tocsin.sending.relaying import hand_over_one
from tocsin.store.outcomes import Returned, mark_returned, version_named
from tocsin.store.replies import ReplyBook
from tocsin.store.rests import Rest, rest
from tocsin.store.returned import is_known, keep_returned, note_passed_on, people_since, person_of
from tocsin.store.subscribers import Subscriber, SubscriberState, change_subscriber, subscriber_at, subscriber_of
from tocsin.store.suppressions import Met, Suppressed, suppress
from tocsin.subscribers.signing_up import refuse_offers, unsubscribe
from tocsin.wiring import Parts

log = structlog.get_logger()

FORWARD = "forward"
"""The job that passes a person's mail on to the newsroom."""
MOST_AN_HOUR = 60
"""Mails of people that are passed on in an hour: more is somebody's loop or flood, and waits in the list."""
_NAMES_FOR = timedelta(days=30)
"""How long a relay's own name for a message is looked for: no relay tries longer."""


class StillInHand(Temporary):
    """The bounce was faster than the record of its delivery."""


def take_mail(parts: Parts, raw: bytes, recipient: str, via: str) -> Notice:
    """Act on a mail that came to ``recipient`` by the way ``via``, once, and return what it says.

    Raises ``BadInput`` for a mail that can't be taken apart, ``Temporary`` when it must be brought again later.
    """
    key = hashlib.sha256(recipient.lower().encode("utf-8", "surrogateescape") + b"\0" + raw).hexdigest()
    notice = read_notice(raw, recipient, Tags(parts.secret), Tokens(parts.secret).read_mailed)
    return take_notice(parts, notice, key=key, via=via, mail=raw if notice.kind is Kind.HUMAN else None)


def take_notice(
    parts: Parts, notice: Notice, *, key: str, via: str, mail: bytes | None = None, trusted: bool = False
) -> Notice:
    """Act on what came back, once by its ``key``, and return it with the delivery that it was found to speak of.

    A bounce fails the delivery, and suppresses the address only if it does not exist. A complaint unsubscribes from
    everything, at once. ``trusted`` says that the reporter has proved who it is: it may name a reader by the address.
    """
    with parts.store.read() as connection:
        if is_known(connection, key):
            return notice
        found = _found(parts, connection, notice, trusted=trusted)
    if found.subscriber is not None:
        _act(parts, found, found.subscriber)
    with parts.store.write() as connection:
        number = keep_returned(connection, found, key=key, via=via, at=parts.clock(), mail=mail)
        if number is not None and mail is not None and parts.settings.returned.forward:
            _queue_forward(parts, connection, number)
    log.info("returned", via=via, kind=found.kind, version=found.version, status=found.status)
    return found


def _found(parts: Parts, connection: Connection, notice: Notice, *, trusted: bool) -> Notice:
    """Find the delivery of a notice without a signed tag: by its reader's address and the relay's own name for it."""
    if notice.subscriber is not None:
        return notice
    for address in (notice.alias, notice.recipient):
        reader = _reader_at(parts, connection, address)
        if reader is None:
            continue
        version = version_named(connection, reader.id, notice.names, parts.clock() - _NAMES_FOR)
        if version is not None or trusted:
            return replace(notice, version=version, subscriber=reader.id)
    return notice


def _reader_at(parts: Parts, connection: Connection, address: str) -> Subscriber | None:
    try:
        return subscriber_at(connection, address_key(parts.secret, parse_address(address, smtputf8=True)))
    except BadAddress:
        return None


def _act(parts: Parts, notice: Notice, subscriber: int) -> None:
    if notice.kind is Kind.UNSUBSCRIBE:
        unsubscribe(parts, subscriber, "mail")
    elif notice.kind is Kind.COMPLAINT:
        unsubscribe(parts, subscriber, "complaint")
        refuse_offers(parts, subscriber, "complaint")
    with parts.store.write() as connection:
        reader = subscriber_of(connection, subscriber)
        if reader is not None:
            _record(parts, connection, notice, reader)


def _record(parts: Parts, connection: Connection, notice: Notice, reader: Subscriber) -> None:
    if notice.kind is Kind.COMPLAINT:
        _mark(connection, notice, reader, DeliveryState.COMPLAINED)
        if reader.state is not SubscriberState.ERASED:
            change_subscriber(connection, reader.id, state=SubscriberState.COMPLAINED)
        _suppress(parts, connection, reader, Suppressed.COMPLAINED)
    elif notice.kind is Kind.FAILED:
        _mark(connection, notice, reader, DeliveryState.BOUNCED)
        # The failure of an address that a reader forwards to says nothing of the reader's own.
        if notice.suppress and speaks_of(notice, reader.address or ""):
            domain = (reader.address or "").rpartition("@")[2]
            _suppress(parts, connection, reader, Suppressed.BOUNCED, Met(notice.version, domain, notice.text))
    elif notice.kind is Kind.DELAYED and is_busy(notice) and reader.address:
        domain = reader.address.rpartition("@")[2].lower()
        rest(connection, Rest(domain, parts.clock(), parts.clock() + BUSY_REST, notice.text))
        log.warning("sending.domain_rests", domain=domain, reason=notice.text)


def _mark(connection: Connection, notice: Notice, reader: Subscriber, state: DeliveryState) -> None:
    if notice.version is not None:
        text = notice.text if notice.text.startswith(notice.status) else f"{notice.status} {notice.text}"
        reply = ReplyBook().id_of(connection, 0, text.strip())
        if mark_returned(connection, notice.version, reader.id, state, reply) is Returned.IN_HAND:
            raise StillInHand(f"version {notice.version}")


def _suppress(
    parts: Parts, connection: Connection, reader: Subscriber, reason: Suppressed, met: Met | None = None
) -> None:
    if reader.address_key is not None:
        suppress(connection, reader.address_key, reason, parts.clock(), met)


# -- people ------------------------------------------------------------------------------------------------------------


def _queue_forward(parts: Parts, connection: Connection, number: int) -> None:
    lately = people_since(connection, parts.clock() - timedelta(hours=1), MOST_AN_HOUR + 1)
    if lately > MOST_AN_HOUR:
        note_passed_on(connection, number, f"not passed on: more than {MOST_AN_HOUR} in an hour")
    else:
        parts.jobs.enqueue(connection, FORWARD, str(number))


def pass_on(parts: Parts, job: Job) -> None:
    """Send a person's mail on to the newsroom, whole and attached (the handler of ``FORWARD``).

    One that no relay takes now is tried again like a letter to a reader.
    """
    number, now = int(job.payload), parts.clock()
    with parts.store.read() as connection:
        mail = person_of(connection, number)
    if mail is None:
        return
    told, again = _pass_on(parts, number, mail.raw, now)
    pause = pause_after(now - mail.at) if again else None
    with parts.store.write() as connection:
        note_passed_on(connection, number, told)
        if pause is not None:
            parts.jobs.enqueue(connection, FORWARD, job.payload, run_at=now + pause)


def _pass_on(parts: Parts, number: int, mail: bytes, now: datetime) -> tuple[str, bool]:
    """Hand over a person's mail; return what became of it, and whether to try again."""
    settings = parts.settings
    message = enclose(mail, sender=settings.mail.sender, to=settings.newsroom.contact, number=number, at=now)
    try:
        outcome = hand_over_one(parts, settings.mail.return_path, settings.newsroom.contact, message)
    except BadInput as error:
        return f"failed: {error}", False
    except (RelayUnavailable, RelaysSpent) as error:
        return f"{DeliveryState.DEFERRED}: {error}", True
    told = f"{outcome.state}: {outcome.code} {without_names(outcome.text)}"
    return told, outcome.state is DeliveryState.DEFERRED
