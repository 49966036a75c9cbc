"""From a due source to items kept: due → fetch → parse → keep.

What arrives by push or from a folder enters by the same door, ``keep``.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import structlog
from sqlalchemy import Connection

from tocsin.errors import Temporary, TocsinError
from tocsin.intake.feed import Feed
from tocsin.intake.fetch import Fetched, Limits, NotModified, ServerBusy, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.intake.parse import parse_feed
from tocsin.intake.records import read_folder
from tocsin.intake.schedule import Load, Pace, learned_rate, next_due, tier_of
from tocsin.intake.websub import Hub, find_hub
from tocsin.model import Item, Source
from tocsin.newsroom.hubs import ask_hub, to_ask
from tocsin.store.intake import (
    Polling,
    StoredItem,
    add_items,
    claim_due_sources,
    configure_sources,
    knows_any,
    record_polling,
    root_rates,
)
from tocsin.store.websub import count_missed
from tocsin.wiring import Parts

log = structlog.get_logger()

READ = "read"
"""The job that reads the items whose numbers its payload lists, parted by commas."""

_LOOK_S = 0.2
_GRACE_S = 1.0
_AT_ONCE = 50
_MOST_EARLIER = 5
"""Pages of a channel that are asked for beside its newest, after an outage."""
_PATIENCE = timedelta(seconds=30)
"""A source whose poller died is polled by another after this long."""


def keep(parts: Parts, connection: Connection, items: Sequence[Item], *, primed: bool = True) -> tuple[StoredItem, ...]:
    """Keep what is new among ``items`` and queue it for reading, in the caller's transaction.

    A draft is left for the day it is released. News is read item by item; a back catalogue (``primed`` False) as one.
    """
    released = [item for item in items if not item.draft]
    added = add_items(connection, released, parts.clock(), primed=primed)
    batches = [[stored] for stored in added] if primed else [list(added)] if added else []
    for batch in batches:
        payload = ",".join(str(stored.id) for stored in batch)
        parts.jobs.enqueue(connection, READ, payload, priority=10 if primed else 0)
    return added


@dataclass(frozen=True, slots=True)
class _Answer:
    """What asking a source gave: its items, and the polling state that follows."""

    items: tuple[Item, ...]
    polling: Polling
    max_age_s: float | None = None
    hub: Hub | None = None


class Listener:
    """Asks each source when it is due. Any number of listeners may share a store."""

    def __init__(self, parts: Parts, sources: Iterable[Source]) -> None:
        self._parts = parts
        self._guard = Guard.allowing(parts.settings.intake.networks)
        with parts.store.write() as connection:
            configure_sources(connection, sources)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set; answers under way then have a moment, and are asked for again later."""
        asking: set[asyncio.Task[None]] = set()
        async with open_session(self._guard) as session:
            while not stop.is_set():
                for polling in await asyncio.to_thread(self._due, _AT_ONCE - len(asking)):
                    task = asyncio.create_task(self._ask(session, polling))
                    asking.add(task)
                    task.add_done_callback(asking.discard)
                await asyncio.sleep(_LOOK_S)
            if asking:
                _, late = await asyncio.wait(asking, timeout=_GRACE_S)
                for task in late:
                    task.cancel()

    def _due(self, limit: int) -> tuple[Polling, ...]:
        now = self._parts.clock()
        try:
            return claim_due_sources(self._parts.store, now, now + _PATIENCE, limit)
        except Temporary as error:
            log.warning("listening.store", error=str(error))
            return ()

    async def _ask(self, session: aiohttp.ClientSession, polling: Polling) -> None:
        """Ask one source and keep what it gives. Nothing it does may end the listening or slow another source."""
        asked_at = self._parts.clock()
        try:
            answer = await self._answer(session, polling)
        except TocsinError as error:
            log.warning("source.failed", source=polling.source.name, error=str(error))
            answer = _Answer((), _failed(polling, error, asked_at))
        try:
            await asyncio.to_thread(self._keep, answer, asked_at)
            if answer.hub is not None:
                await self._want_pushes(session, polling.source.name, answer.hub)
        except Temporary as error:  # the store is busy or full: its claim runs out and the source is asked again
            log.warning("listening.store", source=polling.source.name, error=str(error))

    async def _want_pushes(self, session: aiohttp.ClientSession, source: str, hub: Hub) -> None:
        """Ask the hub that a feed names for its pushes, when that is due."""
        asking = await asyncio.to_thread(to_ask, self._parts, source, hub)
        if asking is not None:
            await ask_hub(self._parts, session, asking)

    async def _answer(self, session: aiohttp.ClientSession, polling: Polling) -> _Answer:
        source = polling.source
        if source.path is not None:
            items = await asyncio.to_thread(_records, source.name, Path(source.path))
            return _Answer(items, polling)
        validators = Validators(polling.etag, polling.last_modified, polling.unchanged)
        got = await fetch(session, polling.moved_to or source.url or "", validators, Limits())
        known = replace(
            polling,
            etag=got.validators.etag,
            last_modified=got.validators.last_modified,
            unchanged=got.validators.unchanged,
        )
        if isinstance(got, NotModified):
            return _Answer((), known, got.max_age_s)
        feed = await asyncio.to_thread(parse_feed, got.body, got.content_type, got.url, source.name)
        in_feed = Hub(feed.hub, feed.self_url or "") if feed.hub else None
        hub = find_hub(got.links, in_feed, got.url)
        items = feed.items + await self._missed(session, polling, feed)
        return _Answer(items, replace(known, moved_to=_moved(polling, got)), got.max_age_s, hub)

    async def _missed(self, session: aiohttp.ClientSession, polling: Polling, feed: Feed) -> tuple[Item, ...]:
        """Return what has passed out of a channel's newest page since it was last seen: the pages before it."""
        missed: tuple[Item, ...] = ()
        for _ in range(_MOST_EARLIER if polling.primed_at is not None else 0):
            if feed.earlier is None or await asyncio.to_thread(self._knows_any, polling.source.name, feed.items):
                break
            got = await fetch(session, feed.earlier, Validators(), Limits())
            if isinstance(got, NotModified):
                break
            feed = await asyncio.to_thread(parse_feed, got.body, got.content_type, got.url, polling.source.name)
            missed += feed.items
        return missed

    def _knows_any(self, source: str, items: Sequence[Item]) -> bool:
        with self._parts.store.read() as connection:
            return knows_any(connection, source, [item.key for item in items])

    def _keep(self, answer: _Answer, asked_at: datetime) -> None:
        polling, now = answer.polling, self._parts.clock()
        with self._parts.store.write() as connection:
            first = polling.primed_at is None and not polling.failures
            added = keep(self._parts, connection, answer.items, primed=not first)
            if added and not first:
                count_missed(connection, polling.source.name, len(added))
            if not polling.failures:
                polling = _worked(polling, len(added), now)
            load = Load(root_rates(connection))
            record_polling(connection, _scheduled(polling, load, asked_at, answer.max_age_s))


