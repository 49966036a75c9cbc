"""What a returned mail, or a provider's event, says: one typed value, wherever it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tocsin.delivery.outcomes import blames_address

_LOCAL_PART = re.compile(r"[^\s<>()@;:,\"'\[\]]{1,64}@")
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
LONGEST_TEXT = 500


class Kind(StrEnum):
    """What came back."""

    FAILED = "failed"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTOMATIC = "automatic"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Notice:
    """What was said, and of which delivery.

    ``version`` and ``subscriber`` name the delivery by our own signed tag; only the subscriber is known of one who
    unsubscribes by mail; both are None when nothing signed was found. Then ``recipient`` (the address it speaks of,
    as the reporter wrote it; ``alias`` the one that was written to, if told) and ``names`` (how the relay may have
    named the message) may still find it. ``suppress`` is True for an address that does not exist.
    """

    kind: Kind
    version: int | None = None
    subscriber: int | None = None
    status: str = ""
    text: str = ""
    suppress: bool = False
    recipient: str = ""
    alias: str = ""
    names: tuple[str, ...] = ()


def failed(status: str, text: str, *, recipient: str = "", alias: str = "") -> Notice:
    """Return the notice of a delivery that failed for good; its address is to blame only if status and text say so."""
    best = precise(status, text)
    return Notice(
        Kind.FAILED, status=best, text=without_names(text or best), suppress=blames_address(best, text),
        recipient=recipient, alias=alias,
    )  # fmt: skip


def precise(status: str, text: str) -> str:
    """Return an enhanced status code (RFC 3463): the one in ``text`` where ``status`` is missing or says nothing."""
    found = _STATUS.search(status)
    given = found[0] if found else ""
    told = _STATUS.search(text)
    vague = not given or given.endswith(".0.0")
    return told[0] if told and vague else given


def without_names(text: str) -> str:
    """Return a text on one line, as long as is kept, that names no mailbox: what relays say quotes addresses."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return _LOCAL_PART.sub("…@", " ".join(printable.split()))[:LONGEST_TEXT]


def speaks_of(notice: Notice, address: str) -> bool:
    """Tell whether a notice is about an address, and not about another one that its mail is forwarded to.

    Mail systems rewrite the local part (an alias, another case); another domain is somebody else's.
    """
    told = [one for one in (notice.alias, notice.recipient) if "@" in one]
    return not told or any(_domain(one) == _domain(address) for one in told)


def is_busy(notice: Notice) -> bool:
    """Tell whether a delay is about how much we send, and not about one mailbox."""
    return notice.status.startswith(("4.3.", "4.4.5", "4.7.")) or _BUSY.match(notice.text) is not None


_BUSY = re.compile(r"(?:421|450|454)[ -]4\.[347]\.|421\b")


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2].lower().rstrip(".")
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
