"""A public channel from its preview page to a verdict, and what an outage leaves behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fakes.publisher import Publisher
from tests.fakes.site import parts_on
from tests.fakes.telegram import NOON, closes, post, preview
from tocsin.alerts.route import route_sources
from tocsin.jobs.port import Job
from tocsin.model import Article, Source
from tocsin.newsroom.book import try_source
from tocsin.newsroom.judging_room import JudgingRoom
from tocsin.newsroom.keeping import READ
from tocsin.newsroom.listening import Listener
from tocsin.newsroom.reading_room import ReadingRoom
from tocsin.reading.reader import read
from tocsin.settings import Intake
from tocsin.store.engine import Store
from tocsin.store.intake import active_sources, items
from tocsin.store.stories import articles, stories, verdicts
from tocsin.stories.core import Core
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts

FERRY = (
    "At least 14 people were killed when a passenger ferry capsized in a storm on Monday, the coastguard said. "
    "The ferry sent a distress call at 6.40am."
)
LOOPBACK = Intake(networks=("127.0.0.0/8",))


def channel_at(url: str) -> Source:
    return Source("Harbour", "Harbour", "Harbour", url=url, tier=1, may_alert_alone=True, language="en")


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def from_noon() -> Callable[[], datetime]:
    """Return a clock that runs on from noon: what fails on a busy machine is asked again."""
    began = time.monotonic()
    return lambda: NOON + timedelta(seconds=time.monotonic() - began)


def keys(store: Store) -> list[tuple[int, bool]]:
    """Return the numbers of the posts kept, in the order they were, and whether each may be news."""
    with store.read() as connection:
        rows = connection.execute(select(items.c.key, items.c.primed).order_by(items.c.id))
        return [(int(key.rpartition("/")[2]), primed) for key, primed in rows]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


def make_due(store: Store) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE sources SET due_at = 0")


async def _listened(parts: Parts, source: Source, *stages: Callable[[], object]) -> None:
    """Listen; each stage but the first begins with the source due again."""
    stop = asyncio.Event()
    listening = asyncio.create_task(Listener(parts, [source]).run(stop))
    for number, stage in enumerate(stages):
        if number:
            make_due(parts.store)
        await until(stage)
    stop.set()
    await listening


def test_a_post_becomes_an_article_without_headline_and_is_judged_as_the_replay_would(
    store: Store, tmp_path: Path
) -> None:
    async def run() -> None:
        async with Publisher() as tme:
            tme.gives("/s/harbour", preview(post(1, "Old.")), Content_Type="text/html; charset=utf-8")

            def begun() -> bool:
                if keys(store):
                    tme.gives("/s/harbour", preview(post(1, "Old."), post(2, FERRY)), Content_Type="text/html")
                return bool(keys(store))

            await _listened(parts, channel_at(tme.url("/s/harbour")), begun, lambda: len(keys(store)) == 2)

    parts = parts_on(store, tmp_path, clock=from_noon(), intake=LOOPBACK)
    asyncio.run(run())
    assert keys(store) == [(1, False), (2, True)]
    sources = {"Harbour": channel_at("https://t.me/s/harbour")}
    ReadingRoom(parts, sources).read(Job(READ, "1,2", 1))
    assert JudgingRoom(parts, sources, Rules()).judge_waiting() == 2
    with store.read() as connection:
        article = connection.execute(select(articles.c.article).where(articles.c.id == 2)).scalar_one()
        verdict = connection.execute(select(verdicts.c.verdict).order_by(verdicts.c.id)).scalars().all()[-1]
        began = connection.execute(select(stories.c.title).where(stories.c.id == verdict.story)).scalar_one()
    assert (article.title, article.text, article.url) == ("", FERRY, "https://t.me/harbour/2")
    assert began == FERRY.partition(". ")[0] + ".", "a story is known by a post's first sentence"
    row = Article(article.id, "Harbour", "", FERRY, published=article.published, language="en")
    replayed = Core(Rules(), sources, read, route_sources).observe(row, NOON)
    assert verdict.item_score == replayed.verdict.item_score > 30


def test_after_an_outage_the_pages_before_the_newest_are_asked_for_until_one_is_known(
    store: Store, tmp_path: Path
) -> None:
    async def run() -> None:
        async with Publisher() as tme:

            def shows(newest: int) -> None:
                """Show three posts a page, from the newest back to the first."""
                for last in range(newest, 0, -3):
                    page = preview(*(post(number, f"Post {number}.") for number in range(max(last - 2, 1), last + 1)))
                    tme.gives("/s/harbour" + (f"?before={last + 1}" if last < newest else ""), page)

            shows(6)
            source = channel_at(tme.url("/s/harbour"))
            await _listened(parts, source, lambda: len(keys(store)) == 3)
            assert [one.path for one in tme.requests] == ["/s/harbour"], "a first look takes what stands there"
            shows(15)
            tme.requests.clear()
            make_due(store)
            await _listened(parts, source, lambda: len(keys(store)) == 12)
            assert [one.path for one in tme.requests] == [
                "/s/harbour", "/s/harbour?before=13", "/s/harbour?before=10", "/s/harbour?before=7",
            ]  # fmt: skip
            tme.requests.clear()
            shows(15)
            make_due(store)
            await _listened(parts, source, lambda: tme.requests)
            assert [one.path for one in tme.requests] == ["/s/harbour"]

    parts = parts_on(store, tmp_path, intake=LOOPBACK)
    asyncio.run(run())
    assert sorted(keys(store))[3:] == [(number, True) for number in range(7, 16)]


def test_a_channel_that_closes_its_preview_is_a_failing_source_with_advice(store: Store, tmp_path: Path) -> None:
    async def run() -> None:
        async with Publisher() as tme:
            closes(tme, "harbour")
            await _listened(parts, channel_at(tme.url("/s/harbour")), failures)

    def failures() -> int:
        with store.read() as connection:
            return sum(polling.failures for polling in active_sources(connection))

    parts = parts_on(store, tmp_path, intake=LOOPBACK)
    asyncio.run(run())
    with store.read() as connection:
        (polling,) = active_sources(connection)
    assert "shows no posts" in (polling.error or "")
    assert "https://t.me/s/harbour" in (polling.error or "")


def test_a_channel_is_tried_like_a_feed(store: Store, tmp_path: Path) -> None:
    async def run() -> None:
        async with Publisher() as tme:
            tme.gives("/s/harbour", preview(post(1, "Bridge closed."), post(2, "Bridge open.")))
            tried = await asyncio.to_thread(try_source, parts, tme.url("/s/harbour"))
            assert [item.content for item in tried.items] == ["Bridge open.", "Bridge closed."]

    parts = parts_on(store, tmp_path, intake=LOOPBACK)
    asyncio.run(run())
