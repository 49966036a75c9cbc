"""What becomes of the articles behind an alert: looked at again, politely, for two days; a change rings the desk.

A job looks every half minute at what is due, one page of a host at a time, through the guard that every fetch takes.
What a source itself changed of an item, noted when it came again (``keeping``), raises the same flags. What is held is
looked at as well, from when it is drafted: whoever decides sees a dead link and a changed article beside the draft.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

import aiohttp
import structlog
from sqlalchemy import Connection

from tocsin.alerts.afterwards import (
    AGAIN,
    FIRST_LOOK,
    WATCHED_FOR,
    Answer,
    Finding,
    Looked,
    changed,
    look,
    next_look,
    quotes_of,
)
from tocsin.errors import BadInput, Refused, TocsinError
from tocsin.intake import telegram
from tocsin.intake.decode import decode
from tocsin.intake.extract import article_from_item, extract_page
from tocsin.intake.fetch import Broken, Fetched, Limits, NotThere, Permit, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.intake.parse import parse_feed
from tocsin.intake.robots import Manners, NotWelcome
from tocsin.intake.wording import completed
from tocsin.jobs.port import Job
from tocsin.model import Article, Item
from tocsin.store.alerts import version_of, versions_of
from tocsin.store.audit import add_entry
from tocsin.store.edits import edits_of, forget_edits
from tocsin.store.watched import (
    Watched,
    edited_pages,
    forget_pages,
    note_look,
    pages_due,
    postpone_look,
    raise_flag,
    settle_flags,
    unwatched,
    watch_page,
)
from tocsin.wiring import Parts

log = structlog.get_logger()

AFTERWARDS = "afterwards"
"""The job that looks at pages; it queues itself again."""

EVERY = timedelta(seconds=30)
_AT_ONCE = 20
_MOST_PAGES = 4
_GONE = (404, 410, 451)
_LIMITS = Limits(connect_s=5.0, read_s=8.0, total_s=15.0, body_bytes=4 * 1024 * 1024)
_BARE = 200
"""Characters of text below which a page shows a wall rather than an article."""
_PRIORITY = 5
_MANNERS = Manners()
"""What hosts said, kept from one look to the next."""


class NoFlags(Refused):
    """Nothing is flagged here."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What looking at a page gave: how it answered, the article on it, and of the quotes those that stand on it."""

    answer: Answer
    article: Article | None = None
    looked: Looked | None = None


def plan_afterwards(parts: Parts) -> None:
    """Queue the job, unless it waits already."""
    with parts.store.write() as connection:
        parts.jobs.enqueue(connection, AFTERWARDS, "", key=AFTERWARDS, priority=_PRIORITY)


def look_soon(parts: Parts, connection: Connection, version: int) -> None:
    """Let the pages behind a draft that waits be looked at right away, beside all else."""
    parts.jobs.enqueue(connection, AFTERWARDS, "", key=f"{AFTERWARDS}:{version}", priority=_PRIORITY)


def look_after(parts: Parts, job: Job) -> None:
    """Look at what is due (the handler of ``AFTERWARDS``), and queue the next look first."""
    with parts.store.write() as connection:
        run_at = parts.clock() + EVERY
        parts.jobs.enqueue(connection, AFTERWARDS, "", key=AFTERWARDS, priority=_PRIORITY, run_at=run_at)
    look_again(parts)


def look_again(parts: Parts) -> int:
    """Look at the pages that are due now and raise flags; return how many pages were looked at."""
    now = parts.clock()
    with parts.store.write() as connection:
        _begin_watching(connection, now)
        _flag_edits(connection, now)
        _forget(connection, now - 2 * WATCHED_FOR)
        pages = _one_of_each_host(pages_due(connection, now, 10 * _AT_ONCE))[:_AT_ONCE]
        for page in pages:
            postpone_look(connection, page, now + AGAIN)
        quotes = [page.first.quotes if page.first else _quotes(connection, page) for page in pages]
    for page, seen in zip(pages, asyncio.run(_look_at(parts, pages, quotes)), strict=True):
        with parts.store.write() as connection:
            _note(parts, connection, page, seen)
    return len(pages)


def _begin_watching(connection: Connection, now: datetime) -> None:
    for number in unwatched(connection, now - WATCHED_FOR):
        version = version_of(connection, number)
        if version is None or version.draft.note:  # the desk's own words about a version that is watched
            continue
        since = version.approved_at or version.decided_at
        due = now if version.approved_at is None else since + FIRST_LOOK
        for place, report in enumerate(version.draft.reports):
            asked_for = report.url is not None and place < _MOST_PAGES
            name = report.url or f"article:{report.article}"
            due_at = due if asked_for else None
            watch_page(connection, number, name, report.article, alerted_at=since, due_at=due_at)


def _flag_edits(connection: Connection, now: datetime) -> None:
    """Raise flags for what sources have changed of the items behind alerts and drafts since they were kept."""
    pages = edited_pages(connection, now - WATCHED_FOR)
    known = edits_of(connection, {page.article for page in pages})
    for page in pages:
        edit = known[page.article]
        if edit.now is not None:
            for finding in _edited(edit.item, edit.now, _quotes(connection, page)):
                _raise(connection, page, finding, now)


