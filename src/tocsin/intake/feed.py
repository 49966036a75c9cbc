"""What a feed document holds, and the small rules all feed formats share."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

import nh3
from lxml import etree
from lxml import html as lxml_html

from tocsin.intake.breaks import fit
from tocsin.model import Item, bare_language


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
_FEW_TAGS = 2_000
"""However these are nested, they are cleaned in a few hundredths of a second."""
_URGENCY_WORDS = {"flash": 1, "bulletin": 2, "urgent": 3}


def has_markup(text: str) -> bool:
    """Return whether a text holds HTML tags."""
    return "<" in text and _TAG.search(text) is not None


def plain_text(markup: str) -> str:
    """Return HTML or text as one line of plain text: tags out, entities resolved, spaces single."""
    if has_markup(markup):
        markup = nh3.clean(_shallow(markup), tags=set(), clean_content_tags={"script", "style"})
    return " ".join(fit(html.unescape(markup)).split())


def safe_html(markup: str, base: str) -> str:
    """Return HTML with scripts, styles and event handlers out and relative links made absolute; plain text as it is."""
    if not has_markup(markup):
        return markup.strip()
    clean = _shallow(markup)
    return nh3.clean(clean, url_relative=("rewrite_with_base", base) if web_url(base) else None, link_rel=None).strip()


def _shallow(markup: str) -> str:
    """Return the HTML with nothing nested deeper than libxml2 reads (256); what stands deeper is left out.

    At each tag nh3's parser looks through all elements that are open: 40,000 nested ones take it seven seconds, and a
    body of the size that is fetched would take it hours.
    """
    if markup.count("<") <= _FEW_TAGS:
        return markup
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True)
    tree = lxml_html.fragment_fromstring(markup.encode("utf-8", "replace"), create_parent="div", parser=parser)
    inner = (etree.tostring(child, encoding="unicode", method="html") for child in tree)
    return html.escape(tree.text or "", quote=False) + "".join(inner)


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
LONGEST_TITLE = 1_000
"""Characters of a headline: it is read in one piece, shown whole at the desk, and no newsroom writes a longer one."""
LONGEST_TEXT = 100_000
"""Characters of an article, some fifteen thousand words: all else that is read waits seconds for a longer one."""
_LONGEST_MARKUP = 1_000_000
_LONGEST_URL = 4_000
_MOST_AUTHORS = 20
LONGEST_NAME = 300
"""Characters of an author: what parses addresses takes the square of their length, and a frame for each bracket."""


def fitting(item: Item) -> Item:
    """Return an entry as it can be kept: nothing in it is longer than any publisher means it.

    Of ``en-US`` the language is ``en``, as rules, weights and words know it; of what is no language there is none.
    An identity that is too long stands for itself by its digest.
    """
    return replace(
        item,
        key=item.key if len(item.key) <= LONGEST_KEY else made_key(item.key),
        title=item.title[:LONGEST_TITLE],
        url=item.url if item.url and len(item.url) <= _LONGEST_URL else None,
        summary=item.summary[:_LONGEST_MARKUP],
        content=item.content[:_LONGEST_MARKUP],
        language=bare_language(item.language),
        authors=tuple(name[:LONGEST_NAME] for name in item.authors[:_MOST_AUTHORS]),
        credited=item.credited[:LONGEST_NAME] if item.credited else None,
    )
