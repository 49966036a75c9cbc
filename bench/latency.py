"""From a parsed article to its verdict while many items are live: ``python -m bench.latency [live]`` (50,000).

Fills the window of 72 hours with so many items of the open streams (see ``grouping_speed``), then pushes 2,000 more
one by one through reading, grouping and judging, and prints the median, the 99th percentile and the slowest, in ms
of CPU time (what other programs do meanwhile does not count).
"""

from __future__ import annotations

import gc
import time
from itertools import islice

from bench.grouping_speed import stream
from bench.options import options_of

from tocsin.alerts.route import route_sources
from tocsin.model import Article, Reading
from tocsin.reading.reader import read
from tocsin.stories.core import Core
from tocsin.stories.rules import Rules

_PUSHED = 2000


def measure(live: int) -> list[float]:
    """Return the milliseconds of each pushed item, in order of size."""
    readings: dict[str, Reading] = {}

    def reading_of(article: Article) -> Reading:
        return readings.get(article.id) or read(article)

    core, items = Core(Rules(), {}, reading_of, route_sources), stream()
    gc.disable()  # as a newsroom does while it takes up its stories
    for article, at in islice(items, live):
        core.observe(article, at)
    gc.freeze()
    gc.enable()
    took = []
    for article, at in islice(items, _PUSHED):
        begun = time.process_time()
        readings = {article.id: read(article)}
        core.observe(article, at)
        took.append((time.process_time() - begun) * 1000)
    return sorted(took)


if __name__ == "__main__":
    options = options_of(__doc__)
    options.add_argument("live", nargs="?", type=int, default=50_000, help="articles in the window of 72 hours")
    items_live = options.parse_args().live
    found = measure(items_live)
    print(
        f"{items_live:,} live: median {found[len(found) // 2]:.1f} ms, "
        f"99th percentile {found[len(found) * 99 // 100]:.1f} ms, slowest {found[-1]:.1f} ms"
    )
