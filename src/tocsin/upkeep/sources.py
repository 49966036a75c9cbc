"""Whether the feeds and channels that are listened to answer now: each is asked once, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from aiohttp import ClientSession

from tocsin.delivery.doctor import Finding, Health
from tocsin.errors import Permanent, TocsinError
from tocsin.intake.fetch import open_session
from tocsin.intake.guard import Guard
from tocsin.model import Source
from tocsin.newsroom.book import ask_once, sources_of
from tocsin.settings import Settings
from tocsin.upkeep.files import sources_in
from tocsin.wiring import assemble

_AT_ONCE = 50


def examine_feeds(settings: Settings) -> Iterator[Finding]:
    """Ask each feed once, as listening would, and keep nothing; tell of each that fails, and how many do not.

    One that fails keeps no mail from leaving, so it is worth a look; but nothing comes in where none answers.
    """
    sources = _listened_to(settings)
    if not sources:
        told = f"nothing is listened to: name sources in {settings.intake.sources}, or `tocsin sources add`"
        yield Finding("sources", Health.WARNING, told)
    feeds = [source for source in sources if source.url]
    if not feeds:
        return
    wrong = asyncio.run(_all_asked(feeds, Guard.allowing(settings.intake.networks)))
    for source, error in zip(feeds, wrong, strict=True):
        if error is not None:
            yield Finding("source", Health.WARNING, f"{source.name}: {error}{_what_to_do(error)}")
    well = wrong.count(None)
    yield Finding("sources", Health.GOOD if well else Health.BAD, f"{well} of {len(feeds)} feeds and channels answer")


def _listened_to(settings: Settings) -> Sequence[Source]:
    """Return the sources of the file and those added at the desk; what is wrong with either is told of itself."""
    try:
        parts = assemble(settings)
        try:
            with parts.store.read() as connection:
                return sources_of(parts, connection).all
        finally:
            parts.store.close()
    except (TocsinError, OSError):
        return sources_in(settings.intake.sources).all


async def _all_asked(feeds: Sequence[Source], guard: Guard) -> list[TocsinError | None]:
    room = asyncio.Semaphore(_AT_ONCE)  # a feed's time must not run while it waits for its turn
    async with open_session(guard) as session:
        return await asyncio.gather(*[_asked(session, source.url or "", room) for source in feeds])


async def _asked(session: ClientSession, url: str, room: asyncio.Semaphore) -> TocsinError | None:
    async with room:
        try:
            await ask_once(session, url)
        except TocsinError as error:
            return error
    return None


def _what_to_do(error: TocsinError) -> str:
    if isinstance(error, Permanent):
        return "; correct its url where it was added, and try that: tocsin sources try URL"
    return "; it is asked again by itself"
