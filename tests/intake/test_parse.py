"""Feeds of every format, and documents that only claim to be one."""

from __future__ import annotations

import html
import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.errors import TocsinError
from tocsin.intake.decode import EntityBomb
from tocsin.intake.feed import Feed
from tocsin.intake.parse import NotAFeed, parse_feed
from tocsin.model import Item

GOLDEN = Path(__file__).parent.parent / "golden" / "feeds"
HERE = "https://feeds.example/all/index.xml"


def parse(body: bytes | str, content_type: str | None = None) -> Feed:
    return parse_feed(body.encode() if isinstance(body, str) else body, content_type, HERE, "s")


def rss(inside: str) -> str:
    return f"<rss><channel><title>t</title>{inside}</channel></rss>"


def only(body: bytes | str) -> Item:
    (item,) = parse(body).items
    return item


@pytest.mark.parametrize("name", ["wire.xml", "ministry.xml", "old.xml", "modern.jsonfeed"])
def test_golden_feeds(name: str) -> None:
    expected = json.loads((GOLDEN / name).with_suffix(".json").read_text("utf-8"))
    feed = parse((GOLDEN / name).read_bytes())
    shown = json.loads(msgspec.json.encode(feed))
    items = [{k: v for k, v in item.items() if v or k == "title"} for item in shown.pop("items")]
    assert items == [{"source": "s", **item} for item in expected.pop("items")]
    assert {k: v for k, v in shown.items() if v} == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Fri, 11 Nov 2022 05:00:00 GMT", "2022-11-11T05:00:00Z"),
        ("Fri, 11 Nov 2022 05:00:00 EST", "2022-11-11T05:00:00-05:00"),
        ("11 Nov 22 05:00 +0530", "2022-11-11T05:00:00+05:30"),
        ("Friday, 11 November 2022 05:00:00 BST", "2022-11-11T05:00:00+01:00"),
        ("2022-11-11T05:00:00+0200", "2022-11-11T05:00:00+02:00"),
        ("2022-11-11 05:00", "2022-11-11T05:00"),
        ("2022-11-11", "2022-11-11"),
        ("20221111", "2022-11-11"),
        ("2022-11", "2022-11"),
        ("2022", "2022"),
        ("2022-02-30", None),
        ("2022-11-11T05:00:00+99:99", None),
        ("Fri, 99 Nov 2022 05:00:00 GMT", None),
        ("0001-01-01T00:00:00Z", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
        ("9" * 1000, None),
    ],
)
def test_a_date_keeps_what_is_known_and_invents_nothing(written: str, expected: str | None) -> None:
    assert only(rss(f"<item><title>x</title><pubDate>{written}</pubDate></item>")).published == expected


def test_an_entry_without_identity_keeps_the_same_key() -> None:
    one, two = only(rss("<item><title>x</title></item>")), only(rss("<item><title>x</title></item>"))
    assert one.key == two.key
    assert one.key != only(rss("<item><title>y</title></item>")).key


@pytest.mark.parametrize(
    "mark",
    [
        "<wp:status xmlns:wp='w'>draft</wp:status>",
        "<draft>true</draft>",
        "<control xmlns='http://www.w3.org/2007/app'><draft>yes</draft></control>",
    ],
)
def test_drafts_are_recognised(mark: str) -> None:
    assert only(rss(f"<item><title>x</title>{mark}</item>")).draft


@pytest.mark.parametrize(
    ("mark", "urgency"),
    [
        ("<Urgency FormalName='2'/>", 2),
        ("<n:priority xmlns:n='n'>flash</n:priority>", 1),
        ("<priority>0.8</priority>", None),
        ("<urgency>9</urgency>", None),
    ],
)
def test_urgency_is_the_wires_or_none(mark: str, urgency: int | None) -> None:
    assert only(rss(f"<item><title>x</title>{mark}</item>")).urgency == urgency


def test_active_content_never_comes_through() -> None:
    markup = (
        "<script>steal()</script><a href='javascript:x()'>a</a><iframe src='//x'></iframe>"
        "<img src='x' onerror='y()'><style>b{}</style><p style='x' onclick='y()'>Words</p>"
    )
    evil = html.escape(markup)
    item = only(rss(f"<item><title>{evil}</title><link>javascript:x()</link><description>{evil}</description></item>"))
    assert item.url is None
    assert "steal" not in item.title + item.summary
    assert not any(word in item.summary for word in ("script", "onerror", "onclick", "iframe", "style"))
    assert "Words" in item.summary


def laughs(levels: int) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]>'


@pytest.mark.parametrize(
    "bomb",
    [
        laughs(10) + rss("<item><title>&l9;</title></item>"),
        f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]>' + rss(f"<item><title>{'&a;' * 50_000}</title></item>"),
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + rss("<item><title>&a;</title></item>"),
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>' + rss(""),
    ],
)
def test_entity_bombs_are_refused_before_any_parser(bomb: str) -> None:
    started = time.process_time()
    with pytest.raises(EntityBomb):
        parse(bomb)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"<html><body><p>No feed</p></body></html>",
        b"{}",
        b"[1]",
        b'{"items": 3}',
        b"\x00\x01\x02",
    ],
)
def test_what_is_no_feed_says_so(body: bytes) -> None:
    with pytest.raises(TocsinError):
        parse(body)


