"""Text and links from outside, made fit for a mail: one line, bounded, without characters that deceive."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

# Control, format, unpaired and separator characters: they can reorder text or forge a line. Joiners are part of words
# in Persian and Hindi, and of emoji.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_SPACE = re.compile(r"\s+")
_NOT_IN_LINKS = re.compile(r"[\s\"'<>\\^`{|}\x00-\x20\x7f]")

MOST_LINK = 2000


def line(text: str, most: int = 300) -> str:
    """Return text as one line of at most ``most`` characters, cut at a word with "…"."""
    spaced = _SPACE.sub(" ", text).strip()
    shown = "".join(sign for sign in spaced if sign in _JOINERS or unicodedata.category(sign) not in _UNSEEN)
    if len(shown) <= most:
        return shown
    head = shown[: most - 1]
    at = head.rfind(" ")
    return (head[:at] if at > most // 2 else head).rstrip(" ,;:") + "…"


def link(url: str | None) -> str | None:
    """Return an http or https address that is safe to print anywhere, or None."""
    if not url or len(url) > MOST_LINK or _NOT_IN_LINKS.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
