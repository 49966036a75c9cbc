"""Pushes by WebSub over real sockets: publisher, hub and Tocsin's own site (websub.rocks 200–205, 300–302)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from tests.fakes.hub import Hub
from tests.fakes.publisher import Publisher, redirecting
from tests.journey.world import free_port
from tocsin.intake.websub import Hub as Named
from tocsin.model import Source
from tocsin.newsroom.hubs import to_ask
from tocsin.newsroom.listening import Listener
from tocsin.settings import Intake, Settings, Web
from tocsin.store.intake import items
from tocsin.store.websub import HubSubscription, hub_subscription
from tocsin.web.hooks_websub import router
from tocsin.wiring import Parts, assemble

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@dataclass
class World:
    """A publisher, its hub, and a Tocsin that listens to it."""

    parts: Parts
    publisher: Publisher
    hub: Hub

    def feed(self, *titles: str, hub: str = "/", topic: str = "/feed") -> bytes:
        entries = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
        links = (
            f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="hub" href="{self.hub.url(hub)}"/>'
            f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="{self.publisher.url(topic)}"/>'
        )
        return f'<rss version="2.0"><channel><title>Post</title>{links}{entries}</channel></rss>'.encode()

    def kept(self) -> list[tuple[str, bool]]:
        with self.parts.store.read() as connection:
            return [(row.key, row.primed) for row in connection.execute(items.select().order_by(items.c.id))]

    def subscription(self) -> HubSubscription | None:
        with self.parts.store.read() as connection:
            return hub_subscription(connection, "Post")

    async def poll(self) -> None:
        """Make the source due at once, as its period would."""
        with self.parts.store.write() as connection:
            connection.exec_driver_sql("UPDATE sources SET due_at = 0")

    async def state(self, wanted: str) -> HubSubscription:
        async with asyncio.timeout(15):
            while (found := self.subscription()) is None or found.state != wanted:
                await asyncio.sleep(0.01)
        return found

    async def answers(self) -> list[tuple[int, str]]:
        """Return what the hub was answered; Tocsin notes that it answers before the hub has heard it."""
        async with asyncio.timeout(15):
            while not self.hub.answers:
                await asyncio.sleep(0.01)
        return self.hub.answers


@asynccontextmanager
async def world(folder: Path, path: str = "/feed") -> AsyncIterator[World]:
    port = free_port()
    intake, web = Intake(networks=("127.0.0.0/8",)), Web(port=port, base_url=f"http://127.0.0.1:{port}")
    parts = assemble(Settings(folder=folder / "var", intake=intake, web=web))
    app = FastAPI()
    app.include_router(router(parts))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    async with Publisher() as publisher, Hub() as hub:
        serving = asyncio.create_task(server.serve())
        made = World(parts, publisher, hub)
        publisher.gives("/feed", made.feed("old"))
        source = Source(name="Post", publisher="Post", family="Post", url=publisher.url(path))
        stop = asyncio.Event()
        listening = asyncio.create_task(Listener(parts, [source]).run(stop))
        try:
            yield made
        finally:
            stop.set()
            await asyncio.wait_for(listening, 30)
            server.should_exit = True
            await serving


def test_a_pushed_entry_is_news_and_counted(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            active = await it.state("active")
            assert await it.answers() == [(200, "c1")]
            assert active.until is not None
            status = await it.hub.push(it.hub.asked[0], it.feed("new", "old"))
            assert status == 202
            assert it.kept() == [("old", False), ("new", True)]
            counted = it.subscription()
            assert counted is not None
            assert (counted.pushed, counted.missed) == (1, 0)

    asyncio.run(run())


@pytest.mark.parametrize("algorithm", ["sha1", "sha512"])
def test_every_signature_of_the_standard_is_known(tmp_path: Path, algorithm: str) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            await it.state("active")
            assert await it.hub.push(it.hub.asked[0], it.feed("new"), algorithm) == 202

    asyncio.run(run())


def test_a_push_with_a_wrong_or_no_signature_changes_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            await it.state("active")
            form = it.hub.asked[0]
            assert await it.hub.push(form, it.feed("forged"), secret="guess") == 401
            assert await it.hub.push(form, it.feed("forged"), None) == 401
            nobody = {**form, "hub.callback": form["hub.callback"] + "x"}
            assert await it.hub.push(nobody, it.feed("forged")) == 410
            assert await it.hub.push(form, b"no feed") == 400
            assert it.kept() == [("old", False)]

    asyncio.run(run())


def test_a_check_of_what_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            await it.state("active")
            form = it.hub.asked[0]
            query = {"hub.mode": "subscribe", "hub.topic": "http://other.example/", "hub.challenge": "c2"}
            assert (await it.hub.call(form["hub.callback"], query))[0] == 404
            right = {**query, "hub.topic": form["hub.topic"]}
            assert (await it.hub.call(form["hub.callback"] + "x", right))[0] == 404
            assert (await it.hub.call(form["hub.callback"], {**right, "hub.mode": "unsubscribe"}))[0] == 404
            with it.parts.store.write():  # strangers don't wait for who writes, nor hold it up
                assert (await it.hub.call(form["hub.callback"] + "x", right))[0] == 404
            denied = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": "full"}
            assert (await it.hub.call(form["hub.callback"], denied))[0] == 200
            assert (await it.state("denied")).error == "full"

    asyncio.run(run())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_hub_that_moved_is_followed(tmp_path: Path, status: int) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            it.publisher.gives("/feed", it.feed("old", hub=f"/moved/{status}"))
            await it.poll()
            async with asyncio.timeout(15):
                while it.subscription() is None or not it.subscription().hub.endswith(str(status)):  # type: ignore[union-attr]
                    await it.poll()
                    await asyncio.sleep(0.05)
            assert (await it.state("active")).hub.endswith(f"/moved/{status}")

    asyncio.run(run())


@pytest.mark.parametrize("status", ["302 Found", "301 Moved Permanently"])
def test_a_topic_that_redirects_is_asked_for_under_its_own_name(tmp_path: Path, status: str) -> None:
    async def run() -> None:
        async with world(tmp_path, "/old-feed") as it:
            it.publisher.behaviours["/old-feed"] = redirecting("/feed", status)
            async with asyncio.timeout(15):
                while it.subscription() is None:
                    await it.poll()
                    await asyncio.sleep(0.05)
            assert (await it.state("active")).topic == it.publisher.url("/feed")

    asyncio.run(run())


def test_what_a_poll_brought_first_is_counted_as_missed_by_push(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            await it.state("active")
            it.publisher.gives("/feed", it.feed("never pushed", "old"))
            async with asyncio.timeout(15):
                while len(it.kept()) < 2:
                    await it.poll()
                    await asyncio.sleep(0.05)
            found = it.subscription()
            assert found is not None
            assert (found.pushed, found.missed) == (0, 1)
            assert await it.hub.push(it.hub.asked[0], it.feed("never pushed")) == 202
            assert len(it.kept()) == 2

    asyncio.run(run())


def test_a_hub_that_refuses_is_noted_and_polling_goes_on(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            it.publisher.gives("/feed", it.feed("new", "old", hub="/shut"))
            async with asyncio.timeout(15):
                while (found := it.subscription()) is None or found.state != "denied":
                    await it.poll()
                    await asyncio.sleep(0.05)
            assert "403" in (found.error or "")
            assert ("new" in dict(it.kept())) is True

    asyncio.run(run())


def test_a_hub_that_is_down_is_asked_again_within_the_hour_and_one_that_refuses_within_the_day(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            await it.state("active")
            gone = f"http://127.0.0.1:{free_port()}/"
            it.publisher.gives("/feed", it.feed("new", "old").replace(it.hub.url("/").encode(), gone.encode()))
            async with asyncio.timeout(15):
                while (found := it.subscription()) is None or found.state != "failed":
                    await it.poll()
                    await asyncio.sleep(0.05)
            assert ("new", True) in it.kept(), "polling goes on"
            early = replace(it.parts, clock=lambda: found.asked_at + timedelta(minutes=50))
            later = replace(it.parts, clock=lambda: found.asked_at + timedelta(minutes=70))
            named = Named(gone, found.topic)
            assert to_ask(early, "Post", named) is None
            assert to_ask(later, "Post", named) is not None

    asyncio.run(run())


def test_a_lease_that_ends_is_renewed_while_the_feed_has_nothing_new_to_say(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            await it.state("active")
            it.publisher.gives("/feed", b"", status="304 Not Modified")
            with it.parts.store.write() as connection:
                connection.exec_driver_sql("UPDATE sources SET etag = '\"1\"'")
                connection.exec_driver_sql("UPDATE hub_subscriptions SET until = 1000000, asked_at = 0")
            async with asyncio.timeout(15):
                while len(it.hub.answers) < 2:
                    await it.poll()
                    await asyncio.sleep(0.05)
            assert it.hub.asked[1]["hub.secret"] == it.hub.asked[0]["hub.secret"]
            renewed = await it.state("active")
            assert renewed.until is not None
            assert renewed.until > it.parts.clock()

    asyncio.run(run())


def test_a_feed_that_a_hub_sends_to_the_wrong_address_speaks_for_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as it:
            await it.state("active")
            form = it.hub.asked[0]
            assert await it.hub.push(form, it.feed("not ours", topic="/other-feed")) == 400
            assert it.kept() == [("old", False)]
            nameless = it.feed("ours").replace(b'rel="self"', b'rel="alternate"')
            assert await it.hub.push(form, nameless) == 202
            assert await it.hub.push(form, it.feed("huge", "x" * (2 * 1024 * 1024))) == 413
            assert await it.hub.push(form, it.feed("old")) == 202, "an old body brings nothing new"
            assert it.kept() == [("old", False), ("ours", True)]

    asyncio.run(run())


def test_a_hub_elsewhere_is_not_asked_to_call_a_site_on_loopback(tmp_path: Path) -> None:
    parts = assemble(Settings(folder=tmp_path / "var"))
    away = Named("https://hub.example/", "https://post.example/feed")
    assert to_ask(parts, "Post", away) is None
    public = replace(parts, settings=Settings(folder=tmp_path / "var", web=Web(base_url="https://alerts.example")))
    asked = to_ask(public, "Post", away)
    assert asked is not None
    assert asked.state == "asked"
    assert to_ask(public, "Post", away) is None
