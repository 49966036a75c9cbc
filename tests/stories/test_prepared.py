from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.stories.reports import NOON, article, unread
from tocsin.alerts.route import route_sources
from tocsin.model import Article
from tocsin.stories.core import Core
from tocsin.stories.prepared import prepared
from tocsin.stories.rules import Rules

TEXTS = (
    "At least 40 people killed as gunman opens fire on concert in Lindholm, police say",
    "Gunman kills 40 at Lindholm concert",
    "Ferry sinks off Samos, 12 feared dead",
    "Harvest begins in the valley",
)
HEARD = [
    (article(f"{title}, report {number}", key=f"{title} {number}", published=at.isoformat()), at)
    for number in range(50)
    for title in TEXTS
    for at in (NOON + timedelta(minutes=number),)
]


def of(pair: tuple[Article, datetime]) -> Article:
    return pair[0]


def new_core() -> Core:
    return Core(Rules(), {}, unread, route_sources)


def test_how_many_articles_are_prepared_at_once_changes_no_decision() -> None:
    one_by_one = new_core()
    expected = [one_by_one.observe(one, at) for one, at in HEARD]
    assert any(decision.message for decision in expected)
    for at_once in (1, 7, 64, 1000):
        core = new_core()
        found = [core.decide(ready, at) for (_, at), ready in prepared(HEARD, of, at_once)]
        assert found == expected
        assert core.snapshot() == one_by_one.snapshot()


def test_a_stream_is_read_ahead_by_no_more_than_is_prepared_at_once() -> None:
    read: list[str] = []

    def endless() -> Iterator[tuple[Article, datetime]]:
        while True:
            for one, at in HEARD:
                read.append(one.id)
                yield one, at

    ready = prepared(endless(), of, 8)
    for _ in range(9):
        next(ready)
    assert len(read) == 16
