"""The newsroom takes up sources and rules that were changed while it runs; a feed is tried over real HTTP."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk.test_duty import Hands, hands
from tests.fakes.publisher import Publisher
from tests.newsroom.test_path import FERRY, NOON, POST, TEXT, Newsroom
from tests.newsroom.test_starting import publisher
from tocsin.errors import TocsinError, WrongUse
from tocsin.intake.fetch import ForbiddenAddress, NotThere
from tocsin.model import Item, Source
from tocsin.newsroom.book import Book, add_source, follow, remove_source, save_rules, sources_of, try_source
from tocsin.newsroom.listening import Listener
from tocsin.settings import Intake, Settings
from tocsin.store.alerts import VersionState
from tocsin.store.audit import entries
from tocsin.store.engine import Store
from tocsin.store.intake import active_sources, newest_items
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts, assemble

__all__ = ["hands", "publisher"]

FEED = b"""<rss version="2.0"><channel><title>Harbour</title><item><title>The bridge is closed</title><guid>1</guid>
<link>https://harbour.example/1</link></item></channel></rss>"""


@pytest.fixture
def parts(database_url: str, tmp_path: Path, hands: Hands) -> Iterator[Parts]:
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "Wire"\nurl = "https://wire.example/feed"\ntier = 1\n')
    intake = Intake(networks=("127.0.0.0/8",), sources=tmp_path / "sources.toml")
    parts = assemble(Settings(folder=tmp_path / "var", database=database_url, intake=intake), hands)
    yield parts
    parts.store.close()


def added(parts: Parts, url: str = "https://harbour.example/feed", name: str = "Harbour", **more: object) -> Source:
    source = Source(name, name, name, url=url, **more)  # type: ignore[arg-type]
    with parts.store.write() as connection:
        add_source(parts, connection, source, by="mara", at=parts.clock())
    return source


def test_a_source_added_at_the_desk_is_asked_within_seconds_and_without_a_restart(
    parts: Parts, publisher: Publisher
) -> None:
    publisher.gives("/feed", FEED, Content_Type="application/rss+xml")
    book = Book(parts)
    renewed: list[int] = []

    async def run() -> None:
        stop = asyncio.Event()
        listening = asyncio.create_task(Listener(parts, book.sources.values()).run(stop))
        following = asyncio.create_task(follow(book, stop, lambda: renewed.append(1)))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(added, parts, publisher.url("/feed"))
        for _ in range(100):
            await asyncio.sleep(0.1)
            with parts.store.read() as connection:
                if newest_items(connection, "Harbour", 1):
                    break
        stop.set()
        await asyncio.gather(listening, following)

    asyncio.run(run())
    with parts.store.read() as connection:
        assert [one.item.title for one in newest_items(connection, "Harbour", 2)] == ["The bridge is closed"]
    assert renewed == [1]
    assert book.sources.keys() == {"Wire", "Harbour"}


def test_taking_a_source_off_and_changing_the_file_are_taken_up_too(parts: Parts, hands: Hands) -> None:
    book = Book(parts)
    assert book.renew() is False
    harbour = added(parts, tier=2, may_alert_alone=True)
    assert book.renew() is True
    assert book.sources["Harbour"] == harbour
    with parts.store.write() as connection:
        hands.at = hands.at.replace(minute=9)
        remove_source(connection, "Harbour", by="mara", at=parts.clock())
        with pytest.raises(WrongUse, match="not added at the desk"):
            remove_source(connection, "Wire", by="mara", at=parts.clock())
    assert book.renew() is True
    parts.settings.intake.sources.write_text('[[source]]\nname = "Post"\nurl = "https://post.example/feed"\n')
    assert book.renew() is True
    assert book.sources.keys() == {"Post"}
    with parts.store.read() as connection:
        assert [each.source.name for each in active_sources(connection)] == ["Post"]
        assert [(entry.act, entry.subject) for entry in entries(connection)] == [
            ("source removed", "Harbour"),
            ("source", "Harbour"),
        ]


