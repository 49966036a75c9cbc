"""Subscription lists: as feed readers write them, carelessly, and hostile ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.intake.opml import Feed, NotOpml, feeds_in, opml

MINIFLUX = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Miniflux</title></head><body>
  <outline text="World"><outline title="Harbour News" text="Harbour News" xmlUrl="https://www.harbour.example/feed"
     htmlUrl="https://www.harbour.example/" type="rss"></outline>
  <outline text="Harbour &amp; Sport" xmlUrl="https://feeds.harbour.example/sport" htmlUrl="https://harbour.example/"/>
  </outline>
  <outline text="Ministry" xmlUrl="https://t.me/s/ministry"/>
</body></opml>"""


def test_feeds_stand_in_folders_and_those_of_one_site_are_one_publisher() -> None:
    feeds = feeds_in(MINIFLUX)
    assert [(feed.name, feed.url, feed.publisher) for feed in feeds] == [
        ("Harbour News", "https://www.harbour.example/feed", "harbour.example"),
        ("Harbour & Sport", "https://feeds.harbour.example/sport", "harbour.example"),
        ("Ministry", "https://t.me/s/ministry", "Ministry"),
    ]


@pytest.mark.parametrize(
    "careless",
    [
        b'<opml><body><outline text="A & B" xmlurl="https://a.example/f"/></body>',
        b'<OPML version="1.0"><body><outline TEXT="A  B" XMLURL=" https://a.example/f "/></body></OPML>',
        b'<opml><body><outline text="A" xmlUrl="https://a.example/f"/><outline xmlUrl="https://a.example/f"/></body></opml>',
    ],
    ids=["a bare ampersand and no end", "in capitals", "the same twice"],
)
def test_careless_lists_are_read(careless: bytes) -> None:
    assert [feed.url for feed in feeds_in(careless)] == ["https://a.example/f"]


@pytest.mark.parametrize(
    "other", [b"", b"not xml", b"<rss/>", b"{}", b"\xff\xfe\x00", b"<opml>" + b" " * (16 * 1024 * 1024)]
)
def test_what_is_no_list_is_refused(other: bytes) -> None:
    with pytest.raises(NotOpml):
        feeds_in(other)


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;" xmlUrl="https://a.example/f"/></body></opml>'
    assert all("root:" not in feed.name for feed in feeds_in(bomb))


words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(st.lists(st.tuples(words, words), max_size=5, unique_by=lambda one: one[0]))
def test_what_is_written_is_read_again(told: list[tuple[str, str]]) -> None:
    feeds = tuple(Feed(f"https://a.example/{path}", name, "https://a.example/", "en") for path, name in told)
    assert feeds_in(opml(feeds, "The Courier")) == feeds
