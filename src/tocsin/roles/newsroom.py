"""The newsroom role: listen, read and judge; and look again at the pages behind what was sent."""

from __future__ import annotations

import asyncio

from tocsin.newsroom.book import Book
from tocsin.newsroom.path import run_newsroom
from tocsin.wiring import Parts


async def newsroom(parts: Parts, stop: asyncio.Event) -> None:
    """Listen, read and judge until ``stop`` is set."""
    await run_newsroom(parts, await asyncio.to_thread(Book, parts), stop)
