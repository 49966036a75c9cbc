"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import html
from typing import Any

from tocsin.errors import BadInput
from tocsin.intake.dates import iso_date
from tocsin.intake.feed import Feed, made_key, plain_text, safe_html, urgency_of, web_url
from tocsin.intake.json_text import NotJson, json_value
from tocsin.intake.structured import people_of, text_of
from tocsin.model import Item


class NotJsonFeed(BadInput):
    """This is not a JSON Feed."""


def read(text: str, url: str, source: str, limit: int) -> Feed:
    """Return the JSON Feed in ``text``; raises NotJsonFeed when it is something else."""
    try:
        data = json_value(text)
    except NotJson as error:
        raise NotJsonFeed("it is not JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise NotJsonFeed("it has no list of items")
    base = web_url(text_of(data, "home_page_url"), url) or url
    entries = [each for each in data["items"][:limit] if isinstance(each, dict)]
    items = [_item(each, data, base, source) for each in entries]
    usable = tuple(each for each in items if each.title or each.content or each.summary)
    lost = len(data["items"][:limit]) - len(usable)
    return Feed(
        title=plain_text(text_of(data, "title")),
        items=usable,
        hub=_hub(data.get("hubs")),
        self_url=web_url(text_of(data, "feed_url"), url),
        refused=("an entry without words",) * lost,
    )


def _hub(hubs: object) -> str | None:
    listed = hubs if isinstance(hubs, list) else []
    return next((web_url(text_of(each, "url")) for each in listed if isinstance(each, dict)), None)


def _item(entry: dict[str, Any], feed: dict[str, Any], base: str, source: str) -> Item:
    link = web_url(text_of(entry, "url"), base) or web_url(text_of(entry, "external_url"), base)
    content = safe_html(text_of(entry, "content_html"), link or base) or html.escape(
        text_of(entry, "content_text"), quote=False
    )
    title = plain_text(text_of(entry, "title"))
    number = entry.get("id")
    key = str(number) if isinstance(number, int | float) else text_of(entry, "id")
    return Item(
        source=source,
        key=key or link or made_key(title, content),
        title=title,
        url=link,
        summary=safe_html(text_of(entry, "summary"), link or base),
        content=content,
        published=iso_date(text_of(entry, "date_published")),
        updated=iso_date(text_of(entry, "date_modified")),
        language=text_of(entry, "language") or text_of(feed, "language") or None,
        authors=people_of(entry.get("authors") or entry.get("author") or feed.get("authors") or feed.get("author")),
        urgency=urgency_of(str(entry.get("_urgency", ""))),
    )
