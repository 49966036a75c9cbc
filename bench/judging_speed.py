"""How fast grouping and judging are on one core: ``python -m bench.judging_speed [items]``.

Prints items a second, and what grouping and judging cost apart, on both open streams repeated with shifted times until
there are so many items (20,000 by default); then the last tenth against the first: the cost must not grow with age.
The collector is set as a newsroom sets it. What reading an article takes is not counted: live it has been read before.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, islice

from tests.lacks import data_folder
from tests.quality.ratings import stream

from tocsin.alerts.route import route_sources
from tocsin.collector import spare_what_stays
from tocsin.model import Article, Reading
from tocsin.reading.reader import read
from tocsin.stories.core import Core
from tocsin.stories.rules import Rules


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


def measure(language: str, items: int) -> None:
    """Print the measures of one stream."""
    reader = Reader()
    core = Core(Rules(), {}, reader, route_sources)
    grouping, tenths = 0.0, [0.0] * 10
    for number, (article, at) in enumerate(islice(endless(language), items)):
        begun, read_before = time.process_time(), reader.seconds
        assignment = core.group(article, at)
        grouping += time.process_time() - begun
        core.judge(article, at, assignment)
        tenths[number * 10 // items] += time.process_time() - begun - (reader.seconds - read_before)
    total = sum(tenths)
    print(
        f"{language}: {items / total:,.0f} items/s, grouping {grouping / items * 1e6:.0f} µs, "
        f"judging {(total - grouping) / items * 1e6:.0f} µs, last tenth / first tenth {tenths[-1] / tenths[0]:.2f}"
    )


if __name__ == "__main__":
    spare_what_stays()
    for name in ("en", "ru"):
        measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
