"""Listening: what a feed gives is kept once, a first fetch primes, a bad source never slows another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fakes.publisher import Publisher, answering, redirecting, silent
from tocsin.model import Item, Source
from tocsin.newsroom.keeping import keep
from tocsin.newsroom.listening import Listener
from tocsin.settings import Intake, Settings
from tocsin.store.edits import edits
from tocsin.store.intake import Polling, active_sources, item_of, items, sources
from tocsin.store.jobs import jobs
from tocsin.wiring import Parts, assemble


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    settings = Settings(folder=tmp_path / "var", intake=Intake(networks=("127.0.0.0/8",)))
    return assemble(settings)


def feed(*titles: str) -> bytes:
    entries = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
    return f'<rss version="2.0"><channel><title>Post</title>{entries}</channel></rss>'.encode()


def source(publisher: Publisher, path: str, name: str = "Post") -> Source:
    return Source(name=name, publisher=name, family=name, url=publisher.url(path), may_alert_alone=True)


def listen(parts: Parts, sources: list[Source], until: Callable[[], bool]) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        listening = asyncio.create_task(Listener(parts, sources).run(stop))
        try:
            async with asyncio.timeout(15):
                while not until():
                    await asyncio.sleep(0.01)
        finally:
            stop.set()
            await asyncio.wait_for(listening, 30)

    asyncio.run(run())


def pollings(parts: Parts) -> dict[str, Polling]:
    with parts.store.read() as connection:
        return {polling.source.name: polling for polling in active_sources(connection)}


def kept(parts: Parts) -> list[tuple[str, bool]]:
    with parts.store.read() as connection:
        rows = connection.execute(items.select().order_by(items.c.id))
        return [(row.key, row.primed) for row in rows]


def make_due(parts: Parts) -> None:
    with parts.store.write() as connection:
        connection.exec_driver_sql("UPDATE sources SET due_at = 0")


def test_a_first_fetch_primes_and_what_comes_later_is_news(parts: Parts) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        async with Publisher() as publisher:
            publisher.gives("/feed", feed("old 1", "old 2"), ETag='"1"')
            listening = asyncio.create_task(Listener(parts, [source(publisher, "/feed")]).run(stop))
            async with asyncio.timeout(15):
                while len(kept(parts)) < 2:
                    await asyncio.sleep(0.01)
                publisher.gives("/feed", feed("new", "old 1", "old 2"), ETag='"2"')
                make_due(parts)
                while len(kept(parts)) < 3:
                    await asyncio.sleep(0.01)
            stop.set()
            await listening
            assert publisher.requests[1].headers["if-none-match"] == '"1"'

    asyncio.run(run())
    assert kept(parts) == [("old 1", False), ("old 2", False), ("new", True)]


def test_what_comes_after_an_hour_of_silence_is_marked(parts: Parts) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        async with Publisher() as publisher:
            publisher.gives("/feed", feed("old"))
            listening = asyncio.create_task(Listener(parts, [source(publisher, "/feed")]).run(stop))
            async with asyncio.timeout(15):
                while not kept(parts):
                    await asyncio.sleep(0.01)
                for titles, ago_s in ((("soon", "old"), 60), (("late", "soon", "old"), 4000)):
                    publisher.gives("/feed", feed(*titles))
                    before = parts.clock() - timedelta(seconds=ago_s)
                    with parts.store.write() as connection:
                        connection.execute(sources.update().values(worked_at=before, due_at=before))
                    while len(kept(parts)) < len(titles):
                        await asyncio.sleep(0.01)
            stop.set()
            await listening

    asyncio.run(run())
    with parts.store.read() as connection:
        marks = {row.key: row.after_silence for row in connection.execute(items.select())}
    assert (marks["soon"], marks["late"]) == (False, True)


def test_a_hanging_a_broken_and_a_private_source_slow_nobody(parts: Parts) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        async with Publisher() as publisher:
            publisher.behaviours["/hangs"] = silent
            publisher.behaviours["/private"] = redirecting("http://10.0.0.1/feed")
            publisher.gives("/broken", b"<html>no feed</html>")
            publisher.gives("/good", feed("story"))
            names = ("hangs", "private", "broken", "good")
            sources = [source(publisher, f"/{name}", name) for name in names]
            listening = asyncio.create_task(Listener(parts, sources).run(stop))
            async with asyncio.timeout(5):
                while not (pollings(parts)["good"].worked_at and pollings(parts)["private"].failures):
                    await asyncio.sleep(0.01)
            stop.set()
            await listening

    asyncio.run(run())
    states = pollings(parts)
    assert states["good"].worked_at is not None
    assert states["broken"].failures == 1
    assert "isn't public" in (states["private"].error or "")
    assert "[intake] networks" in (states["private"].error or ""), "the operator is told what allows it"
    assert states["private"].due_at is not None


def test_a_source_that_failed_is_well_again_with_its_next_good_answer(parts: Parts) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        async with Publisher() as publisher:
            publisher.gives("/feed", b"<html>no feed yet</html>")
            listening = asyncio.create_task(Listener(parts, [source(publisher, "/feed")]).run(stop))
            async with asyncio.timeout(10):
                while not pollings(parts)["Post"].failures:
                    await asyncio.sleep(0.01)
                for titles in (("old",), ("old", "new")):
                    publisher.gives("/feed", feed(*titles))
                    make_due(parts)
                    while len(kept(parts)) < len(titles):
                        await asyncio.sleep(0.01)
            stop.set()
            await listening

    asyncio.run(run())
    state = pollings(parts)["Post"]
    assert (state.failures, state.error) == (0, None)
    assert state.worked_at is not None
    assert dict(kept(parts)) == {"old": False, "new": True}, "the first good answer is a back catalogue all the same"


def test_a_server_that_asks_to_wait_is_left_alone(parts: Parts) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        async with Publisher() as publisher:
            publisher.behaviours["/feed"] = answering(b"", "429 Too Many Requests", Retry_After="900")
            listening = asyncio.create_task(Listener(parts, [source(publisher, "/feed")]).run(stop))
            async with asyncio.timeout(10):
                while not pollings(parts)["Post"].failures:
                    await asyncio.sleep(0.01)
            stop.set()
            await listening

    asyncio.run(run())
    polling = pollings(parts)["Post"]
    assert polling.due_at is not None
    assert polling.asked_at is not None
    assert (polling.due_at - polling.asked_at).total_seconds() == pytest.approx(900)
    assert polling.why_due == "the server asked to wait"


def test_a_folder_of_records_is_listened_to(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "one.txt").write_text("date 2026-11-23 The bridge is closed, the mayor said on Monday.")
    folder = Source(name="Records", publisher="Records", family="Records", path=str(tmp_path / "records"))
    listen(parts, [folder], lambda: bool(kept(parts)))
    assert [primed for _, primed in kept(parts)] == [False]


def test_a_draft_is_left_for_the_day_it_is_released(parts: Parts) -> None:
    draft = Item(source="Post", key="1", title="Embargoed", draft=True)
    with parts.store.write() as connection:
        assert keep(parts, connection, [draft]) == ()
        (stored,) = keep(parts, connection, [Item(source="Post", key="1", title="Released")])
        assert item_of(connection, stored.id) is not None


def test_each_item_is_a_job_and_news_comes_before_a_back_catalogue(parts: Parts) -> None:
    news = [Item(source="Post", key=str(number), title=f"News {number}") for number in range(3)]
    old = [Item(source="Old", key=str(number), title=f"Old {number}") for number in range(3)]
    with parts.store.write() as connection:
        keep(parts, connection, news)
        keep(parts, connection, old, primed=False)
        queued = connection.execute(jobs.select().order_by(jobs.c.id)).all()
    assert [(row.payload, row.priority > 0) for row in queued] == [
        ("1", True), ("2", True), ("3", True), ("4", False), ("5", False), ("6", False),
    ]  # fmt: skip
    assert all(row.run_at <= datetime.now(UTC) for row in queued)


def test_one_bad_file_of_a_folder_stops_none_of_the_others(parts: Parts, tmp_path: Path) -> None:
    records = tmp_path / "records"
    (records / "a.txt").mkdir(parents=True)
    (records / "b.txt").symlink_to("/nowhere")
    (records / "c.txt").write_text("word " * 2_000_000)
    (records / "d.txt").write_text("date 2026-11-23 The bridge is closed, the mayor said on Monday.")
    folder = Source(name="Records", publisher="Records", family="Records", path=str(records))
    listen(parts, [folder], lambda: bool(kept(parts)))
    assert [key for key, _ in kept(parts)] == [str(records / "d.txt")]
    assert pollings(parts)["Records"].failures == 0


def test_a_source_that_moved_to_a_place_that_dies_is_asked_where_it_was_again(parts: Parts) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        async with Publisher() as publisher:
            publisher.behaviours["/feed"] = redirecting("/elsewhere", "301 Moved Permanently")
            publisher.gives("/elsewhere", feed("old"))
            listening = asyncio.create_task(Listener(parts, [source(publisher, "/feed")]).run(stop))
            async with asyncio.timeout(15):
                while pollings(parts)["Post"].moved_to is None:
                    await asyncio.sleep(0.01)
                publisher.gives("/elsewhere", b"", "404 Not Found")
                publisher.gives("/feed", feed("new", "old"))
                while len(kept(parts)) < 2:
                    make_due(parts)
                    await asyncio.sleep(0.05)
            stop.set()
            await listening

    asyncio.run(run())
    assert pollings(parts)["Post"].moved_to is None


def test_of_a_folder_only_what_has_changed_is_read_again(parts: Parts, tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    one, two, three = (records / f"{number}.txt" for number in (1, 2, 3))
    words = "date 2026-11-23 The bridge is closed, the mayor said on {}."
    one.write_text(words.format("Monday"))
    two.write_text(words.format("Monday"))
    folder = Source(name="Records", publisher="Records", family="Records", path=str(records))

    def edited() -> list[str]:
        with parts.store.read() as connection:
            return [now.key for now in connection.execute(select(edits.c.now)).scalars()]

    async def run() -> None:
        stop = asyncio.Event()
        listening = asyncio.create_task(Listener(parts, [folder]).run(stop))
        async with asyncio.timeout(15):
            while len(kept(parts)) < 2:
                await asyncio.sleep(0.01)
            stood = one.stat()
            one.write_text(words.format("Friday"))  # which nobody can tell, for size and time are as they were
            os.utime(one, ns=(stood.st_atime_ns, stood.st_mtime_ns))
            two.write_text(words.format("Thursday"))
            three.write_text(words.format("Monday"))
            while len(kept(parts)) < 3 or not edited():
                make_due(parts)
                await asyncio.sleep(0.05)
        stop.set()
        await listening

    asyncio.run(run())
    assert edited() == [str(two)]
