"""Control characters, which editors paste and HTML may name, cost no article, no channel and no mail."""

import json
from email import message_from_bytes

import pytest

from tocsin.intake.extract import article_from_item
from tocsin.intake.mail import read_head
from tocsin.intake.mail_text import words_of
from tocsin.intake.parse import parse_feed
from tocsin.model import Item

CONTROLS = [chr(code) for code in (*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF)]
ALL = "".join(CONTROLS)
NAMED = "".join(f"&#{ord(each)};" for each in CONTROLS)


@pytest.mark.parametrize("strange", [ALL, NAMED], ids=["as they are", "by number"])
def test_an_entry_is_read(strange: str) -> None:
    article = article_from_item(
        Item("Post", "1", title="Fire", content=f"<p>The mayor{strange} spoke.<br>{strange}</p>")
    )
    assert article.text == "The mayor spoke."


def test_a_feed_s_title_is_one_line_of_plain_words() -> None:
    entry = {"id": "1", "title": f"Fire{ALL} in port", "content_html": "<p>Smoke.</p>"}
    feed = parse_feed(json.dumps({"items": [entry]}).encode(), None, "https://post.example/feed", "Post")
    assert [item.title for item in feed.items] == ["Fire in port"]


@pytest.mark.parametrize("strange", [ALL, NAMED], ids=["as they are", "by number"])
def test_a_channel_is_read(strange: str) -> None:
    words = (
        f'<div class="js-message_text">Sirens{strange} in <a href="#">Kyiv{strange}</a>{strange}<br>{strange}Now</div>'
    )
    page = f'<html class="tgme_a"><section class="tgme_channel_history"><div data-post="a/1">{words}</div></section>'
    (item,) = parse_feed(page.encode(), None, "https://t.me/s/a", "Channel").items
    assert item.content.split() == ["Sirens", "in", "Kyiv", "Now"]


def test_a_mail_is_read_and_its_head_holds_nothing_that_a_database_refuses() -> None:
    strange = "\0" + ALL.encode().decode()[:31]
    head = f"From: a@press.example\r\nSubject: Fire{strange} in port\r\nMessage-ID: <1{strange}>\r\n"
    raw = f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n<p>The mayor{NAMED} spoke.<br>{ALL}</p>".encode()
    assert read_head(raw).subject == "Fire in port"
    assert "\0" not in read_head(raw).id
    assert words_of(message_from_bytes(raw)).strip() == "The mayor spoke."
