"""The newsroom role: listen, read and judge; and look again at the pages behind what was sent."""

from __future__ import annotations

import asyncio
from functools import partial

from tocsin.newsroom.afterwards import AFTERWARDS, look_after, plan_afterwards
from tocsin.newsroom.book import Book
from tocsin.newsroom.path import run_newsroom
from tocsin.wiring import Parts


async def newsroom(parts: Parts, stop: asyncio.Event) -> None:
    """Listen, read and judge until ``stop`` is set."""
    book = await asyncio.to_thread(Book, parts)
    await asyncio.to_thread(plan_afterwards, parts)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_newsroom(parts, book, stop))
        tasks.create_task(parts.jobs.work({AFTERWARDS: partial(look_after, parts)}, stop))
