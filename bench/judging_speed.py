"""How fast grouping and judging are on one core: ``python -m bench.judging_speed [items]``.

Prints items a second as in a replay or after a restart, where 64 articles are prepared at once, and one by one as live;
what preparing, grouping and judging cost apart; and the last tenth against the first: the cost must not grow with age.
Both open streams are repeated with shifted times until there are so many items (20,000 by default). The two ways take
turns on one stream, since a busy machine is now faster, now slower; what counts is the time that the processor spent.
The collector is set as a newsroom sets it. What reading an article takes is not counted: live it has been read before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, islice
from operator import itemgetter

from bench.options import options_of
from tests.lacks import data_folder
from tests.quality.ratings import stream

from tocsin.alerts.route import route_sources
from tocsin.collector import spare_what_stays
from tocsin.model import Article, Reading
from tocsin.reading.reader import read
from tocsin.stories.core import Core
from tocsin.stories.prepared import prepared
from tocsin.stories.rules import Rules

_TURN = 192
_FEWEST_TURNS = 20
"""So that in each tenth both ways have their turn."""


class Reader:
    """Reads articles, and adds up the seconds that it took."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, article: Article) -> Reading:
        """Return the reading of an article."""
        begun = time.process_time()
        found = read(article)
        self.seconds += time.process_time() - begun
        return found


def endless(language: str) -> Iterator[tuple[Article, datetime]]:
    """Yield a stream again and again, each time after the last."""
    items = [(one, at) for one in stream(data_folder(), language) if (at := one.published_at)]
    length = items[-1][1] - items[0][1] + timedelta(hours=1)
    for again in count():
        for article, at in items:
            later = at + again * length
            yield replace(article, id=f"{article.id}-{again}", published=later.isoformat()), later


@dataclass(slots=True)
class Way:
    """One way of taking items in: how many are prepared at once, and the seconds that each step took."""

    at_once: int
    items: int = 0
    preparing: float = 0.0
    grouping: float = 0.0
    judging: float = 0.0

    @property
    def seconds(self) -> float:
        """All that it took."""
        return self.preparing + self.grouping + self.judging

    def told(self) -> str:
        """Return the measures in a line."""
        prepare, group, judge = (s / self.items * 1e6 for s in (self.preparing, self.grouping, self.judging))
        return (
            f"{self.at_once:2} at once: {self.items / self.seconds:,.0f} items/s, "
            f"preparing {prepare:.0f} µs, grouping {group:.0f} µs, judging {judge:.0f} µs"
        )


def take(core: Core, reader: Reader, items: list[tuple[Article, datetime]], way: Way) -> float:
    """Take items in, and return the seconds that it took."""
    before, ready = way.seconds, prepared(items, itemgetter(0), way.at_once)
    for _, at in items:
        begun = time.process_time()
        _, one = next(ready)
        prepared_at = time.process_time()
        assignment = core.group(one, at)
        grouped_at, read_before = time.process_time(), reader.seconds
        core.judge(one, at, assignment)
        judged = time.process_time() - grouped_at - (reader.seconds - read_before)
        way.preparing += prepared_at - begun
        way.grouping += grouped_at - prepared_at
        way.judging += judged
    way.items += len(items)
    return way.seconds - before


def measure(language: str, items: int) -> None:
    """Print the measures of one stream."""
    reader, stream_of_all = Reader(), endless(language)
    core = Core(Rules(), {}, reader, route_sources)
    ways, tenths, turns = (Way(64), Way(1)), [0.0] * 10, max(_FEWEST_TURNS, items // _TURN)
    for turn in range(turns):
        block = list(islice(stream_of_all, _TURN))
        tenths[turn * 10 // turns] += take(core, reader, block, ways[turn % len(ways)])
    print(f"{language}, {turns * _TURN:,} items: last tenth / first tenth {tenths[-1] / tenths[0]:.2f}")
    for way in ways:
        print(f"  {way.told()}")


if __name__ == "__main__":
    options = options_of(__doc__)
    options.add_argument("items", nargs="?", type=int, default=20_000, help="articles of each stream")
    chosen = options.parse_args()
    spare_what_stays()
    for name in ("en", "ru"):
        measure(name, chosen.items)
