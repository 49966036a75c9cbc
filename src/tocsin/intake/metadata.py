"""What a page says of itself: title, times, authors, publisher, canonical address, marks.

Read in the order of trust: JSON-LD, OpenGraph and other meta elements, microdata, ``<time>``, the address itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from tocsin.intake.dates import date_in_words, iso_date
from tocsin.intake.feed import plain_text, web_url
from tocsin.intake.json_text import NotJson, json_value
from tocsin.intake.structured import Node, nodes_of, people_of, text_of

_ARTICLE_TYPES = frozenset(
    {"article", "newsarticle", "reportagenewsarticle", "opinionnewsarticle", "analysisnewsarticle", "blogposting"}
    | {"backgroundnewsarticle", "reviewnewsarticle", "liveblogposting", "report", "socialmediaposting"}
)
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "publish-date", "publishdate", "publish_date",
    "pubdate", "publication_date", "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "date",
    "og:pubdate", "originalpublicationdate", "article.published", "published-date", "rnews:datepublished",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified", "lastmod")
_TITLES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "title")
_AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl", "citation_author")
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?:/|-|$)")
_OPINION = re.compile(
    r"\b(opinions?|op-ed|editorials?|commentisfree|comment|columnists?|columns?|blogs?/opinion|letters)\b"
)
_LIVE_PATH = re.compile(r"/live(?:-(?:blog|updates?|news|reporting))?(?:/|-|$)|/liveblog|-live-updates?\b")
_LIVE_TITLE = re.compile(r"^live\b[^a-z]|\blive (?:updates?|blog|coverage)\b|[–—|:-]\s*live$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself; ``body`` is the article's text where JSON-LD carries it, ``words`` its word count."""

    title: str = ""
    published: str | None = None
    modified: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    canonical_url: str | None = None
    site: str | None = None
    publisher: str | None = None
    marks: tuple[str, ...] = ()
    body: str = ""
    words: int = 0


def read_metadata(tree: HtmlElement, url: str | None) -> Metadata:
    """Return the metadata of a parsed page fetched from ``url``."""
    metas = _metas(tree)
    nodes = list(_article_nodes(tree))
    main = nodes[0] if nodes else ({}, ())
    canonical = _canonical(tree, metas, url)
    site = metas.get("og:site_name") or metas.get("application-name") or None
    title = _title(tree, metas, main[0], site, url)
    return Metadata(
        title=title,
        published=_published(tree, metas, nodes, canonical or url),
        modified=_first_date(
            [text_of(node, "dateModified") for node, _ in nodes] + [metas.get(n, "") for n in _MODIFIED]
        ),
        authors=_authors(tree, metas, nodes),
        language=_language(tree, metas, main[0]),
        canonical_url=canonical,
        site=site,
        publisher=next((name for node, _ in nodes if (name := text_of(node, "publisher"))), None),
        marks=_marks(tree, metas, nodes, title, canonical or url or ""),
        body=max((text_of(node, "articleBody") for node, _ in nodes), key=len, default=""),
        words=_count(text_of(main[0], "wordCount") or main[0].get("wordCount")),
    )


def _count(value: object) -> int:
    return int(str(value)) if str(value).isascii() and str(value).isdigit() and len(str(value)) < 8 else 0


