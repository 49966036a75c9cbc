"""What comes back by mail: bounces, complaints, unsubscribing by mail, automatic answers, and people who write.

A returned mail is told to its delivery by the signed tag in the address it came to (VERP), else by the tag in the
Message-ID of the mail it quotes. Relays that put names of their own in their place are met by ``Notice.names``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import Message

from flufl.bounce import all_failures

from tocsin.delivery.addresses import Tags
from tocsin.delivery.notices import Kind, Notice, failed, precise, without_names
from tocsin.errors import BadInput

# Its detectors fail on mails that are none of theirs, and it writes each failure, mail and all, to the log.
logging.getLogger("flufl.bounce").disabled = True

LARGEST = 1_000_000
"""Octets of a returned mail that are looked at."""
FORWARDED = "X-Tocsin-Forwarded"
"""The header of a reader's mail that we passed on; one that comes back with it is no person's."""

_MOST_RECIPIENTS = _MOST_NAMES = 20
_TOKEN = r"([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])"  # noqa: S105 (the shape of one)
_UNSUBSCRIBE = re.compile(rf"\bunsubscribe\s+{_TOKEN}", re.IGNORECASE)
_LEAVING = re.compile(rf"/unsubscribe/{_TOKEN}")
_NAME = re.compile(r"[\w.+/=@-]{6,100}", re.ASCII)
_NAMED = re.compile(r"\bid\s+<?([\w.+/=-]{6,80})")
_QUEUE_FIELD = re.compile(r"x-[\w-]*queue-?id|original-envelope-id", re.IGNORECASE)

ReaderOf = Callable[[str], int | None]
"""Reads the token of a mailed link; None for what is none."""


def read_notice(raw: bytes, recipient: str, tags: Tags, reader_of: ReaderOf) -> Notice:
    """Return what a mail that came to ``recipient`` says. Raises ``BadInput`` for one that can't be taken apart."""
    try:
        message = message_from_bytes(raw[:LARGEST], policy=policy.compat32)
        return _read(message, raw[:LARGEST], recipient, tags, reader_of)
    except RecursionError as error:
        raise BadInput("a mail of mails within mails without end") from error


def _read(message: Message, raw: bytes, recipient: str, tags: Tags, reader_of: ReaderOf) -> Notice:
    leaving = _leaver(message, recipient, reader_of)
    if leaving is not None:
        return Notice(Kind.UNSUBSCRIBE, subscriber=leaving)
    notice = _told(message)
    quoted = _quoted(message, raw)
    version, subscriber = tags.read(recipient) or tags.read(quoted) or (None, None)
    if subscriber is None and notice.kind in (Kind.COMPLAINT, Kind.FAILED):
        subscriber = _linked(quoted, reader_of)
    return replace(notice, version=version, subscriber=subscriber)


def _leaver(message: Message, recipient: str, reader_of: ReaderOf) -> int | None:
    """Return the reader whose token asks to leave: in the subject, or, to the address for it, in the text."""
    places = [_line(message, "Subject")]
    if "+unsubscribe@" in recipient.lower():
        places.append(first_text(message))
    found = (_UNSUBSCRIBE.search(place) for place in places)
    return next((reader for one in found if one and (reader := reader_of(one[1])) is not None), None)


def _told(message: Message) -> Notice:
    report = str(message.get_param("report-type", "")).lower()
    if report == "feedback-report":
        return _complaint(message)
    reported = message.get_content_type() == "multipart/report" or is_automatic(message)
    if report == "delivery-status" or (reported and any(True for _ in _groups(message, "message/delivery-status"))):
        return _status_report(message)
    if any(part.get("X-HmXmrOriginalRecipient") for part in message.walk()):  # Outlook.com's own kind of complaint
        return Notice(Kind.COMPLAINT, text="abuse")
    return _unreported(message)


def _complaint(message: Message) -> Notice:
    """Return what an abuse report (RFC 5965) says; "not spam" and reports on authentication are no complaints."""
    fields = next(_groups(message, "message/feedback-report"), Message())
    kind = _line(fields, "Feedback-Type").lower()
    to = _address(_line(fields, "Original-Rcpt-To") or _line(fields, "Removal-Recipient"))
    if kind in ("not-spam", "auth-failure", "dmarc"):
        return Notice(Kind.AUTOMATIC, text=kind)
    return Notice(Kind.COMPLAINT, text=without_names(kind or "abuse"), recipient=to, names=_names(message))


def _status_report(message: Message) -> Notice:
    """Return what a delivery status notification (RFC 3464) says of its recipient; a failure counts most."""
    found = [_of_recipient(fields) for fields in _recipients(message)]
    kinds = (Kind.FAILED, Kind.DELAYED)
    first = next((one for kind in kinds for one in found if one.kind is kind), Notice(Kind.AUTOMATIC))
    return replace(first, names=_names(message))


def _recipients(message: Message) -> Iterator[Message]:
    for count, fields in enumerate(_groups(message, "message/delivery-status")):
        if count > _MOST_RECIPIENTS:  # ours have one; a report on thousands is somebody's game
            return
        if fields.get("Action"):
            yield fields


