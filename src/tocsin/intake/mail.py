"""A mail to an item: which source it is from, whether that is proved, and what it says.

A press release or a wire's mail is an item like a feed's entry. What is none (a forged mail, an automatic answer, an
attachment without words) is refused with the reason, for a person to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from tocsin.errors import Refused, TocsinError
from tocsin.intake.breaks import fit
from tocsin.intake.dates import iso_date
from tocsin.intake.decode import decode
from tocsin.intake.feed import made_key
from tocsin.intake.mail_proof import TextRecords, head_of, prove
from tocsin.intake.mail_text import words_of
from tocsin.intake.mailbox import LARGEST, mail_domain, source_of
from tocsin.model import Item, Source

_LONGEST_FIELD = 2000
_MOST_BOUNDARIES = 50
_MOST_PARTS = 5000


class NotTaken(Refused):
    """This mail is not taken."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a mail says of itself, decoded but not proved. ``sender`` is "" unless From names one address."""

    sender: str = ""
    subject: str = ""
    date: str | None = None
    id: str = ""
    robot: str = ""


@contextmanager
def _whatever_it_holds() -> Iterator[None]:
    """Turn what a parser of mail makes of a hostile one into a refusal: no mail may stop those behind it."""
    try:
        yield
    except TocsinError:
        raise
    except Exception as error:
        raise NotTaken(f"it can't be read ({type(error).__name__})") from error


def read_head(raw: bytes) -> Head:
    """Return what a mail's head says; raise NotTaken for one that can't be read."""
    with _whatever_it_holds():
        message = message_from_bytes(head_of(raw) + b"\r\n\r\n", policy=policy.compat32)
        return Head(
            sender=_address(_field(message, "From")),
            subject=_field(message, "Subject"),
            date=iso_date(_field(message, "Date")),
            id=_field(message, "Message-ID").strip("<> "),
            robot=_robot(message),
        )


def take_apart(raw: bytes, sources: Iterable[Source], records: TextRecords, *, whole: bool = True) -> Item:
    """Return a mail as the item of one of ``sources``; ``whole`` is False when there is only the beginning of it.

    Raises NotTaken or Unproven with the reason, or KeyUnknown when it can't be decided now.
    """
    if not raw:
        raise NotTaken("the mail server does not give it")
    head = read_head(raw)
    found = source_of(head.sender, sources)
    if found is None:
        raise NotTaken("no source names this sender in its from = […]")
    if head.robot:
        raise NotTaken(head.robot)
    if not whole:
        raise NotTaken(f"it is larger than {LARGEST >> 20} MB")
    source, domain = found
    prove(raw, head.sender.rpartition("@")[2], domain, records)
    with _whatever_it_holds():
        content = _content(raw)
    return Item(
        source=source.name,
        key=made_key(head.id, head.date or "", head.subject),
        title=head.subject,
        content=content,
        published=head.date,
    )


def _content(raw: bytes) -> str:
    if raw.lower().count(b"boundary=") > _MOST_BOUNDARIES or raw.count(b"\n--") > _MOST_PARTS:
        raise NotTaken("it has too many parts")
    try:
        content = words_of(message_from_bytes(raw, policy=policy.compat32))
    except RecursionError as error:
        raise NotTaken("it is a mail of mails without end") from error
    if not any(map(str.isalpha, content)):
        raise NotTaken("it has no text; what stands in attachments alone is not read")
    return content


def _address(field: str) -> str:
    """Return the address of a From field that names one; "" for any other: who it is from would be a guess."""
    found = [address for _, address in getaddresses([field]) if address]
    local, _, domain = (found[0] if len(found) == 1 else "").rpartition("@")
    written = mail_domain(domain)
    return f"{local.lower()}@{written}" if local and written else ""


def _robot(message: Message) -> str:
    """Return why no person sent this, "" when one may have. Sending in bulk is what press offices do."""
    if _field(message, "Auto-Submitted").lower().startswith("auto-replied"):
        return "it is an automatic answer"
    if any(message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Failed-Recipients")):
        return "it is an automatic answer"
    bounced = _field(message, "Return-Path") == "<>" or message.get_content_type() == "multipart/report"
    return "it is a report on another mail" if bounced else ""


def _field(message: Message, name: str) -> str:
    """Return a field's text on one line, decoded as well as it can be."""
    values = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    raw = str(values[0] if values else "")[:_LONGEST_FIELD].encode("utf-8", "surrogateescape")
    text = decode(raw)
    try:
        pieces = decode_header(" ".join(text.split()))
    except (HeaderParseError, ValueError):
        return " ".join(fit(text).split())
    return " ".join(fit("".join(_piece(piece, charset) for piece, charset in pieces)).split())


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    if charset is None:
        return piece.decode("raw-unicode-escape", "replace")
    return decode(piece, f"text/plain; charset={charset}")
