"""Who a mail is really from: a DKIM signature (RFC 6376) of the domain it claims, over what an alert would quote.

Anybody can write any sender. What counts is a signature that holds, by a domain in line with the sender's (relaxed
alignment, RFC 7489 section 3.1.1) and within what the operator has named. It must cover From, Subject and Date, each
of which stands there once, and the whole body: so that no word of it can be changed, and no old mail sent as a new one.
Whatever is in doubt is no proof.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from tocsin.errors import Refused, Temporary, TocsinError
from tocsin.intake.mailbox import LONGEST_HEAD, is_within

TextRecords = Callable[[str], tuple[str, ...]]
"""Returns the TXT records of a name, none when there are none. Raises ``OSError`` when DNS fails."""

_MOST_FIELDS = 500
_MOST_SIGNATURES = 10
_LONGEST_SIGNATURE = 4096
_SMALLEST_KEY = 1024  # bits: RFC 8301
_ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")  # RFC 8301, RFC 8463
_COVERED = (b"from", b"subject", b"date")
# Spaces that end no line cost the verifier the square of their number; no line may have so many (RFC 5322).
_TOO_MANY_SPACES = re.compile(rb"[ \t]{999}")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_STRAY = re.compile(rb"\r(?!\n)|\0")

_SILENT = logging.getLogger("tocsin.dkim")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False  # a stranger's words do not go into the log


class Unproven(Refused):
    """It is not proved who sent this mail."""


class KeyUnknown(Temporary):
    """The key that a mail is signed with can't be asked for now."""


def head_of(raw: bytes) -> bytes:
    """Return a mail's header fields as they came."""
    return _BLANK_LINE.split(raw[: LONGEST_HEAD + 1], maxsplit=1)[0]


def prove(raw: bytes, sender: str, named: str, records: TextRecords) -> str:
    """Return the domain that signed for ``sender``, within ``named``, the domain that the operator trusts.

    Both are in lower case and ASCII. Raises Unproven with the reason, or KeyUnknown when DNS does not answer.
    """
    head = head_of(raw)
    if len(head) > LONGEST_HEAD or head.count(b"\n") > _MOST_FIELDS:
        raise Unproven("its head is too long")
    if _STRAY.search(head) or _TOO_MANY_SPACES.search(raw):
        raise Unproven("it has stray control characters or endless spaces")
    try:
        found = _signed_by(raw, sender, named, records)
    except TocsinError:
        raise
    except Exception as error:
        raise Unproven(f"its signature can't be read ({type(error).__name__})") from error
    return found


def _signed_by(raw: bytes, sender: str, named: str, records: TextRecords) -> str:
    mail = dkim.DKIM(raw, logger=_SILENT, minkey=_SMALLEST_KEY)
    names = [name.lower() for name, _ in mail.headers]
    if twice := [name for name in _COVERED if names.count(name) != 1]:
        raise Unproven(f"it has {names.count(twice[0]) or 'no'} {twice[0].decode()} lines")
    against: dict[str, None] = {}
    for index, tags in _signatures(mail.headers):
        domain = tags.get(b"d", b"").decode("ascii", "replace").lower()
        wrong = _against(domain, tags, sender, named)
        if not wrong and _holds(mail, index, records):
            return domain
        against[wrong or f"the signature of {domain} does not hold: it was changed on its way, or is forged"] = None
    raise Unproven("; ".join(against) or f"it is not signed by {named} (DKIM)")


def _holds(mail: dkim.DKIM, index: int, records: TextRecords) -> bool:
    try:
        return bool(mail.verify(index, dnsfunc=lambda name, timeout: _key(name, records)))
    except (dkim.DKIMException, ValueError):  # another hash of the body, a key too short, no signature's length, …
        return False


def _signatures(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[int, Mapping[bytes, bytes]]]:
    """Yield the number and tags of each signature that can be one."""
    fields = [value for name, value in headers if name.lower() == b"dkim-signature"]
    for index, field in enumerate(fields[:_MOST_SIGNATURES]):
        if len(field) <= _LONGEST_SIGNATURE:
            try:
                yield index, parse_tag_value(field)
            except InvalidTagValueList:
                continue


def _against(domain: str, tags: Mapping[bytes, bytes], sender: str, named: str) -> str:
    """Return what speaks against a signature before it is even checked; nothing when it may count."""
    if not (is_within(domain, named) and (is_within(domain, sender) or is_within(sender, domain))):
        return f"it is signed by {domain[:100] or 'nobody'}, not by {named}"
    covered = [name.strip().lower() for name in tags.get(b"h", b"").split(b":")]
    if missing := [name.decode() for name in _COVERED if name not in covered]:
        return f"the signature of {domain} does not cover {', '.join(missing)}"
    if b"l" in tags:
        return f"the signature of {domain} covers a part of the text only"
    if tags.get(b"a") not in _ALGORITHMS:
        return f"the signature of {domain} is neither rsa-sha256 nor ed25519-sha256"
    return ""


def _key(name: bytes, records: TextRecords) -> bytes:
    try:
        found = records(name.decode("ascii").rstrip("."))
    except OSError as error:
        raise KeyUnknown(str(error)) from error
    return next((record.encode("ascii", "replace") for record in found if "p=" in record), b"")
