"""extract → read: from a kept item to an article with its reading."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from tocsin.errors import Permanent, Temporary, TocsinError
from tocsin.intake.decode import decode
from tocsin.intake.extract import article_from_item, article_from_record, article_id, extract_page
from tocsin.intake.feed import LONGEST_TEXT, LONGEST_TITLE
from tocsin.intake.fetch import Broken, Fetched, Limits, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.intake.robots import Manners
from tocsin.intake.sniff import kind_of
from tocsin.jobs.port import Job
from tocsin.model import Article, Item, Source
from tocsin.newsroom.keeping import SILENCE
from tocsin.reading.language import detect
from tocsin.reading.reader import read
from tocsin.sources import unknown_source
from tocsin.store.intake import StoredItem, item_of, settle_item
from tocsin.store.stories import (
    ReadArticle,
    add_article,
)
from tocsin.wiring import Parts

log = structlog.get_logger()

_PAGE_LIMITS = Limits(connect_s=3.0, read_s=4.0, total_s=6.0)
"""A page that takes longer costs more than it tells: the feed's own text serves instead."""
_WHOLE = 600
"""Characters of feed content from which it is taken for the article itself, without asking for the page."""


class ReadingRoom:
    """extract → read: from a kept item to an article with its reading."""

    def __init__(self, parts: Parts, sources: Mapping[str, Source]) -> None:
        self._parts = parts
        self._sources = sources
        self._guard = Guard.allowing(parts.settings.intake.networks)
        self._manners = Manners()

    def read(self, job: Job) -> None:
        """Read the item of a job, or the items: 0.1 queued a back catalogue as one. What can't be read is set aside."""
        for number in map(int, job.payload.split(",")):
            with self._parts.store.read() as connection:
                stored = item_of(connection, number)
            if stored is not None:
                self._read_one(stored)

    def _read_one(self, stored: StoredItem) -> None:
        source = self._sources.get(stored.item.source) or unknown_source(stored.item.source)
        try:
            article = self._article(stored.item, source)
            reading = read(article)
        except Temporary:
            raise
        except Exception as error:  # a defect of ours is no reason to read the same again and again
            told = str(error) if isinstance(error, Permanent) else repr(error)[:300]
            log.warning("item.unreadable", source=source.name, error=told, exc_info=not isinstance(error, Permanent))
            with self._parts.store.write() as connection:
                settle_item(connection, stored.id, "failed", told)
            return
        now = self._parts.clock()
        with self._parts.store.write() as connection:
            primed = stored.primed and not _may_be_old(article, stored, now)
            add_article(connection, ReadArticle(stored.id, article, reading, stored.seen_at, now, primed))
            settle_item(connection, stored.id, "read")

    def _article(self, item: Item, source: Source) -> Article:
        listened_to = (source.url or source.mailbox) and not source.push
        if not item.title and item.content and listened_to:  # a post or a mail: it stays without a headline
            return _completed(replace(article_from_item(item), title=""), item, source)
        if not item.title and item.content:
            return _completed(_document(item.content, item.url), item, source)
        if item.url and not source.push and len(item.content) < _WHOLE:
            try:
                return _completed(asyncio.run(self._page(item.url)), item, source)
            except TocsinError as error:
                log.info("page.unavailable", source=source.name, error=str(error))
        return _completed(article_from_item(item), item, source)

    async def _page(self, url: str) -> Article:
        async with open_session(self._guard) as session:
            permit = self._manners.permit(session, self._parts.clock())
            got = await fetch(session, url, Validators(), _PAGE_LIMITS, permit)
        if not isinstance(got, Fetched):
            raise Broken(f"{url}: not modified, though nothing was said to be known")
        return _document(decode(got.body, got.content_type), got.url)


def _may_be_old(article: Article, stored: StoredItem, now: datetime) -> bool:
    """Tell whether an article without an exact time may have come out long before: then it is backlog, not news."""
    exact = "T" in (article.published or "")
    return not exact and (stored.after_silence or now - stored.seen_at > SILENCE)


def _document(text: str, url: str | None) -> Article:
    """Return the article of a whole document without a title beside it: a page, or a raw text record."""
    if kind_of(text.encode("utf-8", "replace")) == "record":
        return article_from_record(text)
    return extract_page(text, url)


def _completed(article: Article, item: Item, source: Source) -> Article:
    """Add to what the text says of itself what its source says of it; of two times the more exact one counts."""
    times = [when for when in (item.published, article.published) if when]
    title, text = item.title or article.title[:LONGEST_TITLE], article.text[:LONGEST_TEXT]
    return replace(
        article,
        id=article_id(source.name, item.key),
        source=source.name,
        publisher=source.publisher,
        title=title,
        text=text,
        url=item.url or article.url,
        published=max(times, key=lambda when: "T" in when, default=None),
        language=detect(f"{title}\n{text}", item.language or article.language or source.language),
        authors=item.authors or article.authors,
        credited=item.credited or article.credited,
        urgency=item.urgency or article.urgency,
    )
