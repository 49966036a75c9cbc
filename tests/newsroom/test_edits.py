"""What a source changes of an item after it was kept is told: a push, a channel's post, behind an alert or a draft."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.desk.test_duty import Bell, Hands, bell, hands, on_duty, parts
from tests.fakes.publisher import Publisher, redirecting
from tests.fakes.telegram import post, preview
from tests.newsroom.test_starting import publisher
from tocsin.desk.approval import approve, drop
from tocsin.desk.duty import ring
from tocsin.intake.parse import parse_feed
from tocsin.intake.webhook import parse_push
from tocsin.jobs.port import Job
from tocsin.model import Item, Source
from tocsin.newsroom.afterwards import look_again
from tocsin.newsroom.judging_room import JudgingRoom
from tocsin.newsroom.keeping import READ, keep
from tocsin.newsroom.reading_room import ReadingRoom
from tocsin.store.alerts import Version, VersionState, versions_in
from tocsin.store.watched import Flag, flags_of, open_flags, pages_of
from tocsin.stories.rules import Rules
from tocsin.web.desk.composer import composer_of
from tocsin.wiring import Parts

__all__ = ["bell", "hands", "parts", "publisher"]

TITLE = "Explosion at the north harbour kills nine"
LEAD = "An explosion at the north harbour killed nine people early on Monday, the mayor said."
BODY = "The fire service said that the fire was under control. Smoke stood above the grain terminal for hours."
WIRE = Source("wire", "Northern Wire", "northern", push=True, tier=1, may_alert_alone=True)


def pushed(now: Hands, title: str = TITLE, text: str = f"{LEAD}\n{BODY}", **more: str | bool) -> tuple[Item, ...]:
    published = (now.at - timedelta(minutes=1)).isoformat()
    said = {"id": "a1", "headline": title, "articleBody": text, "datePublished": published, "language": "en"}
    return parse_push(json.dumps({**said, "urgency": 1, **more}).encode(), WIRE.name)


@dataclass
class Newsroom:
    """A newsroom whose steps the test takes one by one."""

    parts: Parts
    source: Source = WIRE

    def gets(self, items: tuple[Item, ...]) -> int:
        with self.parts.store.write() as connection:
            return len(keep(self.parts, connection, items))

    def drafts(self, items: tuple[Item, ...]) -> Version:
        """Read and judge what came; return the draft that waits."""
        assert self.gets(items)
        sources = {self.source.name: self.source}
        ReadingRoom(self.parts, sources).read(Job(READ, "1", 1))
        assert JudgingRoom(self.parts, sources, Rules()).judge_waiting() == 1
        with self.parts.store.read() as connection:
            (version,) = versions_in(connection, VersionState.HELD)
        return version

    def sends(self, version: Version) -> Version:
        with self.parts.store.write() as connection:
            approve(self.parts, connection, version.id, by="mara", at=self.parts.clock(), alone="nobody else is up")
        return version

    def flags(self) -> tuple[Flag, ...]:
        look_again(self.parts)
        with self.parts.store.read() as connection:
            return open_flags(connection)


@pytest.fixture
def newsroom(parts: Parts) -> Newsroom:
    return Newsroom(parts)


def test_a_push_that_changes_the_toll_after_the_alert_is_told_to_who_is_on_duty(
    newsroom: Newsroom, parts: Parts, hands: Hands, bell: Bell
) -> None:
    on_duty(parts, bell, "mara")
    sent = newsroom.sends(newsroom.drafts(pushed(hands)))
    assert newsroom.gets(pushed(hands)) == 0
    assert newsroom.flags() == (), "the same again is no change"
    fewer = LEAD.replace("nine", "four")
    assert newsroom.gets(pushed(hands, TITLE.replace("nine", "four"), f"{fewer}\n{BODY}")) == 0, "it is no second item"
    flags = newsroom.flags()
    assert {flag.version for flag in flags} == {sent.id}
    told = {flag.kind: (flag.before, flag.now) for flag in flags}
    assert told["title"] == (TITLE, TITLE.replace("nine", "four"))
    assert "killed nine" in told["words"][0]
    assert "killed four" in told["words"][1]
    assert newsroom.flags() == flags, "each change is told once"
    assert ring(parts) > 0
    assert any("has another title" in text for _, text in bell.rung)


def test_an_edit_between_the_draft_and_its_approval_is_told_as_well(newsroom: Newsroom, hands: Hands) -> None:
    held = newsroom.drafts(pushed(hands))
    newsroom.gets(pushed(hands, "Explosion at the north harbour: police deny deaths"))
    assert newsroom.flags() == (), "a draft that waits rings by itself"
    with newsroom.parts.store.read() as connection:
        (flag,) = flags_of(connection, [held.id])
    assert (flag.kind, flag.now) == ("title", "Explosion at the north harbour: police deny deaths")
    newsroom.sends(held)
    assert newsroom.flags() == (flag,), "sent all the same, it is the alert's"


def test_a_draft_that_was_dropped_rings_for_no_edit(newsroom: Newsroom, parts: Parts, hands: Hands) -> None:
    held = newsroom.drafts(pushed(hands))
    newsroom.flags()
    with parts.store.write() as connection:
        drop(connection, held.id, by="mara", at=hands.at)
    newsroom.gets(pushed(hands, "Nothing happened"))
    assert newsroom.flags() == ()


@pytest.mark.parametrize("said", [{"draft": True}, {"creativeWorkStatus": "Withdrawn"}])
def test_a_push_that_takes_the_article_back_is_told(newsroom: Newsroom, hands: Hands, said: dict[str, Any]) -> None:
    newsroom.sends(newsroom.drafts(pushed(hands)))
    newsroom.gets(pushed(hands, **said))
    assert [(flag.kind, flag.now) for flag in newsroom.flags()] == [("gone", "its publisher has taken it back")]


@pytest.mark.parametrize("headline", ["", TITLE])
def test_a_feed_s_entry_of_what_was_pushed_whole_is_no_change(newsroom: Newsroom, hands: Hands, headline: str) -> None:
    """What one of them leaves out can't have changed, a headline no more than the text."""
    article = f"<article><h1>{TITLE}</h1><p>{LEAD}</p><p>{BODY}</p></article>"
    (whole,) = pushed(hands, headline, f"<html><body><nav>Home World</nav>{article}</body></html>")
    newsroom.sends(newsroom.drafts((whole,)))
    newsroom.gets((replace(whole, title=TITLE, content="", summary=f"{LEAD[:40]}…"),))
    newsroom.gets((replace(whole, title=TITLE, content=f"<p>{LEAD[:60]}…</p>"),))
    assert newsroom.flags() == ()


