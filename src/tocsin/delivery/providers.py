"""What relays that are services tell over HTTP: the events of Amazon SES, Postmark and Mailgun, as notices.

Each reader of events takes a body that is known to be the provider's own, and gives one notice for each recipient.
Events that ask for nothing (delivered, opened, clicked, kinds that are not known) give none.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from tocsin.delivery.notices import Kind, Notice, failed, precise, without_names
from tocsin.delivery.sns import ForgedEvent
from tocsin.errors import BadInput

FRESH = timedelta(hours=12)
"""How old a signature of Mailgun may be: it tries for eight hours, and what comes twice is taken once."""

Whose = Callable[[str], tuple[int, int] | None]
"""Returns the (version, subscriber) of the first signed tag in a text."""


class _Recipient(msgspec.Struct, rename="camel"):
    email_address: str
    status: str = ""
    diagnostic_code: str = ""


class _Bounce(msgspec.Struct, rename="camel"):
    bounce_type: str = ""
    bounce_sub_type: str = ""
    bounced_recipients: list[_Recipient] = []


class _Complaint(msgspec.Struct, rename="camel"):
    complained_recipients: list[_Recipient] = []
    complaint_feedback_type: str | None = None


class _Delay(msgspec.Struct, rename="camel"):
    delayed_recipients: list[_Recipient] = []


class _Header(msgspec.Struct):
    name: str
    value: str


class _Mail(msgspec.Struct, rename="camel"):
    message_id: str = ""
    headers: list[_Header] = []


class _Ses(msgspec.Struct, rename="camel"):
    mail: _Mail = msgspec.field(default_factory=_Mail)
    notification_type: str = ""
    event_type: str = ""
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    delivery_delay: _Delay | None = None


class _Postmark(msgspec.Struct, rename="pascal"):
    record_type: str
    type: str = ""
    email: str = ""
    recipient: str = ""
    details: str = ""
    description: str = ""
    id: int | str = msgspec.field(name="ID", default="")
    message_id: str = msgspec.field(name="MessageID", default="")
    content: str = ""
    suppress_sending: bool = False
    suppression_reason: str | None = None
    changed_at: str = ""


class _Signature(msgspec.Struct):
    timestamp: str
    token: str
    signature: str


class _Status(msgspec.Struct, rename="kebab"):
    code: int | str | None = None
    enhanced_code: str | None = None
    message: str | None = None
    description: str | None = None


class _Event(msgspec.Struct, rename="kebab"):
    event: str
    severity: str = ""
    recipient: str = ""
    delivery_status: _Status = msgspec.field(default_factory=_Status)
    message: dict[str, Any] = {}


class _Mailgun(msgspec.Struct, rename="kebab"):
    signature: _Signature
    event_data: _Event


T = TypeVar("T")


def _decoded(body: bytes | str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise BadInput(f"no event that is known: {error}") from error


# -- Amazon SES --------------------------------------------------------------------------------------------------------


def read_ses(message: str, whose: Whose) -> tuple[Notice, ...]:
    """Return what an event of SES says: feedback notifications and published events look alike. Raises ``BadInput``."""
    if not message.lstrip().startswith("{"):  # "Successfully validated SNS topic …": said once, when it is set up
        return ()
    event = _decoded(message, _Ses)
    mine = whose(" ".join(header.value for header in event.mail.headers)) or (None, None)
    named = (event.mail.message_id,) if event.mail.message_id else ()
    return tuple(_placed(notice, mine, named) for notice in _ses(event))


def _ses(event: _Ses) -> Iterator[Notice]:
    if event.bounce is not None:
        for one in event.bounce.bounced_recipients:
            text = one.diagnostic_code.removeprefix("smtp;") or event.bounce.bounce_sub_type
            # What SES calls transient it has given up, too: the delivery failed, the address may be good.
            notice = failed(one.status, text, recipient=one.email_address)
            yield replace(notice, suppress=notice.suppress and event.bounce.bounce_type == "Permanent")
    if event.complaint is not None and event.complaint.complaint_feedback_type != "not-spam":
        for one in event.complaint.complained_recipients:
            text = event.complaint.complaint_feedback_type or "abuse"
            yield Notice(Kind.COMPLAINT, text=without_names(text), recipient=one.email_address)
    if event.delivery_delay is not None:
        for one in event.delivery_delay.delayed_recipients:
            yield _delayed(one.status, one.diagnostic_code.removeprefix("smtp;"), one.email_address)


# -- Postmark ----------------------------------------------------------------------------------------------------------

_NO_ADDRESS = ("HardBounce", "BadEmailAddress")
_NO_FAILURE = (
    "Transient",
    "AutoResponder",
    "Subscribe",
    "Unsubscribe",
    "AddressChange",
    "OpenRelayTest",
    "Unconfirmed",
)


def verify_basic(header: str | None, login: str) -> None:
    """Check the Authorization header of HTTP's basic scheme against ``user:password``. Raises ``ForgedEvent``."""
    scheme, _, sent = (header or "").partition(" ")
    try:
        given = b64decode(sent.strip(), validate=True)
    except ValueError:
        given = b""
    if scheme.lower() != "basic" or not hmac.compare_digest(given, login.encode()):
        raise ForgedEvent("user and password do not fit")


