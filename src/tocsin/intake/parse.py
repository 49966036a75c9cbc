"""A feed's bytes to items: RSS, Atom, RDF, JSON Feed, CAP, news sitemaps, Telegram channels, told apart by content."""

from __future__ import annotations

import re
from dataclasses import replace

from tocsin.errors import BadInput
from tocsin.intake import cap, feed_fallback, feed_json, feed_xml, sitemap, telegram
from tocsin.intake.decode import decode, plain_xml
from tocsin.intake.feed import Feed
from tocsin.model import Item

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
    feed = _parsed(decode(body, content_type), url, source)
    return replace(feed, items=_told_apart(feed.items))


def _told_apart(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Give entries that share an identity, but neither headline nor page, their pages for one.

    Some feeds write the same guid into every entry: only the first would ever be news.
    """
    alike: dict[str, list[Item]] = {}
    for item in items:
        alike.setdefault(item.key, []).append(item)
    confused = {key for key, those in alike.items() if _differ(those)}
    return tuple(replace(item, key=item.url or item.key) if item.key in confused else item for item in items)


def _differ(items: list[Item]) -> bool:
    pages, titles = {item.url for item in items}, {item.title for item in items}
    return len(items) > 1 and len(pages) == len(titles) == len(items)


def _parsed(text: str, url: str, source: str) -> Feed:
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
