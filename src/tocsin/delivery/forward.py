"""A reader's mail on its way to the newsroom: whole, attached, and answered to the reader by whoever reads it."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.generator import BytesGenerator
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from io import BytesIO

from tocsin.delivery.bounces import FORWARDED, first_text
from tocsin.errors import BadInput

_PLAIN = policy.SMTP.clone(max_line_length=998)


def enclose(raw: bytes, *, sender: str, to: str, number: int, at: datetime) -> bytes:
    """Return a mail to the newsroom with a reader's mail attached, as it came; an answer to it goes to the reader."""
    original = message_from_bytes(raw, policy=policy.compat32)
    name, address = parseaddr(str(original.get("Reply-To") or original.get("From") or ""))
    subject = _decoded(str(original.get("Subject", "")))[:150]
    cover = EmailMessage(policy=_PLAIN)
    cover["From"], cover["To"] = sender, to
    cover["Subject"] = f"A reader writes: {subject or '(no subject)'}"
    reply_to = _address(address)
    if reply_to is not None:
        cover["Reply-To"] = reply_to
    cover["Date"] = format_datetime(at)
    cover["Message-ID"] = f"<returned.{number}.{int(at.timestamp())}@{sender.rpartition('@')[2]}>"
    cover["Auto-Submitted"] = "auto-generated"
    cover[FORWARDED] = "yes"
    cover.set_content(
        f"{_decoded(name) or 'Somebody'} <{_decoded(address)}> wrote to the address that alerts come from.\n"
        "Answer this mail, and your answer goes to them. Theirs is attached as it came, and kept as\n"
        f"`tocsin returned show {number}`.\n\n{first_text(original)}\n"
    )
    cover.add_attachment(raw, maintype="application", subtype="octet-stream", filename=f"mail-{number}.eml")
    return _bytes(cover)


def _decoded(text: str) -> str:
    """Return a header of a stranger as plain text on one line.

    It is decoded here, and nothing that looks encoded is left: else the line breaks inside would end up in our head.
    """
    try:
        text = str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        text = " ".join(text.split())
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.replace("=?", "= ?").split())


def _address(text: str) -> Address | None:
    try:
        return Address(addr_spec=text) if text.isascii() and "@" in text else None
    except (ValueError, IndexError):  # IndexError: the parser of the standard library on some that are none
        return None


def _bytes(message: EmailMessage) -> bytes:
    out = BytesIO()
    try:
        BytesGenerator(out, policy=_PLAIN).flatten(message)
    except (ValueError, LookupError) as error:
        raise BadInput(f"a mail that can't be passed on: {error}") from error
    return out.getvalue()
