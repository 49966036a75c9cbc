"""Channels: what of a post is read, what is no item, and pages that are something else or hostile."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.telegram import closed, post, preview
from tocsin.errors import BadInput
from tocsin.intake.extract import article_from_item
from tocsin.intake.feed import Feed
from tocsin.intake.parse import parse_feed
from tocsin.intake.telegram import NoPreview
from tocsin.model import Item

URL = "https://t.me/s/harbour"
PHOTO = '<a class="tgme_widget_message_photo_wrap" href="#" style="background-image:url(https://cdn/1.jpg)"></a>'
PAGE = (
    '<a class="tgme_widget_message_link_preview" href="https://news.example/bridge">'
    '<div class="link_preview_site_name accent_color" dir="auto">News Example</div>'
    '<div class="link_preview_title" dir="auto">Bridge closed after collision</div>'
    '<div class="link_preview_description" dir="auto">A barge hit it &lt;at noon&gt;.</div></a>'
)
REPLY = (
    '<a class="tgme_widget_message_reply" href="https://t.me/harbour/1"><div class="tgme_widget_message_author">'
    '<span class="tgme_widget_message_author_name">Harbour</span></div>'
    '<div class="tgme_widget_message_text js-message_text">What was said before.</div></a>'
)


def read(*posts: str) -> Feed:
    return parse_feed(preview(*posts), "text/html; charset=utf-8", URL, "Harbour")


def one(text: str = "", **more: str) -> Item:
    (item,) = read(post(7, text, at=None, **more)).items
    return item


def text_of(item: Item) -> str:
    return article_from_item(item).text


def test_posts_come_newest_first_with_their_own_link_time_and_no_headline() -> None:
    feed = read(post(1, "The bridge is closed."), post(2, "It is open."))
    assert feed.title == "The Harbour"
    assert [item.content for item in feed.items] == ["It is open.", "The bridge is closed."]
    first = feed.items[1]
    assert (first.key, first.url, first.title) == ("https://t.me/harbour/1", "https://t.me/harbour/1", "")
    assert first.published == "2026-11-23T12:01:00+00:00"
    assert feed.earlier is None, "there is nothing before the first post"
    assert read(post(40, "Late.")).earlier == "https://t.me/s/harbour?before=40"


def test_lines_emoji_and_marks_of_a_post_stay_and_markup_goes() -> None:
    item = one(
        '<tg-emoji><i class="emoji" style="x"><b>⚡️</b></i></tg-emoji><b>Bridge &lt;closed&gt;</b><br/><br/>'
        'Police <a href="https://police.example">said</a> so at 2 &amp; 3.<br/>Nobody was hurt.'
    )
    assert text_of(item) == "⚡️Bridge <closed>\n\nPolice said so at 2 & 3.\n\nNobody was hurt."


def test_a_footer_of_links_alone_is_no_part_of_the_text_unless_there_is_nothing_else() -> None:
    footer = '<a href="https://t.me/+x">👉 Harbour. Subscribe</a>'
    assert text_of(one(f"The bridge is closed.<br/><br/>{footer} | <a href='https://x'>Chat</a>")) == (
        "The bridge is closed."
    )
    assert text_of(one('<a href="https://news.example/1">The bridge is closed</a>')) == "The bridge is closed"


def test_what_was_forwarded_is_credited_to_where_it_comes_from() -> None:
    assert one("The bridge is closed.", forwarded="City Police").credited == "City Police"
    assert one("The bridge is closed.").credited is None


def test_an_edited_post_keeps_its_key() -> None:
    assert one("Corrected.", edited="edited &nbsp;").key == one("As it was.").key
    assert one("Corrected.", edited="edited &nbsp;").content == "Corrected."


def test_a_caption_is_text_and_a_picture_alone_is_no_item() -> None:
    assert one("The bridge at noon.", above=PHOTO).content == "The bridge at noon."
    video = '<video src="x"></video><time class="message_video_duration">0:42</time>'
    assert one("Footage.", above=video).published == "2026-11-23T12:07:00+00:00"
    assert read(post(3, above=PHOTO), post(4, above=video)).items == ()


def test_notices_of_the_channel_and_what_a_reply_quotes_are_not_taken() -> None:
    assert read(post(1, "Channel created", kind="service_message")).items == ()
    assert one("Now it is open.", above=REPLY).content == "Now it is open."


def test_a_post_that_is_only_a_link_is_read_as_the_page_behind_it_and_credited_to_that_site() -> None:
    item = one('<a href="https://news.example/bridge">https://news.example/bridge</a>', below=PAGE)
    assert (item.title, item.url, item.credited) == (
        "Bridge closed after collision", "https://news.example/bridge", "News Example",
    )  # fmt: skip
    assert text_of(item) == "A barge hit it <at noon>."
    assert item.key == "https://t.me/harbour/7"
    assert one("The bridge is closed.", below=PAGE).title == "", "a post with words of its own is told by these"
    assert read(post(7, '<a href="https://x.example">https://x.example</a>')).items == ()


@pytest.mark.parametrize("url", ["https://t.me/harbour", "https://t.me/s/harbour", "https://t.me/harbour/12"])
def test_a_channel_without_a_preview_says_what_to_do(url: str) -> None:
    with pytest.raises(NoPreview, match=r"shows no posts.*https://t\.me/s/harbour shows posts in a browser.*private"):
        parse_feed(closed("harbour"), "text/html", url, "Harbour")


def test_an_address_that_is_no_channel_says_how_one_looks() -> None:
    with pytest.raises(NoPreview, match=r"https://t\.me/s/NAME"):
        parse_feed(closed("x"), "text/html", "https://t.me/joinchat/ab-c", "Harbour")


def test_a_post_whose_name_is_none_is_left_out() -> None:
    forged = post(1, "x").replace("harbour/1", "javascript:alert(1)")
    assert read(forged, post(2, "y")).items[0].content == "y"
    assert len(read(forged).items) == 0


def test_a_script_in_a_post_stays_text() -> None:
    item = one("&lt;script&gt;alert(1)&lt;/script&gt; said the mayor")
    assert "<script" not in item.content
    assert text_of(item).startswith("<script>alert(1)</script> said")


@pytest.mark.parametrize(
    "body",
    [
        preview(*(post(number, "<br/>" * 100 + "x") for number in range(1, 1100))),
        preview("<div data-post='a/1'>" * 20_000),
        preview(post(1, "<a>" * 100_000)),
        preview(post(1, "<a href='x'>y" * 50_000)),
        preview(post(1, "a " * 1_000_000)),
    ],
    ids=["many posts", "posts within posts", "links within links", "links without end", "a long post"],
)
def test_a_hostile_page_costs_seconds_at_most(body: bytes) -> None:
    began = time.process_time()
    feed = parse_feed(body, "text/html; charset=utf-8", URL, "Harbour")
    assert time.process_time() - began < 5
    assert len(feed.items) <= 1000
    assert all(len(item.content) < 200_000 for item in feed.items)


def test_a_page_beyond_all_measure_is_refused() -> None:
    with pytest.raises(NoPreview, match="characters"):
        parse_feed(preview("x" * 5_000_000), "text/html", URL, "Harbour")


PIECES = (b"<div", b">", b"</div>", b' data-post="a/9"', b' class="tgme_channel_history"', b"<a href='", b"<br/>",
          b"\0", b"&#x0;", b"\xff\xfe", b"<!--", b"]]>", b"<time datetime='2026-99-99'>", b"tgme_widget_message_text",
          b' class="js-message_text"', "\ue000".encode(), b"text", b'"')  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_whatever_stands_in_it_a_page_gives_items_or_a_clear_refusal(pieces: list[bytes]) -> None:
    body = preview(post(1, "Kept.")).replace(b"</section>", b"".join(pieces) + b"</section>")
    try:
        feed = parse_feed(body, "text/html; charset=utf-8", URL, "Harbour")
    except BadInput:
        return
    for item in feed.items:
        assert item.key.startswith("https://t.me/")
        assert item.content or item.title
        article_from_item(item)
