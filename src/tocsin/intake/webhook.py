"""The signed push: Standard Webhooks signatures, and what a publisher may post.

Pure; telling a replayed id from a new one is the store's work.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tocsin.errors import BadInput, Refused
from tocsin.intake.dates import iso_date
from tocsin.intake.feed import made_key, plain_text, safe_html, urgency_of, web_url
from tocsin.intake.json_text import NotJson, json_value
from tocsin.intake.structured import nodes_of, people_of, text_of
from tocsin.model import Item

TOLERANCE_S = 300
"""How far a message's timestamp may be from now (the specification's five minutes)."""

MAX_ITEMS = 100
"""Articles in one push; more is a bulk load, not news."""

_NEWS_TYPES = ("article", "blogposting", "newsarticle", "report", "liveblogposting", "socialmediaposting")


class ForgedPush(Refused):
    """The push is not signed by this source."""


class StalePush(Refused):
    """The push's timestamp is too far from now."""


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a push signed with ``secret`` (``whsec_`` and base64), or raise ForgedPush or StalePush.

    Standard Webhooks: HMAC-SHA256 over ``id.timestamp.body``; the signature header lists ``v1,<base64>`` parted by
    spaces, and one of them must match. ``headers`` are looked up regardless of case.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in ("id", "timestamp", "signature") if not lowered.get(f"webhook-{name}")]
    if missing:
        raise ForgedPush(f"no webhook-{missing[0]} header")
    message, stamp = lowered["webhook-id"], lowered["webhook-timestamp"]
    expected = sign(secret, message, stamp, body)
    given = lowered["webhook-signature"].split()[:16]
    if not any(hmac.compare_digest(each.encode(), expected.encode()) for each in given):
        raise ForgedPush("no signature matches")
    if not stamp.isascii() or not stamp.isdigit() or abs(int(stamp[:15]) - now.timestamp()) > TOLERANCE_S:
        raise StalePush(stamp[:40])
    return message


def sign(secret: str, message: str, timestamp: str, body: bytes) -> str:
    """Return a message's ``v1,…`` signature by Standard Webhooks; a secret that is not base64 raises ForgedPush."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ForgedPush("the source's secret is not base64") from error
    if not key:
        raise ForgedPush("the source has no secret")
    digest = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def parse_push(body: bytes, source: str) -> tuple[Item, ...]:
    """Return the items of a push: one article as plain JSON, a schema.org NewsArticle, or a list or graph of them.

    Raises BadInput when the body is no JSON, or an article has neither a title nor a text.
    """
    try:
        data = json_value(body)
    except NotJson as error:
        raise BadInput("the body is not JSON") from error
    items = tuple(_item(each, source) for each in _articles(data))
    if not items:
        raise BadInput("no article in the body")
    if len(items) > MAX_ITEMS:
        raise BadInput(f"{len(items)} articles in one push, at most {MAX_ITEMS}")
    return items


def _articles(data: object) -> Iterator[Mapping[str, Any]]:
    """Yield what is an article in the body: schema.org nodes by type, or a plain object by its title or text."""
    for node, types in nodes_of(data):
        if any(each in _NEWS_TYPES for each in types) or (not types and not node.keys().isdisjoint(_PLAIN)):
            yield node


_UNRELEASED = ("draft", "pending", "scheduled", "embargoed", "unpublished", "withdrawn", "retracted", "deleted")
_PLAIN = frozenset({"title", "headline", "text", "content", "articleBody"})


def _item(node: Mapping[str, Any], source: str) -> Item:
    title = plain_text(text_of(node, "headline", "title", "name"))
    url = web_url(text_of(node, "url", "mainEntityOfPage", "link"))
    content = safe_html(text_of(node, "articleBody", "content", "content_html", "text", "content_text"), url or "")
    summary = safe_html(text_of(node, "description", "abstract", "summary"), url or "")
    if not (title or content or summary):
        raise BadInput("an article without title and text")
    return Item(
        source=source,
        key=_identity(node) or url or made_key(title, summary, content),
        title=title,
        url=url,
        summary=summary,
        content=content,
        published=iso_date(text_of(node, "datePublished", "published", "date_published")),
        updated=iso_date(text_of(node, "dateModified", "updated", "date_modified")),
        language=text_of(node, "inLanguage", "language") or None,
        authors=people_of(node.get("author") or node.get("authors")),
        credited=text_of(node, "sourceOrganization", "provider", "credited") or None,
        urgency=urgency_of(str(node.get("urgency", ""))),
        draft=node.get("draft") is True or text_of(node, "creativeWorkStatus", "status").lower() in _UNRELEASED,
    )


def _identity(node: Mapping[str, Any]) -> str:
    """Return the publisher's own identity of an article, which may be a number."""
    for name in ("id", "@id", "identifier", "guid"):
        value = node.get(name)
        found = str(value) if isinstance(value, int) and not isinstance(value, bool) else text_of(node, name)
        if found:
            return found
    return ""
