"""The public feeds of alerts: Atom (RFC 4287) and JSON Feed 1.1, one entry for each version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from tocsin.alerts.topics import Topics
from tocsin.web.alert_views import Told

ATOM = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold (XML 1.0, production 2): one in a headline would void the whole feed."""
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ElementTree.register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Channel:
    """Whose feed it is, under which address, in which language its fixed words are, and what topics are called."""

    title: str
    author: str
    base_url: str
    language: str
    topics: Topics


def atom_feed(channel: Channel, newest: Sequence[Told]) -> bytes:
    """Return the Atom document of the versions, given newest first."""
    feed = ElementTree.Element(_atom("feed"), {_XML_LANG: channel.language})
    _add(feed, "id", f"{channel.base_url}/alerts.atom")
    _add(feed, "title", channel.title)
    _add(feed, "updated", _stamp(newest[0].approved_at if newest else datetime(1970, 1, 1, tzinfo=UTC)))
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{channel.base_url}/alerts.atom")
    _add(feed, "link", rel="alternate", type="text/html", href=f"{channel.base_url}/alerts")
    _add(_add(feed, "author"), "name", channel.author)
    _add(feed, "generator", "Tocsin")
    for told in newest:
        feed.append(_entry(channel, told))
    document: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def json_feed(channel: Channel, newest: Sequence[Told]) -> bytes:
    """Return the JSON Feed 1.1 of the versions, given newest first."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": f"{channel.base_url}/alerts",
        "feed_url": f"{channel.base_url}/alerts.json",
        "language": channel.language,
        "authors": [{"name": channel.author}],
        "items": [_item(channel, told) for told in newest],
    }
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode()


def summary_of(told: Told) -> str:
    """Return a version in plain text: label, note, what happened, who says so."""
    return "\n\n".join(_summary(told))


def _summary(told: Told) -> Iterator[str]:
    view = told.view
    yield " · ".join(filter(None, (view.badge, view.label)))
    if view.note:
        yield f"{view.note_title}: {view.note}"
    yield from view.paragraphs
    for reported in (*view.said, *view.evidence):
        for said in reported.said:
            how = f" · {said.how}" if said.how else ""
            yield f"{said.who}{how}: {said.words} ({reported.publisher})"


def _entry(channel: Channel, told: Told) -> ElementTree.Element:
    entry = ElementTree.Element(_atom("entry"), {_XML_LANG: told.view.language or channel.language})
    url = _url(channel, told)
    _add(entry, "id", url)
    _add(entry, "title", told.view.subject)
    _add(entry, "updated", _stamp(told.approved_at))
    _add(entry, "published", _stamp(told.approved_at))
    _add(entry, "link", rel="alternate", type="text/html", href=url)
    if told.view.url:
        _add(entry, "link", rel="via", href=told.view.url)
    for topic in told.topics:
        label = channel.topics.label(topic, channel.language)
        _add(entry, "category", term=topic, label=label)
    _add(entry, "summary", summary_of(told), type="text")
    return entry


def _item(channel: Channel, told: Told) -> dict[str, Any]:
    url = _url(channel, told)
    item: dict[str, Any] = {
        "id": url,
        "url": url,
        "title": told.view.subject,
        "content_text": summary_of(told),
        "date_published": _stamp(told.approved_at),
        "language": told.view.language or channel.language,
        "tags": [channel.topics.label(topic, channel.language) for topic in told.topics],
    }
    if told.view.url:
        item["external_url"] = told.view.url
    return item


def _url(channel: Channel, told: Told) -> str:
    return f"{channel.base_url}/alerts/{told.alert}#v{told.number}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, _atom(name), attributes)
    child.text = None if text is None else _NO_XML.sub("", text)
    return child
