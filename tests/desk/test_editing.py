"""An article that is about something else is left out of a draft: who says so, and how many, follow from what stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.fakes.stories import COURIER, READ, SOURCES, WIRE, said
from tocsin.alerts.approval import people_needed
from tocsin.alerts.compose import compose
from tocsin.alerts.editing import Edit, key_of, key_of_statement
from tocsin.desk.editing import choices_for, edit
from tocsin.errors import WrongUse
from tocsin.model import Article, Band, Draft, Origin, Reading, Reason, Route, Verdict, VersionKind
from tocsin.settings import Settings
from tocsin.store.alerts import Version, add_version, version_of
from tocsin.store.audit import entries
from tocsin.store.intake import configure_sources
from tocsin.store.stories import ReadArticle, add_article, record_verdict
from tocsin.wiring import Parts, assemble

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
_STRAY = "A lorry overturned at Riverton, the police said, and closed the ring road."
STRAY = Article(
    "a9", "radio", "Lorry closes ring road at Riverton", _STRAY, "2026-11-20T06:30:00+00:00", "en",
    "https://radio.example/lorry", publisher="Coast Radio",
)  # fmt: skip
STRAY_READ = (STRAY, Reading("en", (said(_STRAY, "the police", "said", "A lorry overturned at Riverton"),)))
GRAVE = Reason("a person decides", "support", holds=False, evidence="a named person's death")


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Parts:
    return assemble(Settings(folder=tmp_path / "var", database=database_url), lambda: NOW)


def drafted(connection: Connection, now: datetime = NOW) -> int:
    """Keep a story of three articles, one of which is about something else, and its held draft."""
    configure_sources(
        connection,
        (*SOURCES.values(), replace(SOURCES["courier"], name="radio", publisher="Coast Radio", family="radio")),
    )
    named = tuple(
        Origin(name, (one,))
        for name, one in (("Northern Wire", "a1"), ("The Alder Courier", "a2"), ("Coast Radio", "a9"))
    )
    read = tuple((replace(one, publisher=SOURCES[one.source].publisher), reading) for one, reading in READ)
    read = (*read, STRAY_READ)
    verdict = Verdict(now, "a9", "a1", 61.0, 66.0, Band.ALERT, Route.HOLD, "Reported by 3", named, (GRAVE,))
    for number, (article, reading) in enumerate(read, 1):
        kept = ReadArticle(number, article, reading, now, now, primed=True)
        add_article(connection, kept)
        record_verdict(connection, kept, replace(verdict, article=article.id), ())
    draft = compose("a1", VersionKind.ALERT, verdict, read, SOURCES)
    return add_version(
        connection,
        draft,
        published_at=now,
        seen_at=now,
        decided_at=now,
        stages={},
        held_until=now + timedelta(hours=1),
        reason="test",
    )


def shown(connection: Connection, number: int) -> Version:
    version = version_of(connection, number)
    assert version is not None
    return version


def as_it_is(draft: Draft) -> Edit:
    quoted = draft.reports[0].article
    paragraphs = tuple(key_of(quoted, text) for text in draft.paragraphs)
    return Edit(key_of(draft.headline), paragraphs, tuple(map(key_of_statement, draft.statements)), "", draft.band)


def test_what_is_left_out_neither_counts_nor_speaks(parts: Parts) -> None:
    with parts.store.write() as connection:
        number = drafted(connection)
        before = shown(connection, number).draft
        assert any(each.article == STRAY.id for each in before.statements)
        edit(connection, number, replace(as_it_is(before), without=(STRAY.id,)), seen=0, by="mara", at=NOW)
        now = shown(connection, number).draft
        assert {origin.name for origin in now.origins} == {"Northern Wire", "The Alder Courier"}
        assert now.label != "Reported by 3"
        assert now.articles == (WIRE.id, COURIER.id)
        assert [each.publisher for each in now.reports] == ["Northern Wire", "The Alder Courier"]
        assert all(each.article != STRAY.id for each in now.statements)
        assert "Lorry closes ring road" in entries(connection)[0].detail


def test_what_was_left_out_is_taken_in_again(parts: Parts) -> None:
    with parts.store.write() as connection:
        number = drafted(connection)
        before = shown(connection, number).draft
        edit(connection, number, replace(as_it_is(before), without=(STRAY.id,)), seen=0, by="mara", at=NOW)
        edit(connection, number, as_it_is(before), seen=1, by="mara", at=NOW)
        assert shown(connection, number).draft == before


def test_a_grave_story_of_which_one_origin_stays_needs_two_people(parts: Parts) -> None:
    with parts.store.write() as connection:
        number = drafted(connection)
        before = shown(connection, number).draft
        assert people_needed(before).people == 1
        edit(connection, number, replace(as_it_is(before), without=(STRAY.id, COURIER.id)), seen=0, by="mara", at=NOW)
        assert people_needed(shown(connection, number).draft).people == 2


def test_the_article_that_is_quoted_and_the_last_one_stay(parts: Parts) -> None:
    with parts.store.write() as connection:
        number = drafted(connection)
        wanted = as_it_is(shown(connection, number).draft)
        for without, told in (
            ((WIRE.id,), "choose another headline"),
            ((WIRE.id, COURIER.id, STRAY.id), "at least one"),
            (("made up",), "not offered"),
        ):
            with pytest.raises(WrongUse, match=told):
                edit(connection, number, replace(wanted, without=without), seen=0, by="mara", at=NOW)
        assert choices_for(connection, shown(connection, number)).behind.keys() == {WIRE.id, COURIER.id, STRAY.id}
