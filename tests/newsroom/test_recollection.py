"""What a newsroom writes down of its stories: a restart takes it up and decides as if there had been none."""

import multiprocessing
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.newsroom.test_path import LEASE, NOON, Newsroom, item
from tocsin.alerts.route import route_sources
from tocsin.model import Source
from tocsin.newsroom.judging_room import JudgingRoom
from tocsin.newsroom.recollection import NAME, Recollection
from tocsin.store.engine import Store
from tocsin.store.leases import Fenced
from tocsin.store.stories import ReadArticle, judged_since
from tocsin.stories.core import Core
from tocsin.stories.rules import Rules

SOURCES = {
    name: Source(name, name, name, tier=1, may_alert_alone=name == "Post", push=True) for name in ("Post", "Echo")
}
TITLES = (
    ("Post", "At least 14 killed as passenger ferry Aurora capsizes in a storm off Samos, coastguard says"),
    ("Echo", "Ferry Aurora: 14 dead after it capsized in a storm off Samos"),
    ("Echo", "Council of Lindholm opens a new library"),
)


def tell(newsroom: Newsroom, number: int) -> None:
    """Publish one more report, six hours after the last: the ferry is told of for longer than the window."""
    source, title = TITLES[number % len(TITLES)]
    newsroom.clock.now = NOON + number * timedelta(hours=6)
    title = f"{title}, day {number // 4}"
    text = f"{title}. The coastguard counted {14 + number} on Monday, it said in a statement to reporters at the port."
    newsroom.reads(item(title, newsroom.clock.now.isoformat(), source=source, key=str(number), content=text))
    assert newsroom.room.judge_waiting() == 1


def goat(newsroom: Newsroom) -> None:
    """Publish something that is no news, when another newsroom may take over."""
    newsroom.clock.now += LEASE
    newsroom.reads(item("A goat is elected mayor", None, source="Echo", key=f"goat {newsroom.clock.now}"))
    assert newsroom.room.judge_waiting() == 1


def restart(newsroom: Newsroom) -> str:
    """Begin again as a new process would, and return what the log said of the stories."""
    newsroom.room = newsroom.another()
    with capture_logs() as lines:
        goat(newsroom)
    return next((str(line["event"]) for line in lines if str(line["event"]).startswith("stories.")), "")


@pytest.fixture
def pair(store: Store, migrated_sqlite: Path, tmp_path: Path) -> tuple[Newsroom, Newsroom]:
    """Give a newsroom that runs on, and one on the tested engine that is restarted."""
    copy = tmp_path / "steady.sqlite3"
    copy.write_bytes(migrated_sqlite.read_bytes())
    (tmp_path / "steady").mkdir()
    (tmp_path / "restarted").mkdir()
    steady = Newsroom(Store(f"sqlite:///{copy}"), tmp_path / "steady", SOURCES)
    return steady, Newsroom(store, tmp_path / "restarted", SOURCES)


def test_a_restart_takes_up_what_was_written_down_and_changes_no_decision(pair: tuple[Newsroom, Newsroom]) -> None:
    steady, restarted = pair
    for number in range(24):
        for newsroom in pair:
            tell(newsroom, number)
        if number in {3, 10, 17}:
            restarted.room.write_down()
            if number == 10:
                for newsroom in pair:
                    goat(newsroom)  # judged after the writing: observed again
            assert restart(restarted) == "stories.taken_up"
            goat(steady)
    assert restarted.verdicts() == steady.verdicts()
    assert any(len(verdict.origins) > 1 for verdict in steady.verdicts())
    told = [[(one.draft.story, one.number, one.kind) for one in newsroom.versions()] for newsroom in pair]
    assert told[0] == told[1]
    steady.store.close()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[:-7],
    "flipped": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "empty": lambda content: b"",
    "of another version": lambda content: content.replace(b"stories 1", b"stories 9", 1),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_said_and_the_store_read_instead(
    store: Store, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    newsroom = Newsroom(store, tmp_path, SOURCES)
    for number in range(4):
        tell(newsroom, number)
    newsroom.room.write_down()
    file = newsroom.parts.settings.folder / NAME
    file.write_bytes(damage(file.read_bytes()))
    assert restart(newsroom) == "stories.not_taken_up"
    tell(newsroom, 4)
    assert newsroom.verdicts()[-1].story == newsroom.verdicts()[0].story, "it is still the ferry's story"


def test_a_state_of_other_rules_or_of_another_store_is_not_taken_up(
    store: Store, migrated_sqlite: Path, tmp_path: Path
) -> None:
    newsroom = Newsroom(store, tmp_path, SOURCES)
    tell(newsroom, 0)
    newsroom.room.write_down()
    newsroom.room = JudgingRoom(newsroom.parts, SOURCES, replace(Rules(), alert=51.0))
    with capture_logs() as lines:
        tell(newsroom, 1)
    assert any("rules" in str(line.get("why")) for line in lines)

    copy = tmp_path / "older.sqlite3"
    copy.write_bytes(migrated_sqlite.read_bytes())
    older = Newsroom(Store(f"sqlite:///{copy}"), tmp_path, SOURCES)
    with capture_logs() as lines:
        tell(older, 0)
    assert any("store" in str(line.get("why")) or "rules" in str(line.get("why")) for line in lines)
    older.store.close()


def test_it_is_written_within_ten_minutes_of_an_article_and_not_each_time(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path, SOURCES)
    file = newsroom.parts.settings.folder / NAME
    tell(newsroom, 0)
    assert not file.exists()
    newsroom.clock.now += timedelta(minutes=11)
    newsroom.room.judge_waiting()
    assert file.exists()
    assert file.stat().st_mode & 0o077 == 0, "it holds what readers were told: nobody else's business"


def _write_for_ever(recollection: Recollection, core: Core, article: ReadArticle) -> None:
    while True:
        recollection.judged(article, article.judged_at or NOON)
        recollection.write(core, NOON)


def test_killed_while_it_writes_a_whole_file_is_there(tmp_path: Path, store: Store) -> None:
    newsroom = Newsroom(store, tmp_path, SOURCES)
    for number in range(8):
        tell(newsroom, number)
    newsroom.room.write_down()
    core = newsroom.room._core
    assert core is not None
    with store.read() as connection:
        last = list(judged_since(connection, NOON - timedelta(days=1)))[-1]
    recollection, chance = newsroom.room._recollection, random.Random(3)
    for _ in range(12):
        writer = multiprocessing.get_context("fork").Process(target=_write_for_ever, args=(recollection, core, last))
        writer.start()
        time.sleep(chance.uniform(0.005, 0.1))
        writer.kill()
        writer.join()
        assert restart(newsroom) == "stories.taken_up"
        newsroom.room.write_down()


def test_a_newsroom_that_lost_its_lease_while_remembering_stops(store: Store, tmp_path: Path) -> None:
    newsroom = Newsroom(store, tmp_path, SOURCES)
    tell(newsroom, 0)
    newsroom.room.write_down()
    core = Core(Rules(), SOURCES, newsroom.room._readings.of, route_sources)

    def lost() -> None:
        raise Fenced("another newsroom")

    with store.read() as connection, pytest.raises(Fenced):
        Recollection(newsroom.parts.settings.folder).take_up(connection, core, lost)