def _records(name: str, path: Path) -> tuple[Item, ...]:
    return tuple(Item(source=name, key=str(file), title="", content=text) for file, text in read_folder(path))


def _moved(polling: Polling, got: Fetched) -> str | None:
    return got.moved_to or polling.moved_to


def _failed(polling: Polling, error: TocsinError, at: datetime) -> Polling:
    wait = error.retry_after_s if isinstance(error, ServerBusy) else None
    until = None if wait is None else at + timedelta(seconds=wait)
    return replace(polling, failures=polling.failures + 1, error=str(error), not_before=until)


def _worked(polling: Polling, arrived: int, now: datetime) -> Polling:
    """Note a good answer; the back catalogue of the first says nothing about the source's activity."""
    since = polling.worked_at
    rate = polling.rate if since is None else learned_rate(polling.rate, arrived, (now - since).total_seconds())
    return replace(
        polling,
        primed_at=polling.primed_at or now,
        worked_at=now,
        item_at=now if arrived else polling.item_at,
        rate=rate,
        failures=0,
        error=None,
        not_before=None,
    )


def _scheduled(polling: Polling, load: Load, asked_at: datetime, max_age_s: float | None) -> Polling:
    """Say when the source is due next. Its server's wish may slow Tocsin down, within what its tier allows."""
    not_before = polling.not_before
    if max_age_s and not polling.failures:
        longest = tier_of(polling.source).ceiling_s
        not_before = asked_at + timedelta(seconds=min(max_age_s, longest))
    pace = Pace(polling.rate, asked_at, polling.failures, not_before)
    load = replace(load, root_rates=max(load.root_rates, math.sqrt(polling.rate)))
    due = next_due(tier_of(polling.source), pace, load, asked_at, luck=random.random())  # noqa: S311 (jitter)
    return replace(polling, asked_at=asked_at, not_before=not_before, due_at=due.at, why_due=due.reason)
