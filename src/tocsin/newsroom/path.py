"""The path from a due source to an alert, on one screen.

    listening     due → fetch → parse → keep                                 (any process)
    ReadingRoom   extract → read                                             (any process, one job an item)
    JudgingRoom   group → judge → route → compose → approve | hold           (one process, by a lease)
    sending       audience → send → receipt                                  (any process)
    afterwards    the pages behind what was sent, looked at again            (any process, by a job)

Each arrow into the store is a transaction that also queues what comes next, so that a process may die between any two
steps: what was committed goes on, what was not is done again.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from tocsin.alerts.compose import compose
from tocsin.alerts.route import route_sources
from tocsin.collector import spare_what_stays
from tocsin.intake.extract import article_from_record, extract_page
from tocsin.jobs.port import Handler
from tocsin.model import VersionKind
from tocsin.newsroom.afterwards import AFTERWARDS, look_after, plan_afterwards
from tocsin.newsroom.book import Book, follow
from tocsin.newsroom.judging_room import JudgingRoom
from tocsin.newsroom.keeping import READ
from tocsin.newsroom.listening import Listener
from tocsin.newsroom.reading_room import ReadingRoom
from tocsin.reading.reader import read
from tocsin.stories.core import Core
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts


async def run_newsroom(parts: Parts, book: Book, stop: asyncio.Event) -> None:
    """Listen, read and judge by a book of sources and rules until ``stop`` is set."""
    reading, judging = ReadingRoom(parts, book.sources), JudgingRoom(parts, book.sources, book.rules)
    await asyncio.to_thread(plan_afterwards, parts)
    await asyncio.to_thread(warm_up, book.rules)
    spare_what_stays()
    jobs: dict[str, Handler] = {READ: reading.read, AFTERWARDS: partial(look_after, parts)}
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Listener(parts, book.sources.values()).run(stop))
        tasks.create_task(follow(book, stop, lambda: judging.go_by(book.rules)))
        tasks.create_task(parts.jobs.work(jobs, stop, at_once=4))
        tasks.create_task(judging.run(stop))


def warm_up(rules: Rules) -> None:
    """Take one made-up report through every step, so that lexicons and tables are loaded before the first real one."""
    at = datetime(2022, 11, 11, 8, tzinfo=UTC)
    core = Core(rules, {}, read, route_sources)
    for language, text in _REHEARSAL.items():
        extract_page(f"<html><body><article><p>{text}</p></article></body></html>", None)
        article = replace(article_from_record(text), id=f"rehearsal-{language}", published=at.isoformat())
        decision = core.observe(article, at)
        compose(article.id, VersionKind.ALERT, decision.verdict, [(article, read(article))], {})


_REHEARSAL = {
    "en": "At least 14 people were killed in an explosion in Kyiv on Friday, police said.",
    "uk": "Унаслідок вибуху в Києві загинули 14 людей, повідомила поліція в п’ятницю.",
    "ru": "В результате взрыва в Киеве погибли 14 человек, сообщила полиция в пятницу.",
}
