"""The patient parser: feedparser, for documents that are not well-formed or speak a rare dialect."""

from __future__ import annotations

import io
from typing import Any

import feedparser

from tocsin.intake.dates import iso_date
from tocsin.intake.feed import Feed, made_key, plain_text, web_url
from tocsin.model import Item

MAX_CHARS = 500_000
"""feedparser takes up to three seconds for so much hostile markup; more is not worth holding others up."""


def read(xml: str, url: str, source: str, limit: int) -> Feed | None:
    """Return what feedparser finds, None when that is nothing.

    ``xml`` must be free of entity declarations: feedparser expands them without bound.
    """
    if len(xml) > MAX_CHARS:
        return None
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    parsed = feedparser.parse(io.BytesIO(xml.encode("utf-8", "replace")), response_headers=headers)
    items = tuple(_item(entry, parsed.feed, source) for entry in parsed.entries[:limit])
    title = plain_text(parsed.feed.get("title", ""))
    if not (items or title):
        return None
    links = parsed.feed.get("links", [])
    return Feed(title, items, hub=_link(links, "hub"), self_url=_link(links, "self"))


def _link(links: list[dict[str, str]], rel: str) -> str | None:
    return next((web_url(each.get("href")) for each in links if each.get("rel") == rel), None)


def _item(entry: Any, feed: Any, source: str) -> Item:
    content = max((each.get("value", "") for each in entry.get("content", [])), key=len, default="")
    title, link = plain_text(entry.get("title", "")), web_url(entry.get("link"))
    summary = entry.get("summary", "")
    return Item(
        source=source,
        key=entry.get("id") or link or made_key(title, summary, content),
        title=title,
        url=link,
        summary=summary,
        content=content,
        published=iso_date(entry.get("published")),
        updated=iso_date(dict.get(entry, "updated")),  # its own get() answers with the publication
        language=entry.get("title_detail", {}).get("language") or feed.get("language") or None,
        authors=tuple(each["name"] for each in entry.get("authors", []) if each.get("name")),
        credited=entry.get("source", {}).get("title") or None,
    )
