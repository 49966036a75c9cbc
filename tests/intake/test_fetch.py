"""Fetching over real sockets from a publisher that misbehaves."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import Callable

import pytest

from tests.fakes import publisher as fake
from tests.fakes.publisher import Publisher
from tocsin.errors import TocsinError
from tocsin.intake import fetch as fetching
from tocsin.intake.fetch import Fetched, Limits, NotModified, Validators, fetch, next_hop
from tocsin.intake.guard import Guard
from tocsin.intake.inflate import BrokenBody, UnknownEncoding

LOOPBACK = Guard.allowing(["127.0.0.0/8"])
PATIENT = Limits(connect_s=5, read_s=10, total_s=20, body_bytes=100_000, redirects=5)
QUICK = Limits(connect_s=1, read_s=0.3, total_s=0.6, body_bytes=100_000, redirects=5)
UNKNOWN = Validators()
FEED = b"<rss><channel><title>t</title></channel></rss>"


def ask(
    path: str,
    arrange: Callable[[Publisher], None],
    *,
    guard: Guard = LOOPBACK,
    limits: Limits = PATIENT,
    validators: Validators = UNKNOWN,
    host: str = "127.0.0.1",
) -> tuple[Fetched | NotModified, Publisher]:
    """Fetch a path from a publisher that was arranged, over a real connection."""

    async def run() -> tuple[Fetched | NotModified, Publisher]:
        async with Publisher() as publisher, fetching.open_session(guard) as session:
            arrange(publisher)
            return await fetch(session, publisher.url(path, host), validators, limits), publisher

    return asyncio.run(run())


def behaving(path: str, behaviour: fake.Behaviour) -> Callable[[Publisher], None]:
    return lambda publisher: publisher.behaviours.update({path: behaviour})


def body_of(answer: Fetched | NotModified) -> bytes:
    assert isinstance(answer, Fetched)
    return answer.body


def test_a_feed_comes_with_its_validators_and_type() -> None:
    headers = {"ETag": '"1"', "Last_Modified": "Fri, 11 Nov 2022 05:00:00 GMT", "Content_Type": "text/xml; charset=x"}
    answer, publisher = ask("/f", lambda p: p.gives("/f", FEED, Cache_Control="public, max-age=60", **headers))
    assert isinstance(answer, Fetched)
    assert answer.body == FEED
    assert answer.content_type == "text/xml; charset=x"
    assert answer.validators == Validators('"1"', "Fri, 11 Nov 2022 05:00:00 GMT")
    assert answer.max_age_s == 60
    assert publisher.requests[0].headers["user-agent"].startswith("Tocsin/")


def test_a_max_age_that_is_no_number_says_nothing() -> None:
    answer, _ = ask("/f", lambda p: p.gives("/f", FEED, Cache_Control="max-age=\u00b2"))
    assert body_of(answer) == FEED
    assert answer.max_age_s is None


def test_a_conditional_request_that_finds_nothing_new() -> None:
    held = Validators('"1"', "Fri, 11 Nov 2022 05:00:00 GMT")
    answer, publisher = ask("/f", lambda p: p.gives("/f", b"", "304 Not Modified"), validators=held)
    assert isinstance(answer, NotModified)
    assert answer.validators == Validators('"1"', "Fri, 11 Nov 2022 05:00:00 GMT", unchanged=1)
    assert publisher.requests[0].headers["if-none-match"] == '"1"'
    assert publisher.requests[0].headers["if-modified-since"] == "Fri, 11 Nov 2022 05:00:00 GMT"


def test_a_stuck_etag_with_a_newer_last_modified_loses_nothing() -> None:
    later = "Fri, 11 Nov 2022 06:00:00 GMT"

    async def stuck(request: fake.Request, writer: asyncio.StreamWriter) -> None:
        answer = fake.answering(b"", "304 Not Modified", ETag='"1"', Last_Modified=later)
        if "if-none-match" not in request.headers:
            answer = fake.answering(FEED, ETag='"1"', Last_Modified=later)
        await answer(request, writer)

    held = Validators('"1"', "Fri, 11 Nov 2022 05:00:00 GMT")
    answer, _ = ask("/f", behaving("/f", stuck), validators=held)
    assert body_of(answer) == FEED
    assert answer.validators == Validators(None, later)


def test_after_many_unchanged_answers_one_request_is_unconditional() -> None:
    answer, publisher = ask("/f", lambda p: p.gives("/f", FEED), validators=Validators('"1"', None, unchanged=40))
    assert body_of(answer) == FEED
    assert "if-none-match" not in publisher.requests[0].headers


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(FEED, mtime=0)),
        ("x-gzip", gzip.compress(FEED, mtime=0)),
        ("deflate", zlib.compress(FEED)),
        ("deflate", zlib.compress(FEED)[2:-4]),
        ("identity", FEED),
    ],
)
def test_compressed_bodies_are_unpacked(encoding: str, packed: bytes) -> None:
    answer, _ = ask("/f", lambda p: p.gives("/f", packed, Content_Encoding=encoding))
    assert body_of(answer) == FEED


def test_a_permanent_move_is_remembered_and_a_temporary_one_is_not() -> None:
    def arrange(publisher: Publisher) -> None:
        publisher.behaviours["/old"] = fake.redirecting("/new", "301 Moved Permanently")
        publisher.behaviours["/today"] = fake.redirecting("/new")
        publisher.gives("/new", FEED)

    moved, today = ask("/old", arrange)[0], ask("/today", arrange)[0]
    assert isinstance(moved, Fetched)
    assert isinstance(today, Fetched)
    assert moved.moved_to == moved.url
    assert moved.url.endswith("/new")
    assert today.moved_to is None


BOMB = gzip.compress(bytes(50_000_000))
LOOP = fake.redirecting("/loop")


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (fake.answering(BOMB, Content_Encoding="gzip"), fetching.TooLarge),
        (fake.answering(zlib.compress(bytes(50_000_000)), Content_Encoding="deflate"), fetching.TooLarge),
        (fake.answering(b"x" * 100_001), fetching.TooLarge),
        (fake.answering(b"", Content_Length="99999999999"), fetching.TooLarge),
        (fake.endless, fetching.TooLarge),
        (fake.answering(b"\x0b\x02\x80", Content_Encoding="br"), UnknownEncoding),
        (fake.answering(b"no gzip", Content_Encoding="gzip"), BrokenBody),
        (fake.answering(gzip.compress(FEED, mtime=0)[:-12], Content_Encoding="gzip"), BrokenBody),
        (fake.answering(FEED, Content_Length="5000"), fetching.Broken),
        (fake.answering(FEED, Content_Length="-1"), fetching.Broken),
        (fake.babbling, fetching.Broken),
        (fake.hanging_up, fetching.Unreachable),
        (fake.silent, fetching.TooSlow),
        (fake.dripping(b"<rss>", b" ", 0.02), fetching.TooSlow),
        (fake.answering(b"", "404 Not Found"), fetching.NotThere),
        (fake.answering(b"", "410 Gone"), fetching.NotThere),
        (fake.answering(b"", "500 Broken"), fetching.Broken),
        (fake.answering(b"", "204 No Content"), fetching.NotThere),
        (LOOP, fetching.RedirectLoop),
        (fake.redirecting("file:///etc/passwd"), fetching.BadAddress),
        (fake.redirecting("http://[::1"), fetching.BadAddress),
        (fake.redirecting("//user:secret@example.org/"), fetching.BadAddress),
        (fake.redirecting("http://10.0.0.1/"), fetching.ForbiddenAddress),
        (fake.redirecting("http://[::ffff:10.0.0.1]/"), fetching.ForbiddenAddress),
        (fake.redirecting("http://[::ffff:7f00:1]:1/"), fetching.Unreachable),
        (fake.redirecting("http://[64:ff9b::a9fe:a9fe]/latest/"), fetching.ForbiddenAddress),
        (fake.redirecting("http://169.254.169.254/latest/meta-data/"), fetching.ForbiddenAddress),
    ],
)
def test_a_publisher_that_misbehaves_gets_a_typed_error_in_bounded_time(
    behaviour: fake.Behaviour, error: type[TocsinError]
) -> None:
    started = time.monotonic()
    with pytest.raises(error):
        ask("/loop", behaving("/loop", behaviour), limits=QUICK if error is fetching.TooSlow else PATIENT)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0"])
def test_a_loopback_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(fetching.BadAddress):
        ask("/f", lambda p: p.gives("/f", FEED), guard=Guard(), host=host)


def test_redirects_without_end_stop_at_the_bound() -> None:
    async def onward(request: fake.Request, writer: asyncio.StreamWriter) -> None:
        await fake.redirecting(request.path + "x")(request, writer)

    def arrange(publisher: Publisher) -> None:
        publisher.behaviours.update({"/" + "x" * n: onward for n in range(1, 50)})

    with pytest.raises(fetching.RedirectLoop):
        ask("/x", arrange)


def test_a_busy_server_says_when_to_come_back() -> None:
    with pytest.raises(fetching.ServerBusy) as caught:
        ask("/f", lambda p: p.gives("/f", b"", "429 Too Many Requests", Retry_After="120"))
    assert caught.value.retry_after_s == 120
    date, until = "Fri, 11 Nov 2022 05:00:00 GMT", "Fri, 11 Nov 2022 05:01:30 GMT"
    with pytest.raises(fetching.ServerBusy) as caught:
        ask("/f", lambda p: p.gives("/f", b"", "503 Busy", Retry_After=until, Date=date))
    assert caught.value.retry_after_s == 90


def test_a_server_that_is_not_there() -> None:
    async def run() -> None:
        async with Publisher() as publisher:
            url = publisher.url("/")
        async with fetching.open_session(LOOPBACK) as session:
            await fetch(session, url, Validators(), PATIENT)

    with pytest.raises(fetching.Unreachable):
        asyncio.run(run())


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://example.org/f", "http://", "http://[::1", "http://a:port/"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    async def run() -> None:
        async with fetching.open_session(LOOPBACK) as session:
            await fetch(session, url, Validators(), PATIENT)

    with pytest.raises(fetching.BadAddress):
        asyncio.run(run())


def test_sources_that_hang_slow_no_other() -> None:
    async def run() -> float:
        async with Publisher() as good, Publisher() as bad, fetching.open_session(LOOPBACK) as session:
            good.gives("/f", FEED)
            bad.behaviours["/f"] = fake.silent
            hanging = [asyncio.create_task(fetch(session, bad.url("/f"), Validators(), PATIENT)) for _ in range(30)]
            await asyncio.sleep(0)
            started = time.monotonic()
            for _ in range(10):
                await fetch(session, good.url("/f"), Validators(), PATIENT)
            took = time.monotonic() - started
            assert not any(task.done() for task in hanging)
            for task in hanging:
                task.cancel()
            return took

    assert asyncio.run(run()) < 5


def test_a_body_of_ten_megabytes_is_taken_whole() -> None:
    large = b"<p>" + b"word " * 2_000_000
    answer, _ = ask("/f", lambda p: p.gives("/f", large), limits=Limits())
    assert len(body_of(answer)) == len(large)


@pytest.mark.parametrize(
    ("current", "location", "expected"),
    [
        ("http://a/x/y", "../z", "http://a/z"),
        ("http://a/x", "//b/z#part", "http://b/z"),
        ("https://u:p@a/x", "/z", "https://u:p@a/z"),
        ("https://u:p@a/x", "https://b/z", "https://b/z"),
        ("http://a/x", "https://a/x", "https://a/x"),
    ],
)
def test_where_a_redirect_leads(current: str, location: str, expected: str) -> None:
    assert next_hop(current, location) == expected


def test_credentials_are_never_carried_in_the_clear_or_brought_by_a_redirect() -> None:
    with pytest.raises(fetching.BadAddress):
        next_hop("https://u:p@a/x", "http://a/x")
    with pytest.raises(fetching.BadAddress):
        next_hop("http://a/x", "http://u:p@b/x")


def test_an_error_names_the_address_without_its_password() -> None:
    with pytest.raises(fetching.NotThere) as caught:
        ask("/f", lambda p: None, host="user:secret@127.0.0.1")
    assert "secret" not in str(caught.value)
