"""An editor starts an alert: from a real page over HTTP, or in own words; what the newsroom hears later joins it."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.publisher import Publisher
from tocsin.alerts.approval import people_needed
from tocsin.alerts.own_words import LABEL, OwnWords
from tocsin.desk.approval import approve
from tocsin.errors import TocsinError, WrongUse
from tocsin.intake.fetch import ForbiddenAddress, NotThere
from tocsin.jobs.port import Job
from tocsin.model import Band, Item, Source
from tocsin.newsroom.judging_room import JudgingRoom
from tocsin.newsroom.keeping import keep
from tocsin.newsroom.reading_room import ReadingRoom
from tocsin.newsroom.starting import AlreadyStarted, NotForReaders, begin, from_page, in_own_words
from tocsin.settings import Intake, Settings
from tocsin.store.alerts import VersionState, adopt_alert, story_versions, version_of
from tocsin.store.audit import entries
from tocsin.store.stories import articles_of
from tocsin.store.switches import LIVE, MODE, turn
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts, assemble

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
LEAD = "An explosion at the north harbour killed nine people early on Monday, the mayor said."
BODY = "The fire service said that the fire was under control. Smoke stood above the grain terminal for hours."
PAGE = (
    "<html lang=en><head><title>Explosion at the north harbour kills nine</title>"
    '<meta property="og:site_name" content="Harbour Gazette">'
    f"</head><body><article><h1>Explosion at the north harbour kills nine</h1><p>{LEAD}</p><p>{BODY}</p></article>"
)
OWN = OwnWords("Explosion at the north harbour kills nine", f"{LEAD}\n\n{BODY}", "the mayor", Band.FLASH)
WIRE = Source("wire", "Northern Wire", "northern", tier=1, may_alert_alone=True)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    given = Publisher()
    asyncio.run_coroutine_threadsafe(given.__aenter__(), loop).result(5)
    yield given
    asyncio.run_coroutine_threadsafe(given.__aexit__(None, None, None), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Parts:
    intake = Intake(networks=("127.0.0.0/8",))
    return assemble(Settings(folder=tmp_path / "var", database=database_url, intake=intake), lambda: NOW)


def started(parts: Parts, words: OwnWords = OWN, url: str = "") -> int:
    begun = in_own_words(parts, words, url, by="mara")
    with parts.store.write() as connection:
        return begin(parts, connection, begun, by="mara", at=NOW)


def test_a_page_is_fetched_quoted_and_held_for_approval(parts: Parts, publisher: Publisher) -> None:
    publisher.gives("/harbour", PAGE.encode(), Content_Type="text/html")
    begun = from_page(parts, publisher.url("/harbour"), Band.FLASH, by="mara")
    with parts.store.write() as connection:
        number = begin(parts, connection, begun, by="mara", at=NOW)
        version = version_of(connection, number)
        assert version is not None
        assert (version.state, version.band) == (VersionState.HELD, Band.FLASH)
        assert version.held_until == NOW + timedelta(minutes=20)
        assert version.draft.headline == "Explosion at the north harbour kills nine"
        assert LEAD in " ".join(version.draft.paragraphs)
        assert version.draft.publisher == "Harbour Gazette"
        assert [(entry.who, entry.act) for entry in entries(connection)] == [("mara", "start")]
        with pytest.raises(AlreadyStarted):
            begin(parts, connection, begun, by="olaf", at=NOW)


def test_a_link_readers_cannot_open_is_refused(parts: Parts, publisher: Publisher, tmp_path: Path) -> None:
    publisher.gives("/gone", b"", status="404 Not Found")
    for path in ("/harbour", "/harbour?preview=true"):
        publisher.gives(path, PAGE.encode(), Content_Type="text/html")
    with pytest.raises(NotThere):
        from_page(parts, publisher.url("/gone"), Band.ALERT, by="mara")
    with pytest.raises(NotForReaders, match="preview"):
        in_own_words(parts, OWN, publisher.url("/harbour") + "?preview=true", by="mara")
    closed = Parts(Settings(folder=tmp_path / "var"), parts.store, parts.jobs, parts.secret, parts.clock)
    for url in (publisher.url("/harbour"), "file:///etc/passwd", "http://", "nonsense"):
        with pytest.raises(TocsinError):
            in_own_words(closed, OWN, url, by="mara")
    with pytest.raises(ForbiddenAddress):
        from_page(closed, publisher.url("/harbour"), Band.ALERT, by="mara")


@pytest.mark.parametrize("missing", ["headline", "text", "attribution"])
def test_own_words_need_a_headline_a_text_and_who_says_so(parts: Parts, missing: str) -> None:
    given = {"headline": "A", "text": "B", "attribution": "C"} | {missing: " \n "}
    with pytest.raises(WrongUse, match=missing):
        in_own_words(parts, OwnWords(given["headline"], given["text"], given["attribution"], Band.ALERT), "", by="mara")


def test_own_words_are_marked_as_the_desks_and_attributed(parts: Parts) -> None:
    draft = in_own_words(parts, OWN, "", by="mara").draft
    assert draft.label == LABEL
    assert "the mayor" in draft.subject
    assert draft.paragraphs == (LEAD, BODY)


def test_own_words_obey_the_rule_of_two(parts: Parts) -> None:
    grave = OwnWords(
        "President Ada Lind has died", "President Ada Lind has died, her office said.", "her office", Band.FLASH
    )
    assert people_needed(in_own_words(parts, grave, "", by="mara").draft).people == 2
    mild = OwnWords("Ferry service suspended", "The ferry stays in harbour today.", "the operator", Band.ALERT)
    assert people_needed(in_own_words(parts, mild, "", by="mara").draft).people == 1


def test_what_the_newsroom_hears_later_joins_the_story_and_nobody_is_alerted_twice(parts: Parts) -> None:
    number = started(parts)
    with parts.store.write() as connection:
        turn(connection, MODE, LIVE)
        approve(parts, connection, number, by="mara", at=NOW)
        version = version_of(connection, number)
        assert version is not None
        story = version.draft.story
    reading, judging = ReadingRoom(parts, {"wire": WIRE}), JudgingRoom(parts, {"wire": WIRE}, Rules())
    reading.read(Job("read", "1", 1))
    judging.judge_waiting()
    heard = Item("wire", "w1", OWN.headline, content=f"{LEAD} {BODY} " * 6, published=NOW.isoformat(), language="en")
    with parts.store.write() as connection:
        (kept,) = keep(parts, connection, [heard])
    reading.read(Job("read", str(kept.id), 1))
    assert judging.judge_waiting() == 1
    with parts.store.read() as connection:
        (only,) = story_versions(connection, story)
        assert [one.article.source for one in articles_of(connection, story)] == ["desk", "wire"]
    assert only.id == number


def test_a_story_known_by_another_name_takes_the_alert_unless_it_has_one(parts: Parts) -> None:
    number, other = started(parts), started(parts, OwnWords("Ferry late", "It is late.", "the operator", Band.ALERT))
    with parts.store.write() as connection:
        first, second = (version_of(connection, each) for each in (number, other))
        assert first is not None
        assert second is not None
        adopt_alert(connection, first.draft.story, "wire-story")
        adopt_alert(connection, second.draft.story, "wire-story")
        assert [version.id for version in story_versions(connection, "wire-story")] == [number]
        assert [version.id for version in story_versions(connection, second.draft.story)] == [other]
