"""What a file is: an HTML page, a feed document, or a raw text record."""

from __future__ import annotations

import re
from typing import Literal

from tocsin.intake.decode import decode

Kind = Literal["page", "feed", "record"]

_FEED = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf|channel|urlset)\b|urn:oasis:names:tc:emergency:cap:", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|article|main|div|p|title|meta)\b", re.IGNORECASE)


def kind_of(body: bytes) -> Kind:
    """Return what a file's content is: the first feed or page element decides; without either it is a record."""
    head = decode(body[:20000])
    start = head.lstrip()
    if start.startswith("{") and ("jsonfeed.org" in head or re.search(r'"items"\s*:', head)):
        return "feed"
    if not start.startswith("<"):
        return "page" if re.search(r"</(?:p|div|html|body)>", head, re.IGNORECASE) else "record"
    feed, page = _FEED.search(head), _PAGE.search(head)
    if feed and (page is None or feed.start() < page.start()):
        return "feed"
    return "page" if page else "record"
