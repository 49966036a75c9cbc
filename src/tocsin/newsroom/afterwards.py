"""What becomes of the articles behind an alert: looked at again, politely, for two days; a change rings the desk.

A job looks every half minute at what is due, one page of a host at a time, through the guard that every fetch takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Connection

from tocsin.alerts.afterwards import (
    FIRST_LOOK,
    WATCHED_FOR,
    Finding,
    Looked,
    changed,
    look,
    next_look,
    quotes_of,
)
from tocsin.errors import Refused, TocsinError
from tocsin.intake.extract import extract_page
from tocsin.intake.fetch import Fetched, Limits, NotThere, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.intake.robots import Manners
from tocsin.jobs.port import Job
from tocsin.store.alerts import version_of, versions_of
from tocsin.store.audit import add_entry
from tocsin.store.watched import (
    Watched,
    forget_pages,
    note_look,
    pages_due,
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
class _Answer:
    """What looking at a page gave: how it looks, what is wrong with it, or that it could not be looked at."""

    looked: Looked | None = None
    gone: str = ""
    error: str = ""


def plan_afterwards(parts: Parts) -> None:
    """Queue the job, unless it waits already."""
    with parts.store.write() as connection:
        parts.jobs.enqueue(connection, AFTERWARDS, "", key=AFTERWARDS, priority=_PRIORITY)


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
        _begin_watching(connection, parts)
        forget_pages(connection, now - 2 * WATCHED_FOR)
        pages = _one_of_each_host(pages_due(connection, now, 10 * _AT_ONCE))[:_AT_ONCE]
        quotes = [_quotes(connection, page) for page in pages]
    for page, answer in zip(pages, asyncio.run(_look_at(parts, pages, quotes)), strict=True):
        with parts.store.write() as connection:
            _note(parts, connection, page, answer)
    return len(pages)


def _begin_watching(connection: Connection, parts: Parts) -> None:
    now = parts.clock()
    for number in unwatched(connection, now - WATCHED_FOR):
        version = version_of(connection, number)
        if version is None or version.approved_at is None or not (version.draft.paragraphs or version.draft.statements):
            continue
        for report in version.draft.reports[:_MOST_PAGES]:
            if report.url:
                at, due = version.approved_at, version.approved_at + FIRST_LOOK
                watch_page(connection, number, report.url, report.article, alerted_at=at, due_at=due)


def _one_of_each_host(pages: Sequence[Watched]) -> list[Watched]:
    return list({urlsplit(page.url).netloc: page for page in reversed(pages)}.values())[::-1]


def _quotes(connection: Connection, page: Watched) -> tuple[str, ...]:
    version = version_of(connection, page.version)
    return quotes_of(version.draft, page.article) if version else ()


async def _look_at(parts: Parts, pages: Sequence[Watched], quotes: Sequence[tuple[str, ...]]) -> list[_Answer]:
    async with open_session(Guard.allowing(parts.settings.intake.networks), per_host=1) as session:
        permit = _MANNERS.permit(session, parts.clock())

        async def one(page: Watched, quoted: tuple[str, ...]) -> _Answer:
            try:
                got = await fetch(session, page.url, Validators(), _LIMITS, permit)
                return _seen(page, got, quoted) if isinstance(got, Fetched) else _Answer(error="not modified")
            except NotThere as error:
                return _Answer(gone=str(error)) if error.status in _GONE else _Answer(error=str(error))
            except TocsinError as error:
                return _Answer(error=str(error))

        return await asyncio.gather(*(one(page, quoted) for page, quoted in zip(pages, quotes, strict=True)))


def _seen(page: Watched, got: Fetched, quoted: tuple[str, ...]) -> _Answer:
    asked, came = urlsplit(page.url), urlsplit(got.url)
    if asked.path.strip("/") and not came.path.strip("/"):
        return _Answer(gone=f"leads to {got.url}")
    article = extract_page(got.body, got.url, content_type=got.content_type)
    if page.first and page.first.quotes and len(article.text) < _BARE:
        return _Answer(error="the page shows no article")
    return _Answer(look(article, page.first.quotes if page.first else quoted))


def _note(parts: Parts, connection: Connection, page: Watched, answer: _Answer) -> None:
    """Keep what was found: once is a suspicion, the same again raises a flag."""
    now = parts.clock()
    found = tuple(_findings(page, answer))
    confirmed = set(found) <= set(page.suspected)
    for finding in found if confirmed else ():
        if raise_flag(connection, page, finding, now) is not None:
            log.warning("article.changed", version=page.version, url=page.url, kind=finding.kind)
    suspected = () if confirmed else found
    over = confirmed and any(finding.kind == "gone" for finding in found)
    note_look(
        connection,
        page,
        first=answer.looked if answer.looked and not suspected else page.first,
        suspected=page.suspected if answer.error else suspected,
        due_at=None if over else next_look(page.alerted_at, now, suspected=bool(suspected)),
        error=answer.error or None,
    )


def _findings(page: Watched, answer: _Answer) -> Iterator[Finding]:
    if answer.gone:
        yield Finding("gone", page.url, answer.gone)
    if answer.looked and page.first:
        yield from changed(page.first, answer.looked)


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
