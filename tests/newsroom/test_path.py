"""The newsroom's rooms on real stores: what never sends, what is set aside, who judges, and what a restart forgets."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fakes.site import parts_on
from tests.lacks import data_folder
from tests.quality.ratings import stream
from tocsin.intake.webhook import parse_push
from tocsin.jobs.port import Job
from tocsin.model import Item, Route, Source, Verdict
from tocsin.newsroom.judging_room import JudgingRoom
from tocsin.newsroom.keeping import READ, keep
from tocsin.newsroom.reading_room import ReadingRoom
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind
from tocsin.sending.messages import why_of
from tocsin.settings import Readers
from tocsin.store.alerts import Version, VersionState, versions_in
from tocsin.store.deliveries import deliveries
from tocsin.store.engine import Store
from tocsin.store.intake import items
from tocsin.store.preferences import choose, interest_of
from tocsin.store.stories import verdicts
from tocsin.store.subscribers import activate, add_subscriber
from tocsin.store.switches import LIVE, MODE, turn
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=7)
"""So long after the last sign of life another newsroom takes over."""
POST = {"Post": Source("Post", "Post", "Post", tier=1, may_alert_alone=True, push=True)}
FERRY = "At least 14 killed as passenger ferry capsizes in storm, coastguard says"
TEXT = (
    "At least 14 people were killed when a passenger ferry capsized in a storm on Monday, the coastguard said.\n\n"
    "The ferry sent a distress call at 6.40am, the coastguard said in a statement. The search goes on."
)


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


class Newsroom:
    """A newsroom on a store, live, that is told items and judges when asked."""

    def __init__(self, store: Store, folder: Path, sources: Mapping[str, Source] = POST, **readers: object) -> None:
        self.clock = Clock()
        self.store, self._sources = store, sources
        self.parts: Parts = parts_on(store, folder, clock=self.clock, readers=Readers(**readers))
        self.room = self.another()
        with store.write() as connection:
            turn(connection, MODE, LIVE)

    def another(self) -> JudgingRoom:
        """Return a judging room as another process, or this one after a restart, would have it."""
        return JudgingRoom(self.parts, self._sources, Rules())

    def reads(self, *new: Item, primed: bool = True) -> None:
        """Keep items and read them."""
        with self.store.write() as connection:
            kept = keep(self.parts, connection, new, primed=primed)
        ReadingRoom(self.parts, self._sources).read(Job(READ, ",".join(str(one.id) for one in kept), 1))

    def verdicts(self) -> list[Verdict]:
        with self.store.read() as connection:
            return list(connection.execute(select(verdicts.c.verdict).order_by(verdicts.c.id)).scalars())

    def versions(self, *states: VersionState) -> tuple[Version, ...]:
        with self.store.read() as connection:
            return versions_in(connection, *(states or VersionState))


def item(title: str = FERRY, published: str | None = NOON.isoformat(), **more: object) -> Item:
    return replace(Item("Post", title, title=title, content=TEXT, published=published), **more)  # type: ignore[arg-type]  # test short-hand


def test_fresh_news_of_a_trusted_source_is_sent(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    newsroom.reads(item())
    assert newsroom.room.judge_waiting() == 1
    (version,) = newsroom.versions()
    assert version.state is VersionState.SENDING
    assert version.draft.headline == FERRY


def test_an_alert_is_headed_by_the_news_and_not_by_what_its_story_began_with(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    early = (NOON - timedelta(minutes=30)).isoformat()
    calm = "Passenger ferry sails into storm as coastguard gives advice"
    newsroom.reads(
        item(calm, early, content="The passenger ferry sails on into the storm on Monday, the coastguard said.")
    )
    newsroom.room.judge_waiting()
    newsroom.reads(item())
    newsroom.room.judge_waiting()
    before, news = newsroom.verdicts()
    assert before.story == news.story, "both are one story"
    (version,) = newsroom.versions()
    assert version.draft.headline == FERRY


@pytest.mark.parametrize(
    ("published", "primed"),
    [
        (None, True),
        ("yesterday, or so", True),
        ("2026-11-23", True),
        ((NOON + timedelta(hours=3)).isoformat(), True),
        ((NOON - timedelta(hours=9)).isoformat(), True),
        (NOON.isoformat(), False),
    ],
    ids=["undated", "not a date", "only a day", "future", "old", "backlog of a first fetch"],
)
def test_what_may_not_be_news_is_never_sent_by_itself(
    store: Store, tmp_path: Path, published: str | None, primed: bool
) -> None:
    newsroom = Newsroom(store, tmp_path)
    newsroom.reads(item(published=published), primed=primed)
    assert newsroom.room.judge_waiting() == 1
    assert newsroom.verdicts()[0].route is not Route.SEND
    assert newsroom.versions(VersionState.SENDING, VersionState.SENT) == ()


@pytest.mark.parametrize(
    ("day", "silent", "waited", "route"),
    [
        ("2026-11-23", False, MINUTE, Route.HOLD),
        ("2026-11-23", True, MINUTE, Route.DROP),
        ("2026-11-23", False, timedelta(hours=3), Route.DROP),
        ("2026-11-22", False, MINUTE, Route.DROP),
        ("2026-11-24", False, MINUTE, Route.DROP),
    ],
    ids=["seen that day", "its source was silent before", "it was read late", "the day before", "the day after"],
)
def test_what_has_only_a_day_goes_to_a_person_if_its_source_was_listened_to_just_before(
    store: Store, tmp_path: Path, day: str, silent: bool, waited: timedelta, route: Route
) -> None:
    newsroom = Newsroom(store, tmp_path)
    with store.write() as connection:
        keep(newsroom.parts, connection, [item(published=day)], after_silence=silent)
    newsroom.clock.now += waited
    ReadingRoom(newsroom.parts, POST).read(Job(READ, "1", 1))
    newsroom.room.judge_waiting()
    assert newsroom.verdicts()[0].route is route
    assert [version.state for version in newsroom.versions()] == [VersionState.HELD] * (route is Route.HOLD)


def test_an_exact_time_counts_also_after_a_silence(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    with store.write() as connection:
        keep(newsroom.parts, connection, [item()], after_silence=True)
    ReadingRoom(newsroom.parts, POST).read(Job(READ, "1", 1))
    newsroom.room.judge_waiting()
    assert newsroom.verdicts()[0].route is Route.SEND


def test_in_shadow_nothing_is_sent(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    with store.write() as connection:
        turn(connection, MODE, "shadow")
    newsroom.reads(item())
    newsroom.room.judge_waiting()
    assert [version.state for version in newsroom.versions()] == [VersionState.HELD]
    assert "in shadow" in (newsroom.versions()[0].reason or ""), "an editor sees that no doubt of the story holds it"


def test_a_held_version_expires_when_its_time_is_over(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    with store.write() as connection:
        turn(connection, MODE, "shadow")
    newsroom.reads(item(published=(NOON - 50 * MINUTE).isoformat()))
    newsroom.room.judge_waiting()
    (held,) = newsroom.versions(VersionState.HELD)
    assert held.held_until == NOON + 10 * MINUTE, "after an hour it is no news"
    newsroom.clock.now += 10 * MINUTE
    newsroom.room.judge_waiting()
    assert [version.state for version in newsroom.versions()] == [VersionState.EXPIRED]


def test_what_cannot_be_read_is_set_aside_with_its_reason_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    empty = item("", key="empty", content="<html><body></body></html>")
    newsroom.reads(empty, item())
    assert newsroom.room.judge_waiting() == 1
    with store.read() as connection:
        rows = connection.execute(select(items.c.state, items.c.error).order_by(items.c.id)).all()
    assert [row.state for row in rows] == ["failed", "judged"]
    assert rows[0].error


class _Poisoned(Mapping[str, Source]):
    """Sources of which one makes our own code fail."""

    def __getitem__(self, name: str) -> Source:
        if name == "Poison":
            raise RuntimeError("a defect")
        return POST[name]

    def __iter__(self) -> Iterator[str]:
        return iter(POST)

    def __len__(self) -> int:
        return len(POST)


def test_an_article_on_which_judging_fails_is_set_aside_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    newsroom.reads(item(source="Poison", key="poison"), item())
    newsroom.room = JudgingRoom(newsroom.parts, _Poisoned(), Rules())
    newsroom.room.judge_waiting()
    assert [verdict.route for verdict in newsroom.verdicts()] == [Route.SEND]
    with store.read() as connection:
        rows = connection.execute(select(items.c.state, items.c.error).order_by(items.c.id)).all()
    assert [row.state for row in rows] == ["failed", "judged"]
    assert "a defect" in rows[0].error
    another = JudgingRoom(newsroom.parts, _Poisoned(), Rules())
    newsroom.clock.now += LEASE
    assert another.judge_waiting() == 0, "a restart must not find it again"


def test_an_entry_is_kept_by_its_identity_however_long(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    long = "".join(chr(0x21 + byte % 90) for byte in random.Random(1).randbytes(5000))
    for _ in range(2):
        with store.write() as connection:
            keep(newsroom.parts, connection, [item(key=long), item(key=long + "2")])
    with store.read() as connection:
        assert len(connection.execute(select(items.c.id)).all()) == 2


@pytest.mark.parametrize("language", ["en-US", "en-us", "EN", "en_GB", " en ", "../../en", "x" * 500_000])
def test_a_feed_may_name_its_language_as_it_likes(store: Store, tmp_path: Path, language: str) -> None:
    newsroom = Newsroom(store, tmp_path)
    newsroom.reads(item(language=language))
    newsroom.room.judge_waiting()
    assert [verdict.route for verdict in newsroom.verdicts()] == [Route.SEND]


def test_a_site_whose_software_says_english_is_judged_in_its_own_language(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    newsroom.reads(item("Українські війська увійшли до Херсона, повідомив президент України", language="en-US"))
    newsroom.room.judge_waiting()
    assert [verdict.route for verdict in newsroom.verdicts()] == [Route.SEND]


@pytest.mark.parametrize(
    "hostile",
    [
        item(f"{FERRY} {'Z' * 400_000}", key="title"),
        item(f"{FERRY} {'[]()' * 40}x", key="links"),
        item(key="fields", language="x" * 500_000, credited="C" * 500_000, authors=("A" * 10_000,) * 100),
        item(key="address", url=f"https://post.example/{'a' * 500_000}"),
        item(key="word", content=f"{TEXT} {'Z' * 400_000}"),
        item(key="dots", content=f"{TEXT}{'.' * 400_000}x"),
        item("", key="page", content=f"<html><title>{'Z' * 400_000}</title><p>{TEXT}</p></html>"),
    ],
    ids=lambda one: one.key,
)
def test_what_has_no_measure_holds_up_nobody(store: Store, tmp_path: Path, hostile: Item) -> None:
    newsroom = Newsroom(store, tmp_path)
    began = time.process_time()
    newsroom.reads(hostile)
    newsroom.room.judge_waiting()
    assert time.process_time() - began < 20
    (verdict,) = newsroom.verdicts()
    assert verdict.score is not None
    for version in newsroom.versions():
        draft = version.draft
        assert len(draft.headline) <= 1000
        assert all(len(text or "") < 5000 for text in (draft.subject, draft.publisher, draft.url, draft.language))


def test_an_item_is_read_once_however_often_its_job_comes(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    newsroom.reads(item())
    ReadingRoom(newsroom.parts, POST).read(Job(READ, "1,4711", 2))
    assert newsroom.room.judge_waiting() == 1
    assert newsroom.room.judge_waiting() == 0
    assert len(newsroom.versions()) == 1


def test_one_newsroom_judges_and_the_next_takes_over_when_it_dies(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path)
    first, second = newsroom.room, newsroom.another()
    newsroom.reads(item())
    assert first.judge_waiting() == 1
    newsroom.reads(item("Storm closes the harbour", key="2"))
    assert second.judge_waiting() == 0, "it has no lease"
    newsroom.clock.now += LEASE
    assert second.judge_waiting() == 1
    newsroom.reads(item("Ferry services resume", key="3"))
    assert first.judge_waiting() == 0, "it came back, and the other one judges now"
    assert second.judge_waiting() == 1
    assert len(newsroom.verdicts()) == 3


@pytest.mark.data
def test_a_restart_changes_no_verdict(store: Store, migrated_sqlite: Path, tmp_path: Path) -> None:
    known = Source("", "", "", tier=1, may_alert_alone=True, push=True)
    some = stream(data_folder(), "en")[:60]
    sources = {one.source: replace(known, name=one.source, publisher=one.source, family=one.source) for one in some}
    copy = tmp_path / "other.sqlite3"
    copy.write_bytes(migrated_sqlite.read_bytes())
    other = Store(f"sqlite:///{copy}")
    steady, restarted = Newsroom(other, tmp_path, sources), Newsroom(store, tmp_path, sources)
    for number, article in enumerate(some):
        now = NOON + number * MINUTE
        told = item(article.title, now.isoformat(), source=article.source, key=article.id, content=article.text)
        if number % 15 == 14:
            restarted.room = restarted.another()
        for newsroom in (steady, restarted):
            newsroom.clock.now = now
            newsroom.reads(told)
            assert newsroom.room.judge_waiting() == 1
    assert steady.verdicts() == restarted.verdicts()
    assert any(verdict.route is Route.SEND for verdict in steady.verdicts())
    stories = [[(one.draft.story, one.number, one.kind) for one in each.versions()] for each in (steady, restarted)]
    assert stories[0] == stories[1]
    other.close()


def test_readers_of_a_phrase_and_of_the_operators_own_topic_are_found(store: Store, tmp_path: Path) -> None:
    own = tmp_path / "topics.toml"
    own.write_text('[[topic]]\nid = "own:ferries"\nen = "ferries"\nwords.en = ["ferry"]\n')
    newsroom = Newsroom(store, tmp_path, topics_file=own)
    wishes = (
        (Interest(InterestKind.PHRASE, "distress call"),),
        (Interest(InterestKind.PHRASE, "nuclear plant"),),
        (Interest(InterestKind.TOPIC, "own:ferries"),),
        (ALL_NEWS,),
    )
    with store.write() as connection:
        for number, wanted in enumerate(wishes):
            reader = add_subscriber(
                connection, address=f"{number}", address_key=f"{number}", language="en", zone="UTC", at=NOON
            )
            activate(connection, reader, NOON)
            choose(connection, reader, wanted)
    newsroom.reads(item())
    newsroom.room.judge_waiting()
    with store.read() as connection:
        rows = connection.execute(select(deliveries.c.why).order_by(deliveries.c.subscriber)).scalars().all()
        reasons = [interest_of(connection, why) for why in rows]
    assert reasons == [wishes[0][0], wishes[2][0], ALL_NEWS]
    (version,) = newsroom.versions()
    told = [why_of(newsroom.parts, version, reason, "en") for reason in reasons]
    assert [(why.kind, why.name) for why in told] == [("phrase", "distress call"), ("topic", "ferries"), ("all", "")]


def test_a_page_pushed_by_a_source_that_has_a_feed_too_has_its_own_headline(store: Store, tmp_path: Path) -> None:
    page = f"<html><title>{FERRY} | Post</title><body><nav><a href='/'>Home</a></nav><h1>{FERRY}</h1>" + "".join(
        f"<p>{paragraph}</p>" for paragraph in TEXT.split("\n\n")
    )
    both = {"Post": replace(POST["Post"], url="https://post.example/feed.xml")}
    newsroom = Newsroom(store, tmp_path, both)
    newsroom.reads(
        *parse_push(json.dumps({"id": "1", "content": page, "published": NOON.isoformat()}).encode(), "Post")
    )
    newsroom.room.judge_waiting()
    (version,) = newsroom.versions()
    assert version.draft.headline == FERRY
