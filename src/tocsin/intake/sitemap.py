"""News sitemaps: the pages that a publisher names as news (sitemaps.org with Google's extension)."""

from __future__ import annotations

from lxml import etree

from tocsin.intake.dates import iso_date
from tocsin.intake.feed import Feed, plain_text, web_url
from tocsin.model import Item

Element = etree._Element

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD_CHARS = 5000


def read(xml: str, source: str, limit: int) -> Feed | None:
    """Return the news in a sitemap (no document type in ``xml``), None when it is none; other pages are left out.

    The publication that the first entry names is the feed's title.
    """
    if _NAMESPACE not in xml[:_HEAD_CHARS]:
        return None
    try:
        root = etree.fromstring(xml.strip().encode("utf-8", "replace"), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return None
    if root.tag != f"{{{_NAMESPACE}}}urlset":
        return None
    found = [(page, news) for page in root.iterfind("{*}url") if (news := page.find("{*}news")) is not None]
    items = [_item(page, news, source) for page, news in found[:limit]]
    name = _text(found[0][1], "publication/{*}name") if found else ""
    return Feed(title=name, items=tuple(item for item in items if item.url and item.title))


def _item(page: Element, news: Element, source: str) -> Item:
    url = web_url(_text(page, "loc"))
    return Item(
        source=source,
        key=url or "",
        title=plain_text(_text(news, "title")),
        url=url,
        published=iso_date(_text(news, "publication_date")),
        updated=iso_date(_text(page, "lastmod")),
        language=_text(news, "publication/{*}language") or None,
    )


def _text(parent: Element, path: str) -> str:
    return (parent.findtext(f"{{*}}{path}") or "").strip()