def _of_recipient(fields: Message) -> Notice:
    action = _line(fields, "Action").lower().split(" ", 1)[0]
    kind, _, diagnostic = _line(fields, "Diagnostic-Code").partition(";")
    text = (diagnostic or kind).strip()
    to, alias = _address(_line(fields, "Final-Recipient")), _address(_line(fields, "Original-Recipient"))
    if action == "failed":
        return failed(_line(fields, "Status"), text, recipient=to, alias=alias)
    status = precise(_line(fields, "Status"), text)
    if action == "delayed":
        return Notice(Kind.DELAYED, status=status, text=without_names(text or status), recipient=to, alias=alias)
    return Notice(Kind.AUTOMATIC, status=status)


def _unreported(message: Message) -> Notice:
    """Return what a mail says that is no report: one of the many shapes of old bounces, a robot, or a person."""
    try:
        temporary, permanent = all_failures(message)
    except (LookupError, ValueError, TypeError, AttributeError):
        # Its detectors trust what they parse; a mail that trips them is not one of the shapes they know.
        temporary, permanent = frozenset(), frozenset()
    text = without_names(_line(message, "Subject"))
    to = next((address.decode("ascii", "replace") for address in sorted(permanent or temporary)), "")
    if permanent:
        # Such mails give no status one could trust: the delivery failed, the address may be good.
        return Notice(Kind.FAILED, text=text, recipient=to, names=_names(message))
    if temporary:
        return Notice(Kind.DELAYED, text=text, recipient=to, names=_names(message))
    return Notice(Kind.AUTOMATIC if is_automatic(message) else Kind.HUMAN)


def is_automatic(message: Message) -> bool:
    """Tell whether no person wrote this (RFC 3834 and the older signs)."""
    submitted = _line(message, "Auto-Submitted").lower()
    signs = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Failed-Recipients", FORWARDED)
    return (
        (bool(submitted) and submitted != "no")
        or _line(message, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply")
        or _line(message, "Return-Path") == "<>"
        or _line(message, "From").lower().startswith(("mailer-daemon", "postmaster@"))
        or any(message.get(name) is not None for name in signs)
    )


# -- taking a mail apart -----------------------------------------------------------------------------------------------


def _groups(message: Message, kind: str) -> Iterator[Message]:
    """Give the groups of header-like fields in the parts of one type."""
    for part in message.walk():
        if part.get_content_type() != kind:
            continue
        payload = part.get_payload()
        if _encoded(part):  # the parser takes groups apart before it decodes
            yield from _decoded_groups(part)
        elif isinstance(payload, list):
            yield from (group for group in payload if isinstance(group, Message))
        else:
            yield message_from_bytes(str(payload).encode("utf-8", "replace"))


def _encoded(part: Message) -> bool:
    return _line(part, "Content-Transfer-Encoding").lower() in ("base64", "quoted-printable")


def _decoded_groups(part: Message) -> Iterator[Message]:
    whole = part.as_bytes().partition(b"\n\n")[2]
    shell = Message()
    shell["Content-Transfer-Encoding"] = _line(part, "Content-Transfer-Encoding")
    shell.set_payload(whole.decode("ascii", "replace"))
    decoded = shell.get_payload(decode=True)
    text = decoded.replace(b"\r\n", b"\n") if isinstance(decoded, bytes) else b""
    yield from (message_from_bytes(group) for group in text.split(b"\n\n") if group.strip())


def _quoted(message: Message, raw: bytes) -> str:
    """Return all that a mail holds, also what is encoded, as text in which a tag can be found."""
    decoded = (part.get_payload(decode=True) for part in message.walk() if _encoded(part) and not part.is_multipart())
    parts = [raw, *(content for content in decoded if isinstance(content, bytes))]
    return b"\n".join(parts)[: 2 * LARGEST].decode("ascii", "replace")


def _linked(quoted: str, reader_of: ReaderOf) -> int | None:
    """Return the reader by the unsubscribe link of a quoted mail that has lost its Message-ID."""
    found = (reader_of(one[1]) for one in _LEAVING.finditer(quoted))
    return next((reader for reader in found if reader is not None), None)


def _names(message: Message) -> tuple[str, ...]:
    """Return how relays named the message: in the report's own fields, and in the head of the mail it quotes."""
    found: dict[str, None] = {}
    for fields in _groups(message, "message/delivery-status"):
        found.update((_line(fields, name), None) for name in fields if _QUEUE_FIELD.fullmatch(name))
    for part in message.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            found.update((name, None) for name in _names_in(part))
    return tuple(name for name in found if _NAME.fullmatch(name))[:_MOST_NAMES]


def _names_in(part: Message) -> Iterator[str]:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else message_from_bytes(str(payload).encode())
    if isinstance(inner, Message):
        yield _line(inner, "Message-ID").strip("<>").partition("@")[0]
        for received in inner.get_all("Received", []):
            yield from _NAMED.findall(str(received))


def first_text(message: Message) -> str:
    """Return the beginning of a mail's plain text, or nothing."""
    for part in message.walk():
        content = part.get_payload(decode=True) if part.get_content_type() == "text/plain" else None
        if isinstance(content, bytes):
            return content[:4000].decode("utf-8", "replace")
    return ""


def _address(field: str) -> str:
    """Return the address of a field like ``rfc822; r@example.org``."""
    return field.rpartition(";")[2].strip().strip("<>")[:320]


def _line(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())