def read_postmark(body: bytes, whose: Whose) -> tuple[str, tuple[Notice, ...]]:
    """Return an event's own name and what it says. Raises ``BadInput``."""
    event = _decoded(body, _Postmark)
    mine, named = whose(event.content) or (None, None), (event.message_id,) if event.message_id else ()
    notices = tuple(_placed(notice, mine, named) for notice in _postmark(event))
    name = f"{event.record_type} {event.id} {event.message_id} {event.email}{event.recipient} {event.changed_at}"
    return name, notices


def _postmark(event: _Postmark) -> Iterator[Notice]:
    text = event.details or event.description or event.type
    if event.record_type == "SpamComplaint" or event.type == "SpamComplaint":
        yield Notice(Kind.COMPLAINT, text="abuse", recipient=event.email)
    elif event.record_type == "SubscriptionChange":
        yield from _postmark_change(event)
    elif event.record_type != "Bounce":
        return
    elif event.type == "Unsubscribe":
        yield Notice(Kind.UNSUBSCRIBE, recipient=event.email)
    elif event.type in ("Transient", "DnsError"):
        yield _delayed("", text, event.email)
    elif event.type not in _NO_FAILURE:
        notice = failed("", text, recipient=event.email)
        # Without a status of the mail server's, Postmark's own word for it counts.
        unsaid = not notice.status and event.type in _NO_ADDRESS
        yield replace(notice, suppress=notice.suppress or unsaid)


def _postmark_change(event: _Postmark) -> Iterator[Notice]:
    if event.suppress_sending and event.suppression_reason == "ManualSuppression":
        yield Notice(Kind.UNSUBSCRIBE, recipient=event.recipient)
    elif event.suppress_sending and event.suppression_reason == "SpamComplaint":
        yield Notice(Kind.COMPLAINT, text="abuse", recipient=event.recipient)


# -- Mailgun -----------------------------------------------------------------------------------------------------------


def read_mailgun(body: bytes, key: str, now: datetime, whose: Whose) -> tuple[str, tuple[Notice, ...]]:
    """Check an event's signature, and return its token and what it says. Raises ``BadInput``, ``ForgedEvent``.

    The signature is over a time and a token alone, not over the event: the token is what may be taken once, so that one
    that somebody has seen signs no other event.
    """
    posted = _decoded(body, _Mailgun)
    _verify_mailgun(posted.signature, key, now)
    event = posted.event_data
    headers = event.message.get("headers")
    message_id = str(headers.get("message-id", "")) if isinstance(headers, dict) else ""
    mine = whose(message_id) or (None, None)
    notices = tuple(_placed(notice, mine, (message_id,) if message_id else ()) for notice in _mailgun(event))
    return posted.signature.token, notices


def _verify_mailgun(signed: _Signature, key: str, now: datetime) -> None:
    wanted = hmac.new(key.encode(), f"{signed.timestamp}{signed.token}".encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), signed.signature.encode()):
        raise ForgedEvent("the signature does not fit")
    if not signed.timestamp.isdecimal() or abs(now.timestamp() - int(signed.timestamp)) > FRESH.total_seconds():
        raise ForgedEvent("the signature is too old")


def _mailgun(event: _Event) -> Iterator[Notice]:
    status = event.delivery_status
    text = status.message or status.description or ""
    if event.event == "complained":
        yield Notice(Kind.COMPLAINT, text="abuse", recipient=event.recipient)
    elif event.event == "unsubscribed":
        yield Notice(Kind.UNSUBSCRIBE, recipient=event.recipient)
    elif event.event == "failed" and event.severity == "temporary":
        yield _delayed(status.enhanced_code or "", text, event.recipient)
    elif event.event == "failed":
        yield failed(status.enhanced_code or "", text, recipient=event.recipient)


# -- all ---------------------------------------------------------------------------------------------------------------


def _delayed(status: str, text: str, recipient: str) -> Notice:
    best = precise(status, text)
    return Notice(Kind.DELAYED, status=best, text=without_names(text or best), recipient=recipient)


def _placed(notice: Notice, mine: tuple[int | None, int | None], names: tuple[str, ...]) -> Notice:
    return replace(notice, version=mine[0], subscriber=mine[1], names=names)
