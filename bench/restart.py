"""How long a newsroom takes to know its stories again after a restart: ``python -m bench.restart [articles]``.

Judges so many articles (100,000 by default) spread over the window of 72 hours, both open streams in turn, repeated;
keeps them in a store and writes the stories' state down, as a newsroom does. Then another newsroom begins on that store
and judges one article more. Prints the seconds until that verdict, and ``--without`` those without the file too.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bench.judging_speed import endless
from bench.options import options_of
from sqlalchemy import insert

from tocsin.alerts.route import route_sources
from tocsin.model import Article, Item, Reading
from tocsin.newsroom.judging_room import WINDOW, JudgingRoom
from tocsin.newsroom.keeping import keep
from tocsin.newsroom.recollection import NAME, Recollection
from tocsin.reading.reader import read
from tocsin.settings import Settings
from tocsin.store.stories import ReadArticle, add_article, articles
from tocsin.stories.core import Core
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
    """Judge and keep ``count`` articles, spread evenly over the window before now, and write the state down."""
    rows, core = [], Core(Rules(), {}, read, route_sources)
    recollection = Recollection(parts.settings.folder)
    for number, heard in enumerate(islice(both(), count), start=1):
        at = NOW - WINDOW + WINDOW * number / (count + 1)
        article = replace(heard, published=at.isoformat())
        story = core.observe(article, at).verdict.story
        kept = ReadArticle(number, article, UNREAD, at, at, primed=True, judged_at=at)
        recollection.judged(kept, at)
        rows.append({name: getattr(kept, name) for name in kept.__slots__} | {"story": story})
    with parts.store.write() as connection:
        connection.execute(insert(articles), rows)
    begun = time.perf_counter()
    recollection.write(core, NOW)
    size = (parts.settings.folder / NAME).stat().st_size
    print(f"written down in {time.perf_counter() - begun:.1f} s, {size / 1e6:.0f} MB", flush=True)


def one_more(parts: Parts, number: int) -> None:
    """Leave one article that waits to be judged."""
    item = Item("Post", f"number {number}", title="Ferry capsizes in a storm", published=NOW.isoformat())
    article = Article(item.key, "Post", item.title, "", NOW.isoformat(), "en")
    with parts.store.write() as connection:
        keep(parts, connection, [item])
        add_article(connection, ReadArticle(number, article, UNREAD, NOW, NOW, primed=True))


def first_verdict(parts: Parts) -> float:
    """Return the seconds from the beginning of a new newsroom to its first verdict."""
    room = JudgingRoom(parts, {}, Rules())
    begun = time.perf_counter()
    judged = room.judge_waiting()
    seconds = time.perf_counter() - begun
    if judged != 1:
        raise RuntimeError(f"{judged} articles were judged instead of one")
    return seconds


def measure(count: int, without: bool) -> None:
    """Print what a restart takes with the file, and without it."""
    with tempfile.TemporaryDirectory() as folder:
        clock = [NOW + timedelta(seconds=1)]
        parts = assemble(Settings(folder=Path(folder)), lambda: clock[0])
        fill(parts, count)
        one_more(parts, count + 1)
        took = first_verdict(parts)
        print(f"{count:,} articles: {took:.1f} s until the first verdict ({count / took:,.0f} articles/s)", flush=True)
        if without:
            (parts.settings.folder / NAME).unlink()
            clock[0] += timedelta(minutes=1)
            one_more(parts, count + 2)
            print(f"without the file: {first_verdict(parts):.1f} s")
        parts.store.close()


if __name__ == "__main__":
    options = options_of(__doc__)
    options.add_argument("articles", nargs="?", type=int, default=100_000, help="articles judged before the restart")
    options.add_argument("--without", action="store_true", help="the seconds without the file, too")
    chosen = options.parse_args()
    measure(chosen.articles, chosen.without)