ITEM = "<item><title>A &amp; B</title><link>https://a.example/1</link></item>"


@pytest.mark.parametrize(
    "broken",
    [
        rss(ITEM.replace("&amp;", "&")),
        rss(ITEM).removesuffix("</channel></rss>"),
        "junk before " + rss(ITEM),
        rss(ITEM.replace("B", "B\x0b")),
        rss(ITEM.replace("<item>", "<item><un:declared>x</un:declared>")),
    ],
)
def test_a_malformed_feed_is_still_read(broken: str) -> None:
    item = only(broken)
    assert (item.title, item.url) == ("A & B", "https://a.example/1")


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", None),
        ("utf-16", None),
        ("koi8-u", "text/xml; charset=koi8-u"),
        ("cp1251", "application/rss+xml; charset=windows-1251"),
        ("utf-8", "text/xml; charset=us-ascii"),
        ("utf-8", "text/xml; charset=nonsense"),
    ],
)
def test_words_survive_their_encoding(encoding: str, content_type: str | None) -> None:
    text = rss("<item><title>Міст закрито</title></item>")
    assert parse(text.encode(encoding), content_type).items[0].title == "Міст закрито"


def test_a_declaration_that_lies_is_not_believed() -> None:
    text = '<?xml version="1.0" encoding="ascii"?>' + rss("<item><title>Café</title></item>")
    assert only(text).title == "Café"


def test_a_flood_of_entries_is_bounded() -> None:
    assert len(parse(rss("<item><title>x</title></item>" * 5000)).items) == 1000


def test_deep_nesting_is_no_crash() -> None:
    with pytest.raises(NotAFeed):
        parse("<a>" * 100_000)
    with pytest.raises(TocsinError):
        parse("[" * 100_000)


def entry(markup: str) -> str:
    return rss(f"<item><title>x</title><description>{html.escape(markup)}</description></item>")


@pytest.mark.parametrize(
    "feed",
    [
        entry("<div>" * 60_000),
        entry("<x><p></x></p>" * 30_000 + "<div></div>" * 30_000),
        rss(f"<item><title>x{html.escape('<ul><li>' * 30_000)}</title></item>"),
        rss(f"<item><title>x</title><author>{'(@' * 100_000}</author></item>"),
        f"<rss xml:base='http://x.example/{'a/' * 300_000}'><channel><title>t</title>"
        + "<item><title>x</title><link>../../b</link></item>" * 1000
        + "</channel></rss>",
    ],
    ids=["nested", "nested by wrong ends", "nested in a title", "brackets", "a long base"],
)
def test_a_hostile_feed_costs_seconds_at_most(feed: str) -> None:
    began = time.process_time()
    assert parse(feed).items
    assert time.process_time() - began < 3


def test_a_long_entry_keeps_its_words_and_loses_what_is_active() -> None:
    item = only(entry("Before <p>One &lt;two&gt; <b>three</b> <a href='/y' onclick='z()'>four</a></p>" * 1000))
    assert item.summary.startswith("Before <p>One &lt;two&gt; <b>three</b> <a href=")
    assert "onclick" not in item.summary
    assert item.summary.count("four</a>") == 1000


SCRAPS = (
    "<rss> <channel> <item> </item> <title> </title> <entry> </entry> <![CDATA[ ]]> <!-- & &amp; &#x0; <source> ]> "
    "<feed/xmlns='http://www.w3.org/2005/Atom'> <link/href=' '/> <content/type='base64'> <content/type='xhtml'> "
    "<!DOCTYPE/a/[ <!ENTITY/b/'c'> &b; <pubDate> 9 x \x00 /"
)
MARKUP = st.lists(st.sampled_from([scrap.replace("/", " ", 1) for scrap in SCRAPS.split(" ")]), max_size=40)


@settings(max_examples=300, deadline=2000)
@given(st.binary(max_size=400) | MARKUP.map(lambda parts: "".join(parts).encode()))
def test_no_bytes_crash_the_parser(body: bytes) -> None:
    try:
        feed = parse(body)
    except TocsinError:
        return
    assert all(item.key for item in feed.items)


def test_entries_that_share_a_guid_are_told_apart_by_their_pages() -> None:
    entries = "".join(
        f"<item><title>Story {n}</title><link>https://post.example/{n}</link><guid>0</guid></item>" for n in (1, 2)
    )
    twice = "<item><title>Story 3</title><link>https://post.example/3</link><guid>3</guid></item>" * 2
    rss = f"<rss version='2.0'><channel><title>Post</title>{entries}{twice}</channel></rss>"
    keys = [item.key for item in parse_feed(rss.encode(), None, "https://post.example/feed", "Post").items]
    assert keys == ["https://post.example/1", "https://post.example/2", "3", "3"]
