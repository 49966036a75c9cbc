"""What comes back: bounces, complaints, unsubscribing by mail, automatic answers, and people who write.

A returned mail is told to its delivery by the signed tag in the address it came to (VERP), else by the tag in the
Message-ID of the mail it quotes; nothing unsigned is believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from enum import StrEnum

from flufl.bounce import all_failures

from tocsin.delivery.addresses import Tags

LARGEST = 1_000_000
"""Octets of a returned mail that are looked at."""

_UNSUBSCRIBE = re.compile(r"unsubscribe\s+([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ADDRESS_STATUS = re.compile(r"5\.1\.(?:0|1|2|3|4|6|10)")


class Kind(StrEnum):
    """What a returned mail is."""

    FAILED = "failed"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTOMATIC = "automatic"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a returned mail says.

    ``version`` and ``subscriber`` name the delivery it speaks of; only the subscriber is known of one who unsubscribes
    by mail; both are None when nothing signed was found. ``suppress`` is True for an address that does not exist.
    """

    kind: Kind
    version: int | None = None
    subscriber: int | None = None
    status: str = ""
    text: str = ""
    suppress: bool = False


def read_notice(raw: bytes, recipient: str, tags: Tags, reader_of: Callable[[str], int | None]) -> Notice:
    """Return what a mail that came to ``recipient`` says; ``reader_of`` reads a mailed token."""
    message = message_from_bytes(raw[:LARGEST], policy=policy.compat32)
    found = _UNSUBSCRIBE.search(_line(message, "Subject"))
    if found is not None and (subscriber := reader_of(found[1])) is not None:
        return Notice(Kind.UNSUBSCRIBE, subscriber=subscriber)
    report = str(message.get_param("report-type", "")).lower()
    version, subscriber = _delivery(message, raw, recipient, tags)
    if report == "feedback-report":
        return _complaint(message, version, subscriber)
    if report == "delivery-status":
        return _status_report(message, version, subscriber)
    return _unreported(message, version, subscriber)


def _delivery(message: Message, raw: bytes, recipient: str, tags: Tags) -> tuple[int | None, int | None]:
    quoted = raw[:LARGEST].decode("ascii", "replace") if message.is_multipart() or _is_automatic(message) else ""
    return tags.read(recipient) or tags.read(quoted) or (None, None)


def _complaint(message: Message, version: int | None, subscriber: int | None) -> Notice:
    """Return what an abuse report (RFC 5965) says; "not spam" is no complaint."""
    kind = next((_line(part, "Feedback-Type").lower() for part in _fields(message, "message/feedback-report")), "")
    if kind == "not-spam":
        return Notice(Kind.AUTOMATIC, version, subscriber, text=kind)
    return Notice(Kind.COMPLAINT, version, subscriber, text=kind or "abuse")


def _status_report(message: Message, version: int | None, subscriber: int | None) -> Notice:
    """Return what a delivery status notification (RFC 3464) says of its recipient."""
    for fields in _fields(message, "message/delivery-status"):
        action = _line(fields, "Action").lower()
        status = _status(_line(fields, "Status"))
        text = _line(fields, "Diagnostic-Code").partition(";")[2].strip() or status
        if action == "failed":
            return Notice(Kind.FAILED, version, subscriber, status, text, _suppresses(status, text))
        if action == "delayed":
            return Notice(Kind.DELAYED, version, subscriber, status, text)
    return Notice(Kind.AUTOMATIC, version, subscriber)


def _unreported(message: Message, version: int | None, subscriber: int | None) -> Notice:
    """Return what a mail says that is no report: one of the many shapes of old bounces, a robot, or a person."""
    try:
        temporary, permanent = all_failures(message)
    except (LookupError, ValueError, TypeError, AttributeError):
        # Its detectors trust what they parse; a mail that trips them is not one of the shapes they know.
        temporary, permanent = frozenset(), frozenset()
    if permanent:
        # Such mails give no status one could trust: the delivery failed, the address may be good.
        return Notice(Kind.FAILED, version, subscriber, text=_line(message, "Subject"))
    if temporary:
        return Notice(Kind.DELAYED, version, subscriber, text=_line(message, "Subject"))
    return Notice(Kind.AUTOMATIC if _is_automatic(message) else Kind.HUMAN, version, subscriber)


def _suppresses(status: str, text: str) -> bool:
    about_us = re.search(r"sender|policy|spam|block|reputation|authenticat", text, re.IGNORECASE)
    return _ADDRESS_STATUS.fullmatch(status) is not None and about_us is None


def _is_automatic(message: Message) -> bool:
    """Tell whether no person wrote this (RFC 3834 and the older signs)."""
    submitted = _line(message, "Auto-Submitted").lower()
    precedence = _line(message, "Precedence").lower()
    return (
        (bool(submitted) and submitted != "no")
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or _line(message, "Return-Path") == "<>"
        or any(message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"))
    )


def _fields(message: Message, kind: str) -> Iterator[Message]:
    """Give the groups of header-like fields in the parts of one type."""
    for part in message.walk():
        if part.get_content_type() != kind:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (group for group in payload if isinstance(group, Message))
        else:
            yield message_from_bytes(str(payload).encode("utf-8", "replace"))


def _line(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _status(text: str) -> str:
    found = _STATUS.search(text)
    return found[0] if found else ""
