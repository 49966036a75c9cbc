"""A feed's bytes to items: RSS, Atom, RDF, JSON Feed, CAP, news sitemaps, Telegram channels, told apart by content."""

from __future__ import annotations

import re

from tocsin.errors import BadInput
from tocsin.intake import cap, feed_fallback, feed_json, feed_xml, sitemap, telegram
from tocsin.intake.decode import decode, plain_xml
from tocsin.intake.feed import Feed

_FEED_ELEMENT = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf|channel|item|entry)\b", re.IGNORECASE)

MAX_ITEMS = 1000
"""Entries taken from one document."""


class NotAFeed(BadInput):
    """This is not a feed."""


def parse_feed(body: bytes, content_type: str | None, url: str, source: str) -> Feed:
    """Return the feed in ``body`` as fetched from ``url``; its items belong to ``source``.

    Entries that can't be used are in ``refused`` with the reason. Raises NotAFeed when there is none in it,
    NoPreview for a Telegram page without posts, EntityBomb before any parser sees entities that could expand without
    bound.
    """
    text = decode(body, content_type)
    start = text[:200].lstrip()
    if not start:
        raise NotAFeed("it is empty")
    if start.startswith(("{", "[")):
        return feed_json.read(text, url, source, MAX_ITEMS)
    if telegram.is_telegram(text):
        return telegram.read(text, url, source, MAX_ITEMS)
    xml = plain_xml(text)
    feed = cap.read(xml, source) or sitemap.read(xml, source, MAX_ITEMS) or feed_xml.read(xml, url, source, MAX_ITEMS)
    if (feed is None or not (feed.items or feed.title)) and _FEED_ELEMENT.search(xml):
        feed = feed_fallback.read(xml, url, source, MAX_ITEMS) or feed
    if feed is None:
        raise NotAFeed("no entries and no title")
    return feed
