"""How long a newsroom takes to know its stories again after a restart: ``python -m bench.restart [articles]``.

Fills a store with so many judged articles (100,000 by default) spread over the window of 72 hours, both open streams in
turn, repeated; then takes over from the newsroom that died and judges one more. Prints the seconds until that verdict.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bench.judging_speed import endless
from sqlalchemy import insert

from tocsin.listening import keep
from tocsin.model import Article, Item, Reading
from tocsin.newsroom import WINDOW, JudgingRoom
from tocsin.settings import Settings
from tocsin.store.stories import ReadArticle, add_article, articles
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts, assemble

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNREAD = Reading("")


def both() -> Iterator[Article]:
    """Yield articles of both open streams in turn, for ever."""
    for english, russian in zip(endless("en"), endless("ru"), strict=False):
        yield replace(english[0], id=f"en-{english[0].id}")
        yield replace(russian[0], id=f"ru-{russian[0].id}")


def fill(parts: Parts, count: int) -> None:
    """Keep ``count`` judged articles, spread evenly over the window before now."""
    rows = []
    for number, article in enumerate(islice(both(), count), start=1):
        at = NOW - WINDOW + WINDOW * number / (count + 1)
        known = {"seen_at": at, "read_at": at, "judged_at": at, "primed": True, "story": article.id}
        rows.append({"id": number, "article": replace(article, published=at.isoformat()), "reading": UNREAD, **known})
    with parts.store.write() as connection:
        connection.execute(insert(articles), rows)


def one_more(parts: Parts, count: int) -> None:
    """Leave one article that waits to be judged."""
    item = Item("Post", "one more", title="Ferry capsizes in a storm", published=NOW.isoformat())
    article = Article("one more", "Post", item.title, "", NOW.isoformat(), "en")
    with parts.store.write() as connection:
        keep(parts, connection, [item])
        add_article(connection, ReadArticle(count + 1, article, UNREAD, NOW, NOW, primed=True))


def measure(count: int) -> float:
    """Return the seconds from the beginning of a new newsroom to its first verdict."""
    with tempfile.TemporaryDirectory() as folder:
        parts = assemble(Settings(folder=Path(folder)), lambda: NOW + timedelta(seconds=1))
        fill(parts, count)
        one_more(parts, count)
        room = JudgingRoom(parts, {}, Rules())
        begun = time.perf_counter()
        judged = room.judge_waiting()
        seconds = time.perf_counter() - begun
        parts.store.close()
    if judged != 1:
        raise RuntimeError(f"{judged} articles were judged instead of one")
    return seconds


if __name__ == "__main__":
    articles_kept = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    took = measure(articles_kept)
    print(f"{articles_kept:,} articles: {took:.1f} s until the first verdict ({articles_kept / took:,.0f} articles/s)")
