"""Changed rules are tried on yesterday: by a process of its own, on what really came in, before they are saved."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.newsroom.test_path import FERRY, NOON, TEXT, Newsroom
from tocsin.errors import WrongUse
from tocsin.model import Item
from tocsin.newsroom.rehearsing import UnderWay, rehearse_on, start
from tocsin.settings import Intake
from tocsin.store.engine import Store
from tocsin.store.rehearsals import Rehearsal, rehearsal_of
from tocsin.stories.rehearse import Rehearsed
from tocsin.stories.rules import Rules

SOURCES = '[[source]]\nname = "Post"\npush = true\ntier = 1\nmay_alert_alone = true\n'


@pytest.fixture
def newsroom(store: Store, tmp_path: Path) -> Newsroom:
    room = Newsroom(store, tmp_path)
    (tmp_path / "sources.toml").write_text(SOURCES)
    room.parts.settings.intake = Intake(sources=tmp_path / "sources.toml")
    room.reads(Item("Post", "1", FERRY, content=TEXT, published=(NOON - timedelta(hours=1)).isoformat()))
    room.room.judge_waiting()
    return room


def waited(newsroom: Newsroom, number: int) -> Rehearsal:
    for _ in range(1500):
        with newsroom.store.read() as connection:
            found = rehearsal_of(connection, number)
        assert found is not None
        if found.done_at:
            return found
        time.sleep(0.1)
    raise AssertionError("the rehearsal did not end")


@pytest.mark.timeout(400)
def test_stricter_rules_would_not_have_sent_it_and_the_page_says_which(newsroom: Newsroom) -> None:
    assert len(newsroom.versions()) == 1
    newsroom.clock.now += timedelta(hours=1)
    number = start(newsroom.parts, {"fresh_hours": 0.5}, by="mara")
    with pytest.raises(UnderWay):
        start(newsroom.parts, {"fresh_hours": 0.25}, by="olaf")
    done = waited(newsroom, number)
    assert done.error is None
    assert done.result is not None
    assert (done.result.articles, done.result.sent_before, done.result.sent_now) == (1, 1, 0)
    (would,) = done.result.differ
    assert (would.headline, would.before, would.now) == (FERRY, "sent", "neither")
    assert waited(newsroom, start(newsroom.parts, {"fresh_hours": 0.25}, by="olaf")).id > number


def rehearsed(newsroom: Newsroom, **rules: float) -> Rehearsed:
    began = newsroom.clock.now
    with newsroom.store.read() as connection:
        return rehearse_on(newsroom.parts, connection, Rehearsal(1, rules, "mara", began, None, None, None))


def test_what_was_told_the_day_before_is_no_news_and_older_articles_do_not_count(newsroom: Newsroom) -> None:
    newsroom.clock.now += timedelta(hours=2)
    newsroom.reads(Item("Post", "2", FERRY, content=TEXT, published=newsroom.clock.now.isoformat()))
    newsroom.room.judge_waiting()
    newsroom.clock.now += timedelta(hours=22, minutes=30)
    result = rehearsed(newsroom, flash=99.0)
    assert (result.articles, result.sent_before, result.sent_now) == (1, 0, 0)


def test_rules_that_change_nothing_or_cannot_be_are_not_tried(newsroom: Newsroom) -> None:
    for changes in ({}, {"alert": Rules().alert}, {"alert": 99.0}, {"loudness": 3.0}):
        with pytest.raises(WrongUse):
            start(newsroom.parts, changes, by="mara")


def test_a_rehearsal_that_fails_says_why(newsroom: Newsroom) -> None:
    newsroom.parts.settings.intake.sources.write_text("[[source]\n")
    done = waited(newsroom, start(newsroom.parts, {"flash": 99.0}, by="mara"))
    assert done.result is None
    assert "sources.toml" in (done.error or "")
