"""Text and links from outside, made fit for a mail: one line, bounded, without characters that deceive."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tocsin.delivery.message import TOKEN_MARK
from tocsin.delivery.seen import is_seen

_NOT_IN_LINKS = re.compile(r"[\s\"'<>\\^`{|}\x00-\x20\x7f]")

MOST_LINK = 2000


def line(text: str, most: int = 300) -> str:
    """Return text as one line of at most ``most`` characters, cut at a word with "…"."""
    # Ten times the room is more than enough to fill it, and keeps the work on a text of megabytes small.
    seen = "".join(" " if sign.isspace() else sign for sign in text[: 10 * most] if is_seen(sign))
    # A headline that holds the mark would show each reader's token, a link would hand it to whoever owns the address.
    shown = " ".join(seen.replace(TOKEN_MARK, "…").split())
    if len(shown) <= most:
        return shown
    head = shown[: max(0, most - 1)]
    at = head.rfind(" ")
    return (head[:at] if at > most // 2 else head).rstrip(" ,;:") + "…"


def link(url: str | None) -> str | None:
    """Return an http or https address that is safe to print anywhere, or None."""
    if not url or len(url) > MOST_LINK or _NOT_IN_LINKS.search(url) or TOKEN_MARK in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