def _metas(tree: HtmlElement) -> dict[str, str]:
    """Return the first content of each meta element by lower-case name, property or itemprop."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        content = (meta.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop"):
            if content and meta.get(attribute):
                found.setdefault(meta.get(attribute, "").strip().lower(), content)
    return found


def _article_nodes(tree: HtmlElement) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Yield the JSON-LD nodes that are articles; broken scripts are passed over."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        for node, types in nodes_of(_lenient_json(script.text_content())):
            if not _ARTICLE_TYPES.isdisjoint(types):
                yield node, types


_CONTROLS = re.compile(r"[\x00-\x1f]+")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>|/\*\s*\]\]>\s*\*/|;)\s*$"
)


def _lenient_json(text: str) -> object:
    """Return the data of a JSON-LD script, forgiving raw line breaks and comment wrappers; None when it is no JSON."""
    for attempt in (text, _WRAPPING.sub("", _CONTROLS.sub(" ", text))):
        try:
            data: object = json_value(attempt)
        except NotJson:
            continue
        return data
    return None


def _canonical(tree: HtmlElement, metas: dict[str, str], url: str | None) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return web_url(link.get("href"), url or "")
    return web_url(metas.get("og:url"), url or "")


def _title(tree: HtmlElement, metas: dict[str, str], node: Node, site: str | None, url: str | None) -> str:
    """Return the headline: JSON-LD's, a meta element's, the only ``<h1>``'s, or the document's, without the site."""
    document = plain_text(next((each.text_content() for each in tree.iter("title")), ""))
    headings = [plain_text(each.text_content()) for each in tree.iter("h1")]
    candidates = [text_of(node, "headline"), *(metas.get(name, "") for name in _TITLES)]
    candidates += [heading for heading in headings if heading and heading in document] + [document] + headings
    title = next((text for each in candidates if (text := plain_text(each))), "")
    return without_site(title, site, url)


_SEPARATOR = re.compile(r"\s+[|–—·•»:-]+\s+|\s*[|»]\s*")


def without_site(title: str, site: str | None, url: str | None) -> str:
    """Return the title without its trailing or leading part that names the site (or its host)."""
    host = urlsplit(url).hostname or "" if url else ""
    names = {_squeezed(site or ""), *(_squeezed(part) for part in host.split(".") if len(part) > 3), _squeezed(host)}
    cuts = list(_SEPARATOR.finditer(title))
    for cut in cuts:
        if _names_site(title[cut.end() :], names):
            return title[: cut.start()].strip()
    if cuts and _names_site(title[: cuts[0].start()], names):
        return title[cuts[0].end() :].strip()
    return title


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text.lower()).removeprefix("www").removeprefix("the")


def _names_site(part: str, names: set[str]) -> bool:
    squeezed = _squeezed(part)
    return len(squeezed) > 1 and any(
        squeezed == name or (len(squeezed) > 3 and squeezed + "com" == name) for name in names
    )


def _published(
    tree: HtmlElement, metas: dict[str, str], nodes: list[tuple[Node, tuple[str, ...]]], url: str | None
) -> str | None:
    """Return the publication time: the first that is given, or a finer one of the same day."""
    given = [text_of(node, "datePublished", "dateCreated", "uploadDate") for node, _ in nodes]
    given += [metas.get(name, "") for name in _PUBLISHED]
    given += list(_times(tree))
    dates = [date for each in given if (date := iso_date(each))]
    if not dates:
        return _date_in(url) or _visible_date(tree)
    return max((each for each in dates if each[:10] == dates[0][:10]), key=_fineness)


def _fineness(date: str) -> int:
    """Rank a date: bare, with a time, with a time and a zone."""
    return ("T" in date) + ("T" in date and (date.endswith("Z") or "+" in date or date.count("-") > 2))


def _times(tree: HtmlElement) -> Iterator[str]:
    """Yield the dates of microdata and ``<time>`` elements that speak of publication, then the page's only time."""
    for element in tree.xpath(
        "//*[@itemprop='datePublished'] | //time[@pubdate] | //abbr[contains(@class,'published')]"
    ):
        yield element.get("datetime") or element.get("content") or element.get("title") or element.text_content()
    times = tree.xpath("//article//time[@datetime] | //main//time[@datetime] | //header//time[@datetime]")
    times = times or tree.xpath("//time[@datetime]")
    yield from (element.get("datetime") for element in times[:1])


_DATED = (
    "//*[" + " or ".join(f"contains(@class, '{name}')" for name in ("date", "publish", "posted", "timestamp")) + "]"
)


def _visible_date(tree: HtmlElement) -> str | None:
    """Return the day that the first dateline among the page's elements names in words."""
    lines = (" ".join(element.itertext()) for element in tree.xpath(_DATED)[:20])
    return next((date for line in lines if len(line) < 120 and (date := date_in_words(line))), None)


def _date_in(url: str | None) -> str | None:
    matched = _URL_DATE.search(urlsplit(url).path) if url else None
    return iso_date(f"{matched[1]}-{int(matched[2]):02}-{int(matched[3]):02}") if matched else None


def _first_date(texts: list[str]) -> str | None:
    return next((date for each in texts if (date := iso_date(each))), None)


def _authors(tree: HtmlElement, metas: dict[str, str], nodes: list[tuple[Node, tuple[str, ...]]]) -> tuple[str, ...]:
    for node, _ in nodes:
        names = people_of(node.get("author") or node.get("creator"))
        if names:
            return tuple(_person(name) for name in names)
    for name in _AUTHORS:
        if metas.get(name) and not metas[name].startswith("http"):
            return tuple(_person(each) for each in re.split(r"\s*(?:,|;| and | & )\s*", metas[name]) if each)
    bylines = tree.xpath("//a[@rel='author'] | //*[@itemprop='author']")
    return tuple(dict.fromkeys(_person(each.text_content()) for each in bylines[:5] if each.text_content().strip()))


def _person(name: str) -> str:
    return re.sub(r"^by\s+", "", plain_text(name), flags=re.IGNORECASE)


def _language(tree: HtmlElement, metas: dict[str, str], node: Node) -> str | None:
    declared = text_of(node, "inLanguage") or tree.get("lang") or metas.get("og:locale") or metas.get("language") or ""
    matched = re.match(r"[a-zA-Z]{2,3}(?![a-zA-Z])", declared)
    return matched.group().lower() if matched else None


def _marks(
    tree: HtmlElement, metas: dict[str, str], nodes: list[tuple[Node, tuple[str, ...]]], title: str, url: str
) -> tuple[str, ...]:
    path = urlsplit(url).path.lower()
    types = {each for _, kinds in nodes for each in kinds}
    section = (
        " ".join(text_of(node, "articleSection") for node, _ in nodes) or metas.get("article:section", "")
    ).lower()
    signs = {
        "paywall": any(_is_closed(node) for node, _ in nodes)
        or metas.get("article:content_tier", "") in ("locked", "metered"),
        "live-blog": "liveblogposting" in types or bool(_LIVE_PATH.search(path) or _LIVE_TITLE.search(title)),
        "opinion": "opinionnewsarticle" in types
        or bool(_OPINION.search(section) or _OPINION.search(path.rpartition("/")[0])),
        "preview": "preview=" in urlsplit(url).query.lower(),
    }
    return tuple(name for name, holds in signs.items() if holds)


def _is_closed(node: Node) -> bool:
    return str(node.get("isAccessibleForFree", "true")).strip().lower() in ("false", "no", "0")
