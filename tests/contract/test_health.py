"""What the pipeline's counts say, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.model import Item
from tocsin.store.engine import Store
from tocsin.store.health import STUCK_S, health_of
from tocsin.store.intake import add_items

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("news", [True, False], ids=["news", "a back catalogue"])
def test_news_that_waits_says_that_nobody_reads_a_back_catalogue_does_not(store: Store, news: bool) -> None:
    with store.write() as connection:
        add_items(connection, [Item("Post", str(number), "Title") for number in range(3)], NOON, primed=news)
    with store.read() as connection:
        health = health_of(connection, NOON + timedelta(minutes=10))
    assert health.unread_items == 3
    assert (health.oldest_wait_s > STUCK_S) == news
