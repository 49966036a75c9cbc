"""robots.txt: asked once a host, obeyed on every hop, and nothing is fetched where it can't be had."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.publisher import Publisher, redirecting
from tocsin.intake import robots
from tocsin.intake.fetch import Fetched, Limits, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.intake.robots import FAILED_FOR, GOOD_FOR, Manners, NotWelcome

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAGE = b"<p>The bridge is closed.</p>"


async def got(publisher: Publisher, manners: Manners, path: str, at: datetime = NOON) -> bool:
    """Return whether a page was fetched, or kept out of."""
    async with open_session(Guard.allowing(("127.0.0.0/8",))) as session:
        try:
            answer = await fetch(session, publisher.url(path), Validators(), Limits(), manners.permit(session, at))
        except NotWelcome:
            return False
    return isinstance(answer, Fetched)


def asked(publisher: Publisher, path: str) -> int:
    return [request.path for request in publisher.requests].count(path)


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        (b"", True),
        (b"User-agent: *\nDisallow: /news/", False),
        (b"User-agent: *\nDisallow: /news/\nAllow: /news/open", True),
        (b"User-agent: Googlebot\nDisallow: /", True),
        (b"User-agent: tocsin\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: Tocsin\nDisallow: /private", True),
        (b"User-agent: *\nDisallow: /*.html$", False),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /news", False),
        (b"\xff\xfe\x00 no such file, but a page <html>", True),
    ],
)
def test_what_a_host_says_holds_for_us(said: bytes, allowed: bool) -> None:
    async def play() -> None:
        async with Publisher() as publisher:
            publisher.gives("/robots.txt", said)
            publisher.gives("/news/open.html", PAGE)
            assert await got(publisher, Manners(), "/news/open.html") is allowed
            assert asked(publisher, "/news/open.html") == allowed

    asyncio.run(play())


@pytest.mark.parametrize(
    ("status", "allowed"),
    [("404 Not Found", True), ("403 Forbidden", True), ("429 Slow Down", False), ("500 Oops", False)],
)
def test_no_file_allows_all_and_a_failing_host_nothing(status: str, allowed: bool) -> None:
    async def play() -> None:
        async with Publisher() as publisher:
            publisher.gives("/robots.txt", b"", status)
            publisher.gives("/a", PAGE)
            manners = Manners()
            assert await got(publisher, manners, "/a") is allowed
            publisher.gives("/robots.txt", b"")
            assert await got(publisher, manners, "/a", NOON + FAILED_FOR), "a failure is not believed for long"

    asyncio.run(play())


def test_a_host_is_asked_once_until_its_word_is_old() -> None:
    async def play() -> None:
        async with Publisher() as publisher:
            publisher.gives("/robots.txt", b"User-agent: *\nDisallow: /b")
            publisher.gives("/a", PAGE)
            manners = Manners()
            for path in ("/a", "/b", "/a"):
                assert await got(publisher, manners, path) is (path == "/a")
            assert asked(publisher, "/robots.txt") == 1
            await got(publisher, manners, "/a", NOON + GOOD_FOR + timedelta(seconds=1))
            assert asked(publisher, "/robots.txt") == 2

    asyncio.run(play())


def test_where_a_redirect_leads_is_asked_too() -> None:
    async def play() -> None:
        async with Publisher() as front, Publisher() as back:
            front.behaviours["/go"] = redirecting(back.url("/story"))
            back.gives("/robots.txt", b"User-agent: *\nDisallow: /story")
            back.gives("/story", PAGE)
            assert not await got(front, Manners(), "/go")
            assert asked(back, "/story") == 0

    asyncio.run(play())


def test_memory_of_hosts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MOST_HOSTS", 1)

    async def play() -> None:
        async with Publisher() as one, Publisher() as two:
            manners = Manners()
            for publisher in (one, two, one):
                publisher.gives("/a", PAGE)
                await got(publisher, manners, "/a")
            assert (asked(one, "/robots.txt"), asked(two, "/robots.txt")) == (2, 1)

    asyncio.run(play())