def test_a_feed_s_other_title_of_what_was_pushed_is_told(newsroom: Newsroom, hands: Hands) -> None:
    (whole,) = pushed(hands)
    newsroom.sends(newsroom.drafts((whole,)))
    newsroom.gets((replace(whole, title="Four dead in harbour blast", content=""),))
    assert [(flag.kind, flag.now) for flag in newsroom.flags()] == [("title", "Four dead in harbour blast")]


def test_a_change_that_was_taken_back_before_anybody_looked_is_none(newsroom: Newsroom, hands: Hands) -> None:
    newsroom.sends(newsroom.drafts(pushed(hands)))
    newsroom.gets(pushed(hands, "A slip of the pen"))
    newsroom.gets(pushed(hands))
    assert newsroom.flags() == ()


def test_an_older_wording_that_comes_late_changes_nothing(newsroom: Newsroom, hands: Hands) -> None:
    newsroom.sends(newsroom.drafts(pushed(hands, dateModified="2026-11-23T05:00:00Z")))
    newsroom.gets(pushed(hands, "Four died", dateModified="2026-11-23T05:05:00Z"))
    newsroom.gets(pushed(hands, "Explosion heard", dateModified="2026-11-23T04:55:00Z"))
    assert [flag.now for flag in newsroom.flags() if flag.kind == "title"] == ["Four died"]


def test_entries_that_share_a_key_are_no_edits_of_each_other(newsroom: Newsroom, hands: Hands) -> None:
    newsroom.sends(newsroom.drafts(pushed(hands)))
    newsroom.gets(pushed(hands, "Weather") + pushed(hands, "Sports"))
    assert newsroom.flags() == ()


CHANNEL = Source("Harbour", "Harbour", "Harbour", url="https://t.me/s/harbour", tier=1, language="en")
FERRY = (
    "At least 14 people were killed when a passenger ferry capsized in a storm on Monday, the coastguard said. "
    "The ferry sent a distress call at 6.40am."
)


def posts(hands: Hands, *texts: tuple[int, str]) -> bytes:
    return preview(*(post(number, text, at=hands.at - timedelta(minutes=1)) for number, text in texts))


