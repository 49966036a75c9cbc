"""The book that a newsroom goes by: its sources and its rules, from the files and the desk, renewed while it runs.

Sources stand in ``sources.toml`` or were added at the desk; where both have a name, the file's counts. Rules are the
shipped ones, changed by the file that the settings name, and then by what was saved at the desk.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
import structlog
from aiohttp import ClientSession
from sqlalchemy import Connection

from tocsin.errors import Temporary, TocsinError, WrongUse
from tocsin.intake.fetch import Broken, Fetched, Limits, Validators, check_address, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.intake.parse import parse_feed
from tocsin.model import Item, Source
from tocsin.sources import Sources, load_sources, mark_of
from tocsin.store.audit import add_entry
from tocsin.store.intake import configure_sources
from tocsin.store.listed import list_source, listed_sources, unlist_source
from tocsin.store.switches import switch, turn
from tocsin.stories.rules import Rules, changed_rules, load_rules
from tocsin.wiring import Parts

log = structlog.get_logger()

CHANGED, RULES = "sources changed", "rules"
"""The switches that say when a source was added, and what of the rules was changed at the desk (JSON)."""
LOOK_S = 2.0
_LIMITS = Limits(connect_s=4.0, read_s=8.0, total_s=12.0)


@dataclass(frozen=True, slots=True)
class Tried:
    """What asking a feed once gave: its items, the newest first as it lists them, and how long it took."""

    url: str
    items: tuple[Item, ...]
    seconds: float


class Book:
    """A newsroom's sources by name, changed in place when they change, and its rules."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known = self._marks()
        with parts.store.read() as connection:
            self.sources = {source.name: source for source in sources_of(parts, connection).all}
            self.rules = rules_of(parts, connection)

    def renew(self) -> bool:
        """Read what has changed since the last time; True if anything has. What can't be read leaves it as it was."""
        try:
            marks = self._marks()
        except Temporary as error:  # the store is away: there is another look in two seconds
            log.warning("book.store", error=str(error))
            return False
        if marks == self._known:
            return False
        self._known = marks
        try:
            with self._parts.store.write() as connection:
                found, self.rules = sources_of(self._parts, connection), rules_of(self._parts, connection)
                configure_sources(connection, found.all)
        except TocsinError as error:
            log.warning("book.unreadable", error=str(error))
            return False
        self.sources.update({source.name: source for source in found.all})
        for name in self.sources.keys() - {source.name for source in found.all}:
            del self.sources[name]
        log.info("book.renewed", sources=len(self.sources))
        return True

    def _marks(self) -> tuple[object, ...]:
        """Return what changes when a file or the desk's part of the book does."""
        settings = self._parts.settings
        with self._parts.store.read() as connection:
            desk = switch(connection, CHANGED, ""), switch(connection, RULES, "{}")
        return (*desk, *(mark_of(file) for file in (settings.intake.sources, settings.rules) if file))


async def follow(book: Book, stop: asyncio.Event, renewed: Callable[[], None]) -> None:
    """Renew a book every other second until ``stop`` is set, and tell when it has changed."""
    while not stop.is_set():
        if await asyncio.to_thread(book.renew):
            renewed()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_S)


def sources_of(parts: Parts, connection: Connection) -> Sources:
    """Return all sources: those of the file, and behind them those that the desk added."""
    written = load_sources(parts.settings.intake.sources)
    known = written.by_name()
    added = tuple(source for source in listed_sources(connection) if source.name not in known)
    return Sources((*written.all, *added), written.secret_files)


def rules_of(parts: Parts, connection: Connection) -> Rules:
    """Return the rules in force."""
    return changed_rules(file_rules(parts), desk_rules(connection))


def file_rules(parts: Parts) -> Rules:
    """Return the rules without what was changed at the desk."""
    return load_rules(parts.settings.rules) if parts.settings.rules else Rules()


def desk_rules(connection: Connection) -> dict[str, float]:
    """Return what of the rules was changed at the desk, by name."""
    return msgspec.json.decode(switch(connection, RULES, "{}"), type=dict[str, float])


