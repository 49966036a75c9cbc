"""Two stories an editor says are one: the older one's name stays, the next article follows, readers get one alert."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.newsroom.test_path import FERRY, LEASE, NOON, POST, Newsroom, item
from tocsin.desk.approval import approve
from tocsin.model import Source
from tocsin.newsroom.merging import NotMerged, ask_merge
from tocsin.readers.interests import Stop, StopKind
from tocsin.store.alerts import VersionState, story_versions
from tocsin.store.engine import Store
from tocsin.store.merges import merges_done, merges_waiting
from tocsin.store.stories import articles_of
from tocsin.store.subscribers import add_subscriber
from tocsin.store.switches import MODE, SHADOW, turn
from tocsin.subscribers.signing_up import headline_of, hear_again, stop_hearing, stops_of_reader

MINE = "At least 20 killed in explosion at coal mine, rescuers say"
DIGGING = (
    "An explosion of methane deep in a coal mine killed at least 20 miners, rescuers said. The pit was evacuated and "
    "the seam is on fire; families wait at the colliery gates."
)
MORE = "Death toll in coal mine explosion rises to 31, rescuers say"
SOURCES = {**POST, "Wire": Source("Wire", "Wire", "Wire", tier=1, may_alert_alone=True, push=True)}


def two_stories(store: Store, folder: Path) -> tuple[Newsroom, str, str]:
    """Return a newsroom in shadow with two held stories."""
    newsroom = Newsroom(store, folder, SOURCES)
    with store.write() as connection:
        turn(connection, MODE, SHADOW)
    newsroom.reads(item())
    newsroom.room.judge_waiting()
    newsroom.reads(item(MINE, content=DIGGING))
    newsroom.room.judge_waiting()
    one, other = (verdict.story for verdict in newsroom.verdicts())
    assert one != other
    return newsroom, one, other


def asked(newsroom: Newsroom, one: str, other: str) -> None:
    with newsroom.store.write() as connection:
        ask_merge(connection, one, other, by="mara", at=newsroom.clock.now)


def test_the_next_article_of_either_follows_the_older_one(store: Store, tmp_path: Path) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    asked(newsroom, newer, older)
    newsroom.room.judge_waiting()
    newsroom.reads(item(MORE, source="Wire", content=DIGGING.replace("20", "31")))
    newsroom.room.judge_waiting()
    assert newsroom.verdicts()[-1].story == older
    with store.read() as connection:
        assert [one.article.title for one in articles_of(connection, older)] == [FERRY, MINE, MORE]
        assert articles_of(connection, newer) == ()
        assert [merge.kept for merge in merges_done(connection, NOON)] == [older]
        assert merges_waiting(connection) == ()


def test_a_restarted_newsroom_still_knows(store: Store, tmp_path: Path) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    asked(newsroom, older, newer)
    newsroom.room.judge_waiting()
    newsroom.clock.now += LEASE
    newsroom.room = newsroom.another()
    newsroom.reads(item(MORE, source="Wire", content=DIGGING.replace("20", "31")))
    assert newsroom.room.judge_waiting() == 1
    assert newsroom.verdicts()[-1].story == older


@pytest.mark.parametrize("written", ["before the merge", "after it"])
def test_a_newsroom_that_takes_up_what_was_written_down_still_knows(store: Store, tmp_path: Path, written: str) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    if written == "before the merge":
        newsroom.room.write_down()
    asked(newsroom, older, newer)
    newsroom.room.judge_waiting()
    if written == "after it":
        newsroom.room.write_down()
    newsroom.clock.now += LEASE
    newsroom.room = newsroom.another()
    newsroom.reads(item(MORE, source="Wire", content=DIGGING.replace("20", "31")))
    with capture_logs() as lines:
        assert newsroom.room.judge_waiting() == 1
    assert "stories.taken_up" in {line["event"] for line in lines}
    assert newsroom.verdicts()[-1].story == older


def test_one_that_waits_for_a_newsroom_with_much_to_remember(store: Store, tmp_path: Path) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    asked(newsroom, older, newer)
    newsroom.clock.now += LEASE

    def passing() -> datetime:  # so fast that the lease must be renewed before all is remembered
        newsroom.clock.now += LEASE / 2
        return newsroom.clock.now

    newsroom.parts = replace(newsroom.parts, clock=passing)
    newsroom.another().judge_waiting()
    with store.read() as connection:
        assert [merge.kept for merge in merges_done(connection, NOON)] == [older]


def test_one_hold_stays_when_both_were_held(store: Store, tmp_path: Path) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    asked(newsroom, older, newer)
    newsroom.room.judge_waiting()
    states = {version.draft.headline: version.state for version in newsroom.versions()}
    assert states == {FERRY: VersionState.HELD, MINE: VersionState.DROPPED}


def test_what_readers_know_stays_their_alert(store: Store, tmp_path: Path) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    (mine,) = (version for version in newsroom.versions() if version.draft.headline == MINE)
    with store.write() as connection:
        approve(newsroom.parts, connection, mine.id, by="mara", at=newsroom.clock.now)
    asked(newsroom, older, newer)
    newsroom.room.judge_waiting()
    states = {version.draft.headline: version.state for version in newsroom.versions()}
    assert states == {FERRY: VersionState.DROPPED, MINE: VersionState.SENDING}
    with store.read() as connection:
        assert [version.id for version in story_versions(connection, older)] == [mine.id]


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_stopped_what_was_merged_hears_no_more_of_it(store: Store, tmp_path: Path, when: str) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    (mine,) = (version for version in newsroom.versions() if version.draft.headline == MINE)
    with store.write() as connection:
        approve(newsroom.parts, connection, mine.id, by="mara", at=newsroom.clock.now)
        reader = add_subscriber(
            connection, address="r@example.org", address_key="k", language="en", zone="UTC", at=NOON
        )
    named_in_the_mail = Stop(StopKind.STORY, newer)
    if when == "before":
        stop_hearing(newsroom.parts, reader, named_in_the_mail)
    asked(newsroom, older, newer)
    newsroom.room.judge_waiting()
    assert headline_of(newsroom.parts, newer) == MINE
    if when == "after":
        stop_hearing(newsroom.parts, reader, named_in_the_mail)
    assert stops_of_reader(newsroom.parts, reader) == (Stop(StopKind.STORY, older),)
    hear_again(newsroom.parts, reader, named_in_the_mail)
    assert stops_of_reader(newsroom.parts, reader) == ()


def test_what_cannot_be_one_is_refused(store: Store, tmp_path: Path) -> None:
    newsroom, older, newer = two_stories(store, tmp_path)
    for one, other in ((older, older), (older, "made-up")):
        with pytest.raises(NotMerged):
            asked(newsroom, one, other)
    for version in newsroom.versions():
        with store.write() as connection:
            approve(newsroom.parts, connection, version.id, by="mara", at=newsroom.clock.now)
    with pytest.raises(NotMerged, match="alerted to both"):
        asked(newsroom, older, newer)
