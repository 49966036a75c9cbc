"""From a due source to items kept: due → fetch → parse → keep.

What arrives by push or from a folder enters by the same door, ``keep``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import structlog

from tocsin.errors import BadInput, Temporary, TocsinError
from tocsin.intake.feed import Feed
from tocsin.intake.fetch import Fetched, Limits, NotModified, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.intake.mail_proof import TextRecords
from tocsin.intake.parse import parse_feed
from tocsin.intake.records import files_in, mark_of, text_of_file
from tocsin.intake.schedule import Load
from tocsin.intake.websub import Hub, find_hub
from tocsin.model import Item, Source
from tocsin.newsroom.hubs import ask_hub, named_before, to_ask
from tocsin.newsroom.keeping import PATIENCE, SILENCE, Stumbled, failed, keep, scheduled, worked
from tocsin.newsroom.mailboxes import Watch, text_records
from tocsin.store.intake import (
    Polling,
    claim_due_sources,
    configure_sources,
    knows_any,
    next_due,
    record_polling,
    root_rates,
)
from tocsin.store.websub import count_missed
from tocsin.wiring import Parts

log = structlog.get_logger()

_LOOK_ANYWAY = timedelta(seconds=2)
"""How late a source is asked that somebody else has made due."""
_LEAST_PAUSE_S = 0.05
_GRACE_S = 1.0
_AT_ONCE = 50
_MOST_EARLIER = 5
"""Pages of a channel that are asked for beside its newest, after an outage."""


Marks = Mapping[Path, tuple[int, int]]
"""A folder's files with their size and time (ns): one whose mark is as it was need not be read again."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What asking a source gave: its items, and the polling state that follows; of a folder also its files' marks."""

    items: tuple[Item, ...]
    polling: Polling
    max_age_s: float | None = None
    hub: Hub | None = None
    marks: Marks | None = None


class Listener:
    """Asks each source when it is due. Any number of listeners may share a store."""

    def __init__(self, parts: Parts, sources: Iterable[Source], records: TextRecords = text_records) -> None:
        """Take the sources to begin with; ``records`` asks DNS for the keys that mails are signed with."""
        self._parts, self._records = parts, records
        self._taken: dict[str, Marks] = {}
        self._guard = Guard.allowing(parts.settings.intake.networks)
        with parts.store.write() as connection:
            configure_sources(connection, sources)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set; answers under way then have a moment, and are asked for again later."""
        asking: set[asyncio.Task[None]] = set()
        woken = asyncio.Event()
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: woken.set())
        watching: dict[str, asyncio.Task[None]] = {}
        async with open_session(self._guard) as session:
            while not stop.is_set():
                woken.clear()
                due, pause_s = await asyncio.to_thread(self._due, _AT_ONCE - len(asking))
                for polling in due:
                    if polling.source.mailbox is not None:
                        self._watch(polling.source, watching, stop)
                        continue
                    task = asyncio.create_task(self._ask(session, polling))
                    asking.add(task)
                    task.add_done_callback(asking.discard)
                    task.add_done_callback(lambda _: woken.set())
                with contextlib.suppress(TimeoutError):  # who has answered may be due before all others
                    await asyncio.wait_for(woken.wait(), pause_s)
            stopping.cancel()
            if begun := asking | set(watching.values()):
                _, late = await asyncio.wait(begun, timeout=_GRACE_S)
                for task in late:
                    task.cancel()

    def _watch(self, source: Source, watching: dict[str, asyncio.Task[None]], stop: asyncio.Event) -> None:
        """Listen to a mailbox beside all else, unless this is done already."""
        watched = watching.get(source.name)
        if watched is None or watched.done():
            watch = Watch(self._parts, source, self._records)
            watching[source.name] = asyncio.create_task(watch.run(self._guard, stop))

    def _due(self, limit: int) -> tuple[tuple[Polling, ...], float]:
        """Take the sources that are due; tell in how many seconds to look again."""
        now = self._parts.clock()
        if limit <= 0:  # there is room once one of them has answered
            return (), _LOOK_ANYWAY.total_seconds()
        try:
            with self._parts.store.read() as connection:
                first = next_due(connection, now)
            if first is not None and first <= now:
                return claim_due_sources(self._parts.store, now, now + PATIENCE, limit), _LEAST_PAUSE_S
        except Temporary as error:
            log.warning("listening.store", error=str(error))
            first = None
        pause = _LOOK_ANYWAY if first is None else min(first - now, _LOOK_ANYWAY)
        return (), pause.total_seconds()

    async def _ask(self, session: aiohttp.ClientSession, polling: Polling) -> None:
        """Ask one source and keep what it gives. Nothing it does may end the listening or slow another source."""
        asked_at = self._parts.clock()
        try:
            answer = await self._answer(session, replace(polling, failures=0))  # a good answer ends what failed before
        except TocsinError as error:
            log.warning("source.failed", source=polling.source.name, error=str(error))
            answer = _Answer((), failed(polling, error, asked_at))
        except Exception as error:  # the boundary: a defect of ours must be seen on the desk, as what silences a source
            log.exception("source.failed", source=polling.source.name)
            answer = _Answer((), failed(polling, Stumbled(repr(error)[:200]), asked_at))
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
            taken = self._taken.get(source.name, {})
            items, marks = await asyncio.to_thread(_records, source.name, Path(source.path), taken)
            return _Answer(items, polling, marks=marks)
        validators = Validators(polling.etag, polling.last_modified, polling.unchanged)
        got = await fetch(session, polling.moved_to or source.url or "", validators, Limits())
        known = replace(
            polling,
            etag=got.validators.etag,
            last_modified=got.validators.last_modified,
            unchanged=got.validators.unchanged,
        )
        if isinstance(got, NotModified):  # a quiet feed's lease ends as well
            return _Answer((), known, got.max_age_s, await asyncio.to_thread(named_before, self._parts, source.name))
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
            silent = polling.worked_at is None or now - polling.worked_at > SILENCE
            added = keep(self._parts, connection, answer.items, primed=not first, after_silence=silent)
            if added and not first:
                count_missed(connection, polling.source.name, len(added))
            if not polling.failures:
                polling = worked(polling, len(added), now)
            load = Load(root_rates(connection))
            record_polling(connection, scheduled(polling, load, asked_at, answer.max_age_s))
        if answer.marks is not None:  # what was read is kept by now
            self._taken[polling.source.name] = answer.marks


def _records(name: str, path: Path, taken: Marks) -> tuple[tuple[Item, ...], Marks]:
    """Return what is new or changed in a folder, with its files' marks; one that can't be read stops no other."""
    found, marks = [], {}
    for file in files_in(path):
        try:
            mark = mark_of(file)
            if taken.get(file) != mark:
                found.append(Item(source=name, key=str(file), title="", content=text_of_file(file)))
            marks[file] = mark
        except BadInput as error:
            log.warning("record.unreadable", source=name, error=str(error))
    return tuple(found), marks


def _moved(polling: Polling, got: Fetched) -> str | None:
    return got.moved_to or polling.moved_to