def save_rules(
    parts: Parts, connection: Connection, changes: Mapping[str, float], *, by: str, at: datetime, why: str = ""
) -> None:
    """Put changes of the rules (all of the desk's, by name) in force. Raises ``WrongUse`` for rules that can't be."""
    before, now = rules_of(parts, connection), changed_rules(file_rules(parts), changes)
    told = [
        f"{name} {was:g} → {now.numbers()[name]:g}"
        for name, was in before.numbers().items()
        if now.numbers()[name] != was
    ]
    turn(connection, RULES, msgspec.json.encode(dict(changes)).decode())
    add_entry(
        connection, at=at, who=by, act="rules", subject="rules", detail="; ".join((*told, *([why] if why else [])))
    )


def try_source(parts: Parts, url: str) -> Tried:
    """Ask a feed once, as listening would. Raises ``TocsinError`` with what is wrong."""
    return asyncio.run(_tried(parts, check_address(url)))


async def _tried(parts: Parts, url: str) -> Tried:
    async with open_session(Guard.allowing(parts.settings.intake.networks)) as session:
        return await ask_once(session, url)


async def ask_once(session: ClientSession, url: str) -> Tried:
    """Ask a feed once, over an open session. Raises ``TocsinError`` with what is wrong."""
    began = time.perf_counter()
    got = await fetch(session, url, Validators(), _LIMITS)
    if not isinstance(got, Fetched):
        raise Broken(f"{url}: not modified, though nothing was said to be known")
    feed = parse_feed(got.body, got.content_type, got.url, "trial")
    return Tried(got.moved_to or url, feed.items, time.perf_counter() - began)


def add_source(parts: Parts, connection: Connection, source: Source, *, by: str, at: datetime) -> None:
    """Add a feed at the desk, or change one that was added there. Raises ``WrongUse`` as ``add_sources`` says."""
    for _, why_not in add_sources(parts, connection, (source,), by=by, at=at):
        if why_not is not None:
            raise why_not


def add_sources(
    parts: Parts, connection: Connection, wanted: Iterable[Source], *, by: str, at: datetime
) -> Iterator[tuple[Source, TocsinError | None]]:
    """Add feeds at the desk, or change those that were added there; give each with what is in its way, if anything.

    In the way is a name of the file's, an address that is none, and a feed that another source listens to: it would
    count twice.
    """
    written = load_sources(parts.settings.intake.sources).by_name()
    heard: dict[str | None, str] = {source.url: source.name for source in sources_of(parts, connection).all}
    for source in wanted:
        try:
            _check(source, written, heard)
        except TocsinError as error:
            yield source, error
            continue
        heard[source.url] = source.name
        list_source(connection, source, by=by, at=at)
        _changed(connection, by, at, "source", source.name, _told(source))
        yield source, None


def _check(source: Source, written: Mapping[str, Source], heard: Mapping[str | None, str]) -> None:
    if not source.name.strip() or not source.url:
        raise WrongUse("a source needs a name and the address of its feed")
    check_address(source.url)
    if source.name in written:
        raise WrongUse(f"{source.name} stands in sources.toml: change it there")
    if (other := heard.get(source.url, source.name)) != source.name:
        raise WrongUse(f"this feed is listened to already: {other}")


def remove_source(connection: Connection, name: str, *, by: str, at: datetime) -> None:
    """Take a source away that was added at the desk; what it gave stays known. Raises ``WrongUse``."""
    if not unlist_source(connection, name):
        raise WrongUse(f"{name} was not added at the desk")
    _changed(connection, by, at, "source removed", name, "")


def _told(source: Source) -> str:
    alone = ", may alert alone" if source.may_alert_alone else ""
    return f"{source.url}, {source.publisher}, tier {source.tier}{alone}"


def _changed(connection: Connection, by: str, at: datetime, act: str, name: str, detail: str) -> None:
    turn(connection, CHANGED, at.isoformat())
    add_entry(connection, at=at, who=by, act=act, subject=name, detail=detail)
