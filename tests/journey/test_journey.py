"""Feed server → service → real SMTP inbox, as an operator runs it: `tocsin run` with its process tree."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.publisher import Publisher
from tests.journey.world import ROOT, STORY, World, until
from tocsin.demo.inbox import Inbox, Received
from tocsin.readers.tokens import LOOK


@contextmanager
def running(world: World) -> Iterator[None]:
    """Run ``tocsin run`` as a person would, and stop it with SIGTERM."""
    with (world.folder / "service.log").open("ab") as log:
        command = [sys.executable, "-m", "tocsin", "run", "--config", str(world.config)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(30) == 0, world.log()


def test_a_story_reaches_the_inbox_and_the_reader_can_leave(tmp_path: Path, database_url: str) -> None:
    asyncio.run(_journey(tmp_path, database_url))


async def _journey(folder: Path, database_url: str) -> None:
    async with Publisher() as publisher, Inbox(lambda: datetime.now(UTC)) as inbox:
        world = World(folder, publisher, inbox, database_url)
        with running(world):
            await until(world.primed, 90, world.log)
            await until(world.serves, 90, world.log)
            world.break_story()
            await until(lambda: len(world.alerts()) == 3, 60, world.log)
            first = world.alerts()[0]
            _check_message(first)
            await _leave(world, first)
            await _live(world)
        with running(world):  # a second run sends nothing twice, and nothing to who has left
            world.poll_now()
            await until(world.polled, 90, world.log)
            await asyncio.sleep(2)
        assert len(world.alerts()) == 3
        assert _states(world) == {"active": 2, "unsubscribed": 1, "erased": 1}
        log = (folder / "service.log").read_text(encoding="utf-8")
        assert "role.started" in log
        assert "@example.org" not in log
        assert "@post.example" not in log
        assert not LOOK.search(log)


def _check_message(received: Received) -> None:
    message, plain = received.message, received.body("plain")
    assert STORY[:40] in str(message["Subject"])
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "the coastguard" in plain
    assert "1 independent origin" in plain.lower()
    assert STORY in received.body("html")
    assert "<img" not in received.body("html")
    assert "<script" not in received.body("html")
    assert len(received.raw) < 100_000


async def _leave(world: World, received: Received) -> None:
    """One click, by RFC 8058: a POST without cookie or redirect; a GET (a link scanner) changes nothing."""
    link = re.search(r"<(http://[^>]+/unsubscribe/[^>]+)>", str(received.message["List-Unsubscribe"]))
    assert link is not None
    async with aiohttp.ClientSession() as session:
        async with session.get(link[1]) as page:
            assert page.status == 200
        assert _states(world) == {"active": 3}
        for _ in range(2):
            async with session.post(link[1], data={"List-Unsubscribe": "One-Click"}, allow_redirects=False) as answer:
                assert answer.status == 200
    assert _states(world) == {"active": 2, "unsubscribed": 1}


async def _live(world: World) -> None:
    """Let one more reader sign up, confirm, ask for the links, move, be refused, and be erased."""
    old, new = "vera@example.org", "vera.new@example.org"
    async with aiohttp.ClientSession(f"http://127.0.0.1:{world.port}") as site:

        async def post(path: str, status: int = 200, **form: str) -> None:
            async with site.post(path, data=form) as answer:
                assert answer.status == status

        await post("/signup", email=old)
        await post(await _link(world, old, "/confirm/"))
        await post(f"/preferences/{'x' * 32}", 404)
        await post("/link", email=old)
        account = await _link(world, old, "/account/")
        await post(f"{account}/move", email=new)
        await post(await _link(world, new, "/move/"))
        # The old address is told; a letter on its way would keep the service from ending while the inbox stands still.
        assert await world.inbox.wait_for(lambda one: old in one.to and "changed" in str(one.message["Subject"]), 30)
        await post(f"{account}/erase")
        await post(f"{account}/export", 404)


async def _link(world: World, address: str, kind: str) -> str:
    """Return the path of the link of a kind in a letter to an address, once it has come."""
    letter = await world.inbox.wait_for(lambda one: address in one.to and kind in one.body("plain"), 30)
    assert letter is not None, world.log()
    found = re.search(rf"{kind}[\w-]+", letter.body("plain"))
    assert found is not None
    return found[0]


def _states(world: World) -> dict[str, int]:
    with world.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT state, count(*) FROM subscribers GROUP BY state")
        return {str(state): int(count) for state, count in rows}


def test_shadow_holds_what_would_be_sent_and_an_approval_sends_it(tmp_path: Path) -> None:
    asyncio.run(_shadow(tmp_path))


async def _shadow(folder: Path) -> None:
    async with Publisher() as publisher, Inbox(lambda: datetime.now(UTC)) as inbox:
        world = World(folder, publisher, inbox)
        assert "shadow" in _tocsin(world, "mode", "shadow")
        with running(world):
            await until(world.primed, 90, world.log)
            world.break_story()
            await until(lambda: "id" in _tocsin(world, "alerts", "list", status=None), 30, world.log)
            await asyncio.sleep(1)
            assert world.alerts() == []
            assert "3 readers" in _tocsin(world, "alerts", "approve", "1")
            await until(lambda: len(world.alerts()) == 3, 30, world.log)
            assert "is sent" in _tocsin(world, "alerts", "approve", "1", status=1)


def _tocsin(world: World, *arguments: str, status: int | None = 0) -> str:
    command = [sys.executable, "-m", "tocsin", *arguments, "--config", str(world.config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if status is not None:
        assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("by", ["push", "feed"])
def test_the_demo_s_first_alert_is_accepted(by: str) -> None:
    told = _demo(by)
    names = ["published", "seen", "read", "grouped", "judged", "composed", "first_accepted"]
    assert list(told["stages_ms"]) == names
    instants = list(told["stages_ms"].values())
    assert instants == sorted(instants)
    assert told["total_ms"] == instants[-1]
    assert told["message_id"].endswith("@demo.example>")


def test_a_pushed_story_is_in_the_inbox_within_a_second() -> None:
    """One time in five: what other processes take meanwhile is not ours."""
    assert any(_demo("push")["total_ms"] < 1000 for _ in range(5))


def _demo(by: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tocsin", "demo", "--once", "--json", "--port", "0", "--by", by]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
