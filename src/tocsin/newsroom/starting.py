"""Starting from nothing: an editor begins an alert before the newsroom has heard of the story.

What is begun also enters the newsroom's own path, as known but not as news: articles of the same event join its story,
so that nobody is alerted twice, and updates follow from there.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection

from tocsin.alerts.compose import compose
from tocsin.alerts.holds import hold_of
from tocsin.alerts.own_words import OwnWords, checked, started, written
from tocsin.errors import Refused
from tocsin.intake.extract import article_id, extract_page, language_of
from tocsin.intake.feed import LONGEST_TEXT, LONGEST_TITLE
from tocsin.intake.fetch import Broken, Fetched, Limits, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.model import Article, Band, Draft, Item, Origin, Route, Verdict, VersionKind
from tocsin.newsroom.keeping import keep
from tocsin.reading.reader import read
from tocsin.store.alerts import Version, add_version, alerted_since
from tocsin.store.audit import add_entry
from tocsin.stories.features import report_of
from tocsin.stories.judge import high_harm
from tocsin.wiring import Parts

SOURCE = "desk"
"""The source of what editors begin; no configuration names it, so it never confirms anything."""

_LIMITS = Limits(connect_s=4.0, read_s=6.0, total_s=10.0)
_DAY = timedelta(days=1)


class NotForReaders(Refused):
    """Readers can't open this page."""


class AlreadyStarted(Refused):
    """There is an alert from this article already."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft to keep, the article the newsroom will know its story by, and that article's key at the desk."""

    draft: Draft
    article: Article
    key: str


def from_page(parts: Parts, url: str, band: Band, *, by: str) -> Begun:
    """Return the extractive draft of a page, fetched as any source's. Raises ``TocsinError`` with what is wrong."""
    article = page_of(parts, url)
    reading = read(article)
    origin = Origin(article.publisher or article.source, (article.id,), known=False)
    harm = high_harm(report_of(article))
    verdict = Verdict(
        parts.clock(), article.id, article.id, 0.0, 0.0, band, Route.HOLD, "One report", (origin,), started(by, harm)
    )
    draft = compose(article.id, VersionKind.ALERT, verdict, ((article, reading),), {})
    return Begun(draft, article, _key(article))


def in_own_words(parts: Parts, words: OwnWords, url: str, *, by: str) -> Begun:
    """Return the draft of an editor's own words; a link, if there is one, is checked first."""
    words = checked(words)
    link = page_of(parts, url).url if url else None
    key = link or secrets.token_urlsafe(16)
    article = Article(
        article_id(SOURCE, key),
        SOURCE,
        words.headline,
        words.text,
        published=parts.clock().isoformat(),
        language=language_of(f"{words.headline} {words.text}") or parts.settings.newsroom.language,
        url=link,
        publisher=words.who,
    )
    return Begun(written(article, words, by=by, harm=high_harm(report_of(article))), article, key)


def page_of(parts: Parts, url: str) -> Article:
    """Return the article that readers will find behind a link.

    Raises ``NotForReaders`` for a preview or an empty page, else what ``fetch`` raises: not public, not reachable, ….
    """
    got = asyncio.run(_fetched(parts, url))
    article = extract_page(got.body, got.url, content_type=got.content_type, source=SOURCE)
    if "preview" in article.marks:
        raise NotForReaders(f"{got.url} is a preview")
    named = article.publisher or article.site or urlsplit(got.url).hostname
    title, text = article.title[:LONGEST_TITLE], article.text[:LONGEST_TEXT]
    return replace(article, id=article_id(SOURCE, _key(article)), title=title, text=text, publisher=named)


async def _fetched(parts: Parts, url: str) -> Fetched:
    async with open_session(Guard.allowing(parts.settings.intake.networks)) as session:
        got = await fetch(session, url, Validators(), _LIMITS)
    if not isinstance(got, Fetched):
        raise Broken(f"{url}: not modified, though nothing was said to be known")
    return got


def begin(parts: Parts, connection: Connection, begun: Begun, *, by: str, at: datetime) -> int:
    """Keep a begun draft, held for approval like any other, and make its story known; return the version's number.

    Raises ``AlreadyStarted`` when the same page stands behind an alert that is held or was sent in the last day.
    """
    if (known := _told_already(connection, begun, at)) is not None:
        raise AlreadyStarted(f"version {known.id}, {known.draft.headline}")
    keep(parts, connection, [_item(begun)], primed=False)
    number = add_version(
        connection,
        begun.draft,
        published_at=begun.article.published_at,
        seen_at=at,
        decided_at=at,
        stages={},
        held_until=hold_of(VersionKind.ALERT, at, None).until,
        reason=f"started by {by}",
    )
    add_entry(connection, at=at, who=by, act="start", subject=f"version {number}", detail=begun.draft.headline)
    return number


def _told_already(connection: Connection, begun: Begun, at: datetime) -> Version | None:
    url = begun.draft.url
    for version in alerted_since(connection, at - _DAY):
        same_page = url is not None and url in {report.url for report in version.draft.reports}
        if same_page or version.draft.story == begun.draft.story:
            return version
    return None


def _item(begun: Begun) -> Item:
    """Return the article as an item whose reading gives it the same id again."""
    article = begun.article
    return Item(
        SOURCE,
        key=begun.key,
        title=article.title,
        url=article.url,
        content=article.text,
        published=article.published,
        language=article.language,
        credited=article.publisher,
    )


def _key(article: Article) -> str:
    return article.canonical_url or article.url or article.id
