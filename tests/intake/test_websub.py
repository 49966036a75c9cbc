"""WebSub, the pure part: where the hub is found, when it is asked, whose push counts (websub.rocks 100–104)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.intake.parse import parse_feed
from tocsin.intake.websub import Asked, ForgedContent, Hub, check_signature, find_hub, lease_end, why_ask

NOW = datetime(2024, 5, 17, 12, tzinfo=UTC)
HUB = Hub("https://hub.example/", "https://post.example/feed")
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>
<link rel="hub" href="https://hub.example/"/><link rel="self" href="https://post.example/feed"/></feed>"""
RSS = b"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>T</title>
<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://post.example/feed"/></channel></rss>"""


def in_feed(body: bytes) -> Hub | None:
    feed = parse_feed(body, None, "https://post.example/other", "Post")
    return Hub(feed.hub, feed.self_url or "") if feed.hub else None


@pytest.mark.parametrize("body", [ATOM, RSS])
def test_hub_and_topic_are_found_in_atom_and_rss(body: bytes) -> None:
    assert find_hub([], in_feed(body), "https://post.example/other") == HUB


@pytest.mark.parametrize(
    "links",
    [
        ['<https://hub.example/>; rel="hub", <https://post.example/feed>; rel="self"'],
        ["<https://hub.example/>; rel=hub", "</feed>; title=x; rel=self"],
        ['<https://hub.example/>; rel="other hub"; type="a/b"', '<feed>; REL="self"'],
    ],
)
def test_hub_and_topic_are_found_in_link_headers(links: list[str]) -> None:
    assert find_hub(links, None, "https://post.example/x") == HUB


def test_link_headers_come_before_the_document() -> None:
    found = find_hub(["<https://other.example/>; rel=hub"], in_feed(ATOM), "https://post.example/x")
    assert found == Hub("https://other.example/", "https://post.example/feed")


def test_without_self_the_topic_is_the_address_fetched() -> None:
    assert find_hub(["<https://hub.example/>; rel=hub"], None, "https://post.example/feed") == HUB


@pytest.mark.parametrize(
    "link", ["", "<javascript:x>; rel=hub", "<>; rel=hub", "<" * 9000, "<https://h.example/>; rel"]
)
def test_what_is_no_hub_is_none(link: str) -> None:
    assert find_hub([link], None, "https://post.example/feed") is None


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_signed_content_is_taken(algorithm: str) -> None:
    check_signature("s", f"{algorithm}={hmac.new(b's', b'body', algorithm).hexdigest()}", b"body")


@pytest.mark.parametrize(
    "header",
    [None, "", "sha256=", "sha256=00", "sha256=é", "md5=" + hmac.new(b"s", b"body", hashlib.md5).hexdigest()],
)
def test_content_without_its_signature_is_refused(header: str | None) -> None:
    with pytest.raises(ForgedContent):
        check_signature("s", header, b"body")


def test_a_hub_is_asked_once_and_again_before_its_lease_ends() -> None:
    asked = Asked(HUB, "asked", NOW)
    active = Asked(HUB, "active", NOW, NOW + timedelta(hours=10))
    assert why_ask(None, HUB, NOW) == "the feed names a hub"
    assert why_ask(asked, HUB, NOW + timedelta(minutes=1)) is None
    assert why_ask(asked, HUB, NOW + timedelta(minutes=16)) == "the hub never verified"
    assert why_ask(active, HUB, NOW + timedelta(hours=7)) is None
    assert why_ask(active, HUB, NOW + timedelta(hours=8, minutes=1)) == "the lease ends soon"
    assert why_ask(active, replace(HUB, topic="https://post.example/2"), NOW) == "the feed names another hub or topic"


def test_a_hub_that_lets_the_lease_end_or_refuses_is_asked_again_but_not_at_each_poll() -> None:
    ended = Asked(HUB, "active", NOW, NOW + timedelta(minutes=1))
    denied, failed = Asked(HUB, "denied", NOW), Asked(HUB, "failed", NOW)
    assert why_ask(failed, HUB, NOW + timedelta(minutes=59)) is None
    assert why_ask(failed, HUB, NOW + timedelta(minutes=61)) == "asked again after a failure"
    assert why_ask(ended, HUB, NOW + timedelta(minutes=5)) is None
    assert why_ask(ended, HUB, NOW + timedelta(minutes=16)) == "the lease has ended"
    assert why_ask(denied, HUB, NOW + timedelta(hours=1)) is None
    assert why_ask(denied, HUB, NOW + timedelta(hours=13)) == "asked again after a refusal"


@pytest.mark.parametrize(
    ("told", "minutes"), [("3600", 60), ("1", 5), ("999999999", 43200), (None, 10080), ("x", 10080), ("-5", 10080)]
)
def test_a_lease_is_kept_within_bounds(told: str | None, minutes: int) -> None:
    assert lease_end(told, NOW) - NOW == timedelta(minutes=minutes)
