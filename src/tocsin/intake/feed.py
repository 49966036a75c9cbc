"""What a feed document holds, and the small rules all feed formats share."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import nh3

from tocsin.intake.breaks import fit
from tocsin.model import Item


@dataclass(frozen=True, slots=True)
class Feed:
    """A parsed feed: newest first or as its publisher ordered it.

    ``hub`` and ``self_url`` are its WebSub hub and topic; ``refused`` says why entries were left out; ``earlier`` is
    the address of the entries before these, where a publisher lists only the last few.
    """

    title: str
    items: tuple[Item, ...] = ()
    hub: str | None = None
    self_url: str | None = None
    refused: tuple[str, ...] = ()
    earlier: str | None = None


_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<!--|<!\[CDATA\[")
_URGENCY_WORDS = {"flash": 1, "bulletin": 2, "urgent": 3}


def has_markup(text: str) -> bool:
    """Return whether a text holds HTML tags."""
    return "<" in text and _TAG.search(text) is not None


def plain_text(markup: str) -> str:
    """Return HTML or text as one line of plain text: tags out, entities resolved, spaces single."""
    text = nh3.clean(markup, tags=set(), clean_content_tags={"script", "style"}) if has_markup(markup) else markup
    return " ".join(fit(html.unescape(text)).split())


def safe_html(markup: str, base: str) -> str:
    """Return HTML with scripts, styles and event handlers out and relative links made absolute; plain text as it is."""
    if not has_markup(markup):
        return markup.strip()
    return nh3.clean(markup, url_relative=("rewrite_with_base", base) if web_url(base) else None, link_rel=None).strip()


def web_url(text: str | None, base: str = "") -> str | None:
    """Return an absolute http(s) URL, or None: any other scheme is dropped."""
    if not text or not text.strip():
        return None
    try:
        joined = urljoin(base, text.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.netloc else None


def urgency_of(text: str | None) -> int | None:
    """Return a wire's urgency by IPTC (1 flash … 8) from a number or one of its words, else None."""
    word = (text or "").strip().lower()
    if len(word) == 1 and word in "12345678":
        return int(word)
    return _URGENCY_WORDS.get(word)


def cap_urgency(severity: str, urgency: str) -> int | None:
    """Return what a CAP alert's severity and urgency are on the wire's scale: 1 Extreme and Immediate, 2 Severe."""
    if severity == "Extreme":
        return 1 if urgency == "Immediate" else 2
    return {"Severe": 2, "Moderate": 4, "Minor": 5}.get(severity)


def made_key(*parts: str) -> str:
    """Return an identity for an entry that has none of its own, from what it says."""
    return "sha256:" + hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


LONGEST_KEY = 400
"""Characters of an entry's identity: PostgreSQL's indexes hold 2,704 bytes of a key and its source's name."""


def fitting_key(key: str) -> str:
    """Return an entry's identity as it can be kept: one that is too long stands for itself by its digest."""
    return key if len(key) <= LONGEST_KEY else made_key(key)
