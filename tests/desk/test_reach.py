"""Whom a held version reaches: phrases too, as approving it counts; kept a moment where counting is dear."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from tests.contract.test_audience import NOON, PHRASE, SPORT, reader, version
from tests.desk.test_approval import NOW
from tests.desk.test_approval import held as hold
from tests.fakes.site import parts_on
from tests.fakes.stories import alert
from tocsin.desk.approval import approve
from tocsin.desk.reach import Counts, reach_of
from tocsin.readers.interests import ALL_NEWS
from tocsin.store.alerts import Version, version_of
from tocsin.store.audience import LEFT_OUT
from tocsin.store.engine import Store

HEADLINE = "Fire at the nuclear plant is out, operator says"


def told(connection: Connection) -> Version:
    return version(connection, headline=HEADLINE)


def test_who_waits_for_its_words_is_counted_as_approving_counts(store: Store, tmp_path: Path) -> None:
    parts = parts_on(store, tmp_path, clock=lambda: NOW)
    with store.write() as connection:
        reader(connection, "phrase", PHRASE)
        reader(connection, "all", ALL_NEWS)
        reader(connection, "other", SPORT)
        draft = replace(alert(), headline=HEADLINE, topics=("politics",), places=())
        held = version_of(connection, hold(connection, draft))
        assert held is not None
        reach = reach_of(store, connection, held, NOW)
        assert (reach.readers, reach.at_once, reach.about) == (2, 2, False)
        assert reach.left_out == {LEFT_OUT[0]: 1}
        assert approve(parts, connection, held.id, by="rules", at=NOW).audience == reach.readers


def test_a_dear_count_serves_for_a_moment_but_not_another_draft(store: Store) -> None:
    dear, cheap = Counts(dear_s=0.0, serves=1e6), Counts(dear_s=60.0)
    with store.write() as connection:
        reader(connection, "all", ALL_NEWS)
        held = told(connection)
        for counts in (dear, cheap):
            assert counts.reach(store, connection, held, NOON).readers == 1
        reader(connection, "also", ALL_NEWS)
        kept = dear.reach(store, connection, held, NOON)
        assert (kept.readers, kept.about) == (1, True)
        edited = replace(held, revision=held.revision + 1)
        assert (dear.reach(store, connection, edited, NOON).readers, edited.id) == (2, held.id)
        again = cheap.reach(store, connection, held, NOON)
        assert (again.readers, again.about) == (2, False)
