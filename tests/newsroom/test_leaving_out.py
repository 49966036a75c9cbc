"""An article that an editor left out of a draft stays out of the story's later versions, on both databases."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.newsroom.test_path import NOON, Newsroom
from tocsin.alerts.editing import Edit, key_of, key_of_statement
from tocsin.desk.approval import approve
from tocsin.desk.drafting import draft_story
from tocsin.desk.editing import choices_for, edit
from tocsin.desk.leaving import left_out
from tocsin.model import Draft, Item, Route, Source, VersionKind
from tocsin.store.alerts import Version, VersionState, drop_holds
from tocsin.store.engine import Store
from tocsin.store.intake import configure_sources
from tocsin.store.switches import LIVE, MODE, SHADOW, turn

WIRES = {name: Source(name, name, name, tier=2, push=True) for name in ("Post", "Herald", "Radio")}
FERRY = "At least 14 killed as passenger ferry capsizes in storm off Alder Bay"
STRAY = "Passenger ferry capsized in storm off Alder Bay in 1962, 14 killed"


def hears(newsroom: Newsroom, by: str, title: str, text: str, minute: int) -> None:
    newsroom.clock.now = NOON + timedelta(minutes=minute)
    published = newsroom.clock.now.isoformat()
    newsroom.reads(Item(by, title, title=title, content=text, published=published, language="en"))
    newsroom.room.judge_waiting()


def held(newsroom: Newsroom) -> Version:
    (version,) = newsroom.versions(VersionState.HELD)
    return version


def as_it_is(draft: Draft, without: tuple[str, ...]) -> Edit:
    paragraphs = tuple(key_of(draft.reports[0].article, text) for text in draft.paragraphs)
    statements = tuple(map(key_of_statement, draft.statements))
    return Edit(key_of(draft.headline), paragraphs, statements, "", draft.band, without)


@pytest.fixture
def newsroom(store: Store, tmp_path: Path) -> Newsroom:
    """A newsroom in shadow with a held draft of two reports, of which an editor left out the one of Radio."""
    made = Newsroom(store, tmp_path, WIRES)
    with store.write() as connection:
        turn(connection, MODE, SHADOW)
        configure_sources(connection, WIRES.values())
    hears(made, "Post", FERRY, "14 people were killed off Alder Bay, where a passenger ferry capsized in a storm.", 0)
    hears(made, "Radio", STRAY, "A passenger ferry capsized off Alder Bay in 1962 and 14 people were killed.", 1)
    assert len(held(made).draft.articles) == 2
    change(made, "Radio")
    return made


def change(newsroom: Newsroom, *without: str) -> None:
    """Edit the held draft, so that the articles of these publishers are left out and all others are in it."""
    version = held(newsroom)
    with newsroom.store.write() as connection:
        behind = choices_for(connection, version).behind
        out = tuple(key for key, each in behind.items() if each.publisher in without)
        edit(connection, version.id, as_it_is(version.draft, out), seen=version.revision, by="mara", at=NOON)


def rises(newsroom: Newsroom, by: str, toll: int, minute: int) -> None:
    found = {
        "Post": "Divers brought up bodies all night",
        "Herald": "Our reporter saw coffins on the quay of Port Wells",
    }
    hears(
        newsroom,
        by,
        f"At least {toll} killed as passenger ferry capsizes off Alder Bay, toll rises",
        f"{found[by]}; {toll} died.",
        minute,
    )


def publishers(draft: Draft) -> set[str]:
    return {report.publisher for report in draft.reports}


def test_a_later_version_neither_counts_nor_quotes_it(newsroom: Newsroom) -> None:
    before = held(newsroom)
    rises(newsroom, "Herald", 38, 50)
    later = held(newsroom)
    assert later.id != before.id
    assert publishers(later.draft) == {"Post", "Herald"}
    assert {origin.name for origin in later.draft.origins} == {"Post", "Herald"}
    assert later.draft.label == "Reported by 2"
    assert "Reported by 3" in {verdict.label for verdict in newsroom.verdicts()}
    assert [(one.number, one.words) for one in left_out([before, later])] == [(before.number, f"Radio: {STRAY}")]


def test_an_update_of_what_was_sent_does_not_tell_it_as_new(newsroom: Newsroom) -> None:
    with newsroom.store.write() as connection:
        approve(newsroom.parts, connection, held(newsroom).id, by="mara", at=newsroom.clock.now)
    rises(newsroom, "Herald", 38, 50)
    update = held(newsroom)
    assert update.kind is VersionKind.UPDATE
    assert publishers(update.draft) == {"Herald"}
    assert "1962" not in " ".join((*update.draft.paragraphs, *(each.content for each in update.draft.statements)))


def test_it_is_put_back_by_editing_and_then_stays(newsroom: Newsroom) -> None:
    rises(newsroom, "Herald", 38, 50)
    change(newsroom)
    back = held(newsroom)
    assert publishers(back.draft) == {"Post", "Herald", "Radio"}
    assert (back.draft.label, len(back.draft.origins)) == ("Reported by 3", 3)
    rises(newsroom, "Post", 85, 100)
    assert publishers(held(newsroom).draft) == {"Post", "Herald", "Radio"}
    assert left_out(newsroom.versions()) == ()


def test_nothing_is_sent_by_itself_that_only_it_would_support(newsroom: Newsroom) -> None:
    with newsroom.store.write() as connection:
        turn(connection, MODE, LIVE)
    rises(newsroom, "Post", 38, 50)
    assert newsroom.verdicts()[-1].route is Route.SEND, "two origins, as far as judging knows"
    assert held(newsroom).reason == "supported only with what an editor left out"
    rises(newsroom, "Herald", 85, 100)
    (sent,) = newsroom.versions(VersionState.SENDING)
    assert publishers(sent.draft) == {"Post", "Herald"}


def test_a_draft_that_an_editor_asks_for_again_leaves_it_out_too(newsroom: Newsroom) -> None:
    story = held(newsroom).draft.story
    with newsroom.store.write() as connection:
        drop_holds(connection, story, newsroom.clock.now)
        draft_story(newsroom.parts, connection, story, by="mara", at=newsroom.clock.now)
    assert publishers(held(newsroom).draft) == {"Post"}
    assert held(newsroom).draft.label == "One report"