def listed(hands: Hands, *texts: tuple[int, str]) -> tuple[Item, ...]:
    return parse_feed(posts(hands, *texts), "text/html", "https://t.me/s/harbour", "Harbour").items


@pytest.mark.parametrize(
    "edited",
    [
        FERRY.replace("At least 14 people were", "One person was"),
        FERRY.replace("6.40am", "5.10am"),
        "The ferry has arrived safely, the coastguard said: the report of its loss was false.",
    ],
)
def test_a_channel_s_post_that_is_edited_after_the_alert_is_told(parts: Parts, hands: Hands, edited: str) -> None:
    newsroom = Newsroom(parts, CHANNEL)
    version = newsroom.drafts(listed(hands, (2, FERRY)))
    newsroom.sends(version)
    newsroom.gets(listed(hands, (2, FERRY), (3, "The port is closed.")))
    assert newsroom.flags() == ()
    newsroom.gets(listed(hands, (2, edited), (3, "The port is closed.")))
    flags = newsroom.flags()
    assert flags
    assert {(flag.version, flag.url) for flag in flags} == {(version.id, "https://t.me/harbour/2")}
    assert all(flag.before in FERRY for flag in flags)


@pytest.mark.parametrize(
    ("shown", "kinds"),
    [
        (((1, "The port is open."),), {"gone"}),
        (((1, "The port is open."), (2, "")), {"gone"}),
        (((1, "The port is open."), (2, FERRY.replace("14", "4"))), {"title", "words"}),
    ],
)
def test_a_post_that_has_left_the_channel_s_newest_page_is_looked_at_where_it_is_listed(
    parts: Parts, hands: Hands, publisher: Publisher, shown: tuple[tuple[int, str], ...], kinds: set[str]
) -> None:
    landing = b'<!DOCTYPE html><html><head><title>Telegram</title></head><body><div class="tgme_page">View</div></body>'
    publisher.gives("/harbour/2", landing, Content_Type="text/html")
    publisher.gives("/s/harbour?before=3", posts(hands, (1, "The port is open."), (2, FERRY)))
    newsroom = Newsroom(parts, CHANNEL)
    (item,) = (each for each in listed(hands, (2, FERRY)))
    held = newsroom.drafts((Item(item.source, item.key, "", publisher.url("/harbour/2"), content=item.content,
                                 published=item.published),))  # fmt: skip
    newsroom.sends(held)
    hands.at += timedelta(minutes=2)
    assert newsroom.flags() == ()
    publisher.gives("/s/harbour?before=3", posts(hands, *shown))
    hands.at += timedelta(minutes=11)
    assert newsroom.flags() == (), "seen once it may be a hiccup"
    hands.at += timedelta(minutes=3)
    assert {flag.kind for flag in newsroom.flags()} == kinds


def test_whoever_decides_sees_how_the_draft_s_link_answers(
    newsroom: Newsroom, parts: Parts, hands: Hands, publisher: Publisher
) -> None:
    article = f"<html lang=en><title>{TITLE}</title><body><article><h1>{TITLE}</h1><p>{LEAD}</p><p>{BODY}</p></article>"
    publisher.gives("/a", article.encode(), Content_Type="text/html")
    publisher.gives("/b", b"", status="410 Gone")
    publisher.behaviours["/c"] = redirecting(publisher.url("/there", host="localhost"))
    publisher.gives("/there", article.encode(), Content_Type="text/html")
    publisher.gives("/d", b"", status="403 Forbidden")
    publisher.gives("/e", b"", status="503 Busy")
    held = newsroom.drafts(pushed(hands, url=publisher.url("/a")))
    assert link_told(parts, held) == ("", True), "before it was looked at nothing is said of it"
    look_again(parts)
    assert link_told(parts, held) == ("the article's link opens (05:00 UTC)", True)
    for path, said, well in (
        ("/e", "did not open at", False),
        ("/b", "is dead", False),
        ("/c", "leads to another site", False),
        ("/d", "is closed to programs", True),
    ):
        publisher.behaviours["/a"] = publisher.behaviours[path]
        hands.at += timedelta(minutes=11)
        look_again(parts)
        seen, is_well = link_told(parts, held)
        assert said in seen
        assert is_well is well


def link_told(parts: Parts, held: Version) -> tuple[str, bool]:
    with parts.store.read() as connection:
        assert len(pages_of(connection, held.id)) <= 1
        checks = composer_of(parts, connection, held, parts.clock()).checks
    return next(((check.seen, check.well) for check in checks if check.name == "link"), ("", True))