def _edited(kept: Item, now: Item, quotes: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return what a source changed of an item between keeping it and giving it again."""
    if now.draft:
        return (Finding("gone", now.url or now.title, "its publisher has taken it back"),)
    before, after = article_from_item(completed(kept, now)), article_from_item(now)
    return changed(look(before, quotes), look(after, quotes), after)


def _forget(connection: Connection, before: datetime) -> None:
    forget_pages(connection, before)
    forget_edits(connection, before)


def _one_of_each_host(pages: Sequence[Watched]) -> list[Watched]:
    return list({urlsplit(page.url).netloc: page for page in reversed(pages)}.values())[::-1]


def _quotes(connection: Connection, page: Watched) -> tuple[str, ...]:
    version = version_of(connection, page.version)
    return quotes_of(version.draft, page.article) if version else ()


async def _look_at(parts: Parts, pages: Sequence[Watched], quotes: Sequence[tuple[str, ...]]) -> list[_Seen]:
    async with open_session(Guard.allowing(parts.settings.intake.networks), per_host=1) as session:
        permit = _MANNERS.permit(session, parts.clock())

        async def one(page: Watched, quoted: tuple[str, ...]) -> _Seen:
            now = parts.clock()
            try:
                return await _seen(session, permit, page, quoted, now)
            except NotThere as error:
                return _Seen(Answer(now, "gone" if error.status in _GONE else "closed", str(error)))
            except NotWelcome as error:
                return _Seen(Answer(now, "closed", str(error)))
            except TocsinError as error:
                return _Seen(Answer(now, "fails", str(error)))

        return await asyncio.gather(*(one(page, quoted) for page, quoted in zip(pages, quotes, strict=True)))


async def _seen(
    session: aiohttp.ClientSession, permit: Permit, page: Watched, quoted: tuple[str, ...], now: datetime
) -> _Seen:
    got = await _got(session, permit, page.url)
    asked, came = urlsplit(page.url), urlsplit(got.url)
    if asked.path.strip("/") and not came.path.strip("/"):
        return _Seen(Answer(now, "gone", f"leads to {got.url}"))
    opens = Answer(now, "opens", leads_to="" if _site(asked) == _site(came) else got.url)
    posts = telegram.post_page(got.url) if telegram.is_telegram(decode(got.body, got.content_type)) else None
    if posts is not None:
        return await _seen_post(session, permit, page.url, posts, quoted, opens)
    try:
        article = extract_page(got.body, got.url, content_type=got.content_type)
    except BadInput:
        return _Seen(opens)
    if page.first and page.first.quotes and len(article.text) < _BARE:
        return _Seen(opens)
    return _Seen(opens, article, look(article, quoted))


async def _seen_post(
    session: aiohttp.ClientSession, permit: Permit, url: str, posts: str, quoted: tuple[str, ...], opens: Answer
) -> _Seen:
    """Look at a channel's post on the page that lists it: its own address opens even when the post was deleted."""
    got = await _got(session, permit, posts)
    feed = parse_feed(got.body, got.content_type, got.url, "")
    post = telegram.post_in(feed, url)
    if post is None:
        return _Seen(replace(opens, how="gone", told="the post was deleted, or has lost its words"))
    article = article_from_item(post)
    return _Seen(opens, article, look(article, quoted))


async def _got(session: aiohttp.ClientSession, permit: Permit, url: str) -> Fetched:
    got = await fetch(session, url, Validators(), _LIMITS, permit)
    if not isinstance(got, Fetched):
        raise Broken(f"{url}: not modified, though nothing was said to be known")
    return got


def _site(url: SplitResult) -> str:
    return (url.hostname or "").removeprefix("www.")


def _note(parts: Parts, connection: Connection, page: Watched, seen: _Seen) -> None:
    """Keep what was found: once is a suspicion, the same again raises a flag."""
    now = parts.clock()
    found = tuple(_findings(page, seen))
    confirmed = set(found) <= set(page.suspected)
    for finding in found if confirmed else ():
        _raise(connection, page, finding, now)
    suspected = () if confirmed else found
    over = confirmed and any(finding.kind == "gone" for finding in found)
    unseen = seen.looked is None and seen.answer.how != "gone"
    note_look(
        connection,
        page,
        first=seen.looked if seen.looked and not suspected else page.first,
        suspected=page.suspected if unseen else suspected,
        due_at=None if over else next_look(page.alerted_at, now, suspected=bool(suspected)),
        error=(seen.answer.told or "the page shows no article") if unseen else None,
        answer=seen.answer,
    )


def _raise(connection: Connection, page: Watched, finding: Finding, now: datetime) -> None:
    if raise_flag(connection, page, finding, now) is not None:
        log.warning("article.changed", version=page.version, url=page.url, kind=finding.kind)


def _findings(page: Watched, seen: _Seen) -> Iterator[Finding]:
    if seen.answer.how == "gone":
        yield Finding("gone", page.url, seen.answer.told)
    if seen.looked and page.first:
        yield from changed(page.first, seen.looked, seen.article)


def have_looked(parts: Parts, connection: Connection, version_id: int, *, by: str) -> int:
    """Note that somebody has looked at the flags of an alert and lets it stand. Raises ``NoFlags``."""
    version = version_of(connection, version_id)
    chain = versions_of(connection, version.alert) if version else ()
    count = settle_flags(connection, [each.id for each in chain], by, parts.clock())
    if not count:
        raise NoFlags
    told = f"{count} changes of its articles: it stands"
    add_entry(connection, at=parts.clock(), who=by, act="flags", subject=f"version {version_id}", detail=told)
    return count
