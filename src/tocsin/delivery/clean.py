"""Text and links from outside, made fit for a mail: one line, bounded, without characters that deceive."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from tocsin.delivery.message import TOKEN_MARK

# Control, format, unpaired and separator characters: they can reorder text or forge a line. Joiners are part of words
# in Persian and Hindi, and of emoji.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
# No characters at all, and forbidden in XML.
_NONE = frozenset("\ufffe\uffff")
_NOT_IN_LINKS = re.compile(r"[\s\"'<>\\^`{|}\x00-\x20\x7f]")

MOST_LINK = 2000


def line(text: str, most: int = 300) -> str:
    """Return text as one line of at most ``most`` characters, cut at a word with "…"."""
    # Ten times the room is more than enough to fill it, and keeps the work on a text of megabytes small.
    seen = "".join(" " if sign.isspace() else sign for sign in text[: 10 * most] if _is_seen(sign))
    # A headline that holds the mark would show each reader's token, a link would hand it to whoever owns the address.
    shown = " ".join(seen.replace(TOKEN_MARK, "…").split())
    if len(shown) <= most:
        return shown
    head = shown[: max(0, most - 1)]
    at = head.rfind(" ")
    return (head[:at] if at > most // 2 else head).rstrip(" ,;:") + "…"


def _is_seen(sign: str) -> bool:
    if sign.isspace() or sign in _JOINERS:
        return True
    return sign not in _NONE and unicodedata.category(sign) not in _UNSEEN


def link(url: str | None) -> str | None:
    """Return an http or https address that is safe to print anywhere, or None."""
    if not url or len(url) > MOST_LINK or _NOT_IN_LINKS.search(url) or TOKEN_MARK in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
