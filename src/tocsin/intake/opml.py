"""Subscription lists (OPML 2.0), by which feed readers hand over what somebody follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from tocsin.errors import BadInput

_LARGEST = 16 * 1024 * 1024
_LONGEST_NAME = 200
# What stands behind a feed of these is not the host: there the feed's own name is the publisher's.
_HOSTS_OF_MANY = ("t.me", "feedburner.com", "news.google.com", "youtube.com", "reddit.com", "medium.com", "rss.app")


class NotOpml(BadInput):
    """This is no subscription list (OPML)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of a list: its address and its name, and the site it belongs to as far as the list says."""

    url: str
    name: str
    site: str = ""
    language: str | None = None

    @property
    def publisher(self) -> str:
        """Return who stands behind it: the site, for several feeds of one are one origin."""
        host = (host_of(self.site) or host_of(self.url)).removeprefix("www.")
        many = any(host == one or host.endswith(f".{one}") for one in _HOSTS_OF_MANY)
        return self.name if many or not host else host


def host_of(url: str) -> str:
    """Return the host that an address names, or nothing."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # "https://[", which is refused as an address later
        return ""


def feeds_in(document: bytes) -> tuple[Feed, ...]:
    """Return the feeds that a list names, each address once, in its order; folders are passed over.

    Readers write lists carelessly (a bare ``&``, ``xmlurl``), so what can be read is. Raises ``NotOpml`` for what is no
    list, or one beyond 16 MB.
    """
    if len(document) > _LARGEST:
        raise NotOpml("a subscription list of more than 16 MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(document.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotOpml(str(error)) from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise NotOpml
    return tuple({feed.url: feed for feed in reversed(list(_outlines(root)))}.values())[::-1]


def _outlines(root: etree._Element) -> Iterator[Feed]:
    for outline in root.iter("outline", "Outline"):
        told = {str(name).lower(): " ".join(str(value).split()) for name, value in outline.attrib.items()}
        if url := told.get("xmlurl", ""):
            name = told.get("title") or told.get("text") or host_of(url) or url
            yield Feed(url, name, told.get("htmlurl", ""), told.get("language") or None)


def opml(feeds: Iterable[Feed], title: str) -> bytes:
    """Return a list of ``feeds`` under a ``title``, as ``feeds_in`` and every feed reader reads it."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for feed in feeds:
        told = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url, "htmlUrl": feed.site}
        told["language"] = feed.language or ""
        etree.SubElement(body, "outline", {name: value for name, value in told.items() if value})
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