def test_a_file_that_is_broken_meanwhile_changes_nothing(parts: Parts) -> None:
    book = Book(parts)
    parts.settings.intake.sources.write_text("[[source]\n")
    assert book.renew() is False
    assert book.sources.keys() == {"Wire"}


def test_what_stands_in_the_file_is_changed_there(parts: Parts) -> None:
    for wrong, told in (
        ({"name": "Wire"}, "change it there"),
        ({"url": "https://wire.example/feed"}, "listened to already"),
        ({"name": " "}, "needs a name"),
    ):
        with pytest.raises(WrongUse, match=told):
            added(parts, **wrong)
    with pytest.raises(TocsinError):
        added(parts, url="file:///etc/passwd")
    with parts.store.read() as connection:
        assert [source.name for source in sources_of(parts, connection).all] == ["Wire"]
        assert entries(connection) == ()


def test_a_feed_is_tried_through_the_guard(parts: Parts, publisher: Publisher, tmp_path: Path) -> None:
    publisher.gives("/feed", FEED, Content_Type="application/rss+xml")
    assert [item.title for item in try_source(parts, publisher.url("/feed")).items] == ["The bridge is closed"]
    with pytest.raises(NotThere):
        try_source(parts, publisher.url("/nothing"))
    closed = Parts(Settings(folder=tmp_path / "var"), parts.store, parts.jobs, parts.secret, parts.clock)
    with pytest.raises(ForbiddenAddress):
        try_source(closed, publisher.url("/feed"))


def test_saved_rules_are_in_force_and_the_log_says_what_changed(parts: Parts) -> None:
    book = Book(parts)
    with parts.store.write() as connection:
        save_rules(parts, connection, {"alert": 40.0, "updates_most": 3.0}, by="mara", at=parts.clock(), why="tried")
    assert book.renew() is True
    assert (book.rules.alert, book.rules.updates_most) == (40.0, 3)
    with parts.store.read() as connection:
        assert entries(connection)[0].detail == f"alert {Rules().alert:g} → 40; updates_most 2 → 3; tried"


@pytest.mark.parametrize(
    "changes", [{"alert": 80.0}, {"nonsense": 1.0}, {"flash": float("nan")}, {"hold_minutes": -1.0}, {"watch": 1e400}]
)
def test_rules_that_cannot_be_are_not_saved(parts: Parts, changes: dict[str, float]) -> None:
    with parts.store.write() as connection, pytest.raises(WrongUse):
        save_rules(parts, connection, changes, by="mara", at=parts.clock())


def test_a_newsroom_at_work_goes_by_the_sources_as_they_are(store: Store, tmp_path: Path) -> None:
    known = dict(POST)
    newsroom = Newsroom(store, tmp_path, known)
    newsroom.reads(Item("Post", "1", FERRY, content=TEXT, published=NOON.isoformat()))
    newsroom.room.judge_waiting()
    assert [version.state for version in newsroom.versions()] == [VersionState.SENDING]
    del known["Post"]  # what nobody knows is never sent by itself
    newsroom.room.go_by(Rules())
    bridge = "At least 30 killed as bridge collapses in capital, police say"
    newsroom.reads(Item("Post", "2", bridge, content=f"{bridge}.", published=NOON.isoformat()))
    newsroom.room.judge_waiting()
    assert VersionState.SENDING not in [version.state for version in newsroom.versions()[1:]]


@pytest.mark.parametrize(("hours", "sent"), [(6.0, True), (0.5, False)])
def test_a_newsroom_at_work_judges_by_other_rules(store: Store, tmp_path: Path, hours: float, sent: bool) -> None:
    newsroom = Newsroom(store, tmp_path)
    newsroom.reads(
        Item("Post", "1", "Library opens late on Monday", content="It opens late.", published=NOON.isoformat())
    )
    newsroom.room.judge_waiting()
    newsroom.room.go_by(Rules(fresh_hours=hours))
    newsroom.reads(Item("Post", "2", FERRY, content=TEXT, published=(NOON - timedelta(hours=1)).isoformat()))
    newsroom.room.judge_waiting()
    assert (VersionState.SENDING in [version.state for version in newsroom.versions()]) is sent
