"""How fast grouping is, whether it slows down as a stream goes on, what it holds in memory, how soon it is back.

    python -m bench.grouping_speed [--items 1000000] [--same-texts]

The stream repeats the open streams, shifted in time so that about 50,000 items are live in the window of 72 hours.
In each round all articles have a new word more, so that the vocabulary grows and no text comes again as it was; every
story that goes on for ever gathers these words, up to what a story may hold. ``--same-texts`` leaves them out.
Prints, for each tenth, microseconds of CPU time an item (other work on the machine does not count), the slowest single
item and the memory held; then the size and time of a snapshot. The window has filled after the first 50,000 items.
A machine with neighbours is not equally fast all the time: ten times in each tenth a new grouper takes the same 1,000
items, and the last line tells how the tenths compare with and without what that took.
"""

from __future__ import annotations

import gc
import json
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from bench.options import options_of
from tests.lacks import data_folder

from tocsin.model import Article
from tocsin.stories.group import Grouper

_LIVE, _HOURS = 50_000, 72
_YARD = 1_000
"""Items of the piece of work that stays the same."""
_START = datetime(2024, 1, 1, tzinfo=UTC)


def stream(same_texts: bool = False) -> Iterator[tuple[Article, datetime]]:
    """Yield the open streams' items again and again, evenly spaced; each round has a word of its own."""
    names = ("alerts-en-2017-03-to-06.jsonl", "telegram-ru-until-2024-11-30.jsonl")
    rows = [json.loads(line) for name in names for line in (data_folder() / "streams" / name).open(encoding="utf-8")]
    rows.sort(key=lambda row: row["published"][11:])
    step, numbers = timedelta(hours=_HOURS) / _LIVE, count()
    for round_number in count():
        for row in rows:
            number = next(numbers)
            text = (row["text"] or "") + ("" if same_texts else f" round{round_number}")
            article = Article(str(number), row["source"], row["title"], text, language=row["lang"])
            yield article, _START + number * step


def timed(grouper: Grouper, items: list[tuple[Article, datetime]]) -> tuple[float, float]:
    """Return the mean and the largest time of an item, in microseconds."""
    slowest, total = 0.0, 0.0
    for article, at in items:
        began = time.process_time()
        grouper.add(article, at)
        took = time.process_time() - began
        slowest, total = max(slowest, took), total + took
    return total / len(items) * 1e6, slowest * 1e6


def main() -> None:
    """Measure and print."""
    parser = options_of(__doc__)
    parser.add_argument("--items", type=int, default=1_000_000, help="articles in the stream")
    parser.add_argument("--same-texts", action="store_true", help="no new word in each round")
    arguments = parser.parse_args()
    source, grouper, tenth = stream(arguments.same_texts), Grouper(), arguments.items // 10
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.freeze()
    same = list(islice(stream(), _YARD))
    means, yards = [0.0] * 10, [0.0] * 10
    for part in range(10):
        slowest = 0.0
        for _ in range(10):
            block, worst = timed(grouper, list(islice(source, tenth // 10)))
            means[part], slowest = means[part] + block / 10, max(slowest, worst)
            yards[part] += timed(Grouper(), same)[0] / 10
        held = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(
            f"tenth {part + 1:2}: {means[part]:6.1f} µs an item, slowest {slowest / 1000:5.1f} ms, {held:6.0f} MB, "
            f"the same work {yards[part]:6.1f} µs an item",
            flush=True,
        )
    whole = means[-1] / means[0]
    print(f"last tenth / first tenth: {whole:.2f}, beside the same work {whole * yards[0] / yards[-1]:.2f}")
    began = time.process_time()
    snapshot = grouper.snapshot()
    written = time.process_time() - began
    Grouper.restore(snapshot)
    read = time.process_time() - began - written
    print(f"snapshot {len(snapshot) / 1e6:.0f} MB, written in {written:.2f} s, restored in {read:.2f} s")


if __name__ == "__main__":
    main()
