"""A million standing phrases against articles of 800 words: ``python -m bench.phrases [PHRASES]``.

The limit is 2 ms an article (issue 3). Beside it, in the same run, an Aho-Corasick automaton over the same phrases: it
is faster to search, knows no endings, and must be built anew for every change.
"""

from __future__ import annotations

import itertools
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ahocorasick_rs import AhoCorasick
from bench.options import options_of

from tocsin.alerts.audience import Phrases

Result = TypeVar("Result")

LIMIT_MS = 2.0
ARTICLE_WORDS = 800
ARTICLES = 200
CHANGES = 2000

_SYLLABLES = (
    "ka",
    "lo",
    "mer",
    "tin",
    "sol",
    "va",
    "ne",
    "rud",
    "gor",
    "pe",
    "shi",
    "an",
    "el",
    "qu",
    "bar",
    "os",
    "ди",
    "ло",
    "гра",
)


def vocabulary(count: int, chance: random.Random) -> list[str]:
    """Return so many made-up words, some of them Cyrillic, the first ones to be the commonest."""
    made = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(2 * count)}
    return sorted(made, key=lambda word: (len(word), word))[:count]


def phrases_of(count: int, words: list[str], chance: random.Random) -> list[str]:
    """Return distinct phrases as readers choose them: rarer words, mostly two or three in a row."""
    rare = words[len(words) // 20 :]
    made: dict[str, None] = {}
    while len(made) < count:
        made[" ".join(chance.choices(rare, k=chance.choices((1, 2, 3, 5), (1, 600, 300, 80))[0]))] = None
    return list(made)


def articles_of(count: int, words: list[str], phrases: list[str], chance: random.Random) -> list[str]:
    """Return articles whose words follow Zipf's law, with ten phrases in each."""
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    texts = (chance.choices(words, cum_weights=weights, k=ARTICLE_WORDS - 25) for _ in range(count))
    return [" ".join((*text, *chance.choices(phrases, k=10))) for text in texts]


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Return the processor seconds that ``work`` takes (others on the machine do not count), and its result."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def main() -> int:
    """Measure, print one line of JSON, and return the exit status: 1 when the limit is passed."""
    options = options_of(__doc__)
    options.add_argument("phrases", nargs="?", type=int, default=1_000_000, help="standing phrases")
    count = options.parse_args().phrases
    chance = random.Random(20221111)
    words = vocabulary(60_000, chance)
    phrases = phrases_of(count, words, chance)
    articles = articles_of(ARTICLES, words, phrases, chance)
    before_mb = _rss_mb()
    build_s, book = timed(lambda: Phrases(phrases))
    memory_mb = _rss_mb() - before_mb
    found = [len(book.find(article)) for article in articles]  # also warms the caches, as a running service has them
    find_ms = [1000 * timed(partial(book.find, article))[0] for article in articles]
    fresh = [f"{phrase} anew" for phrase in phrases[:CHANGES]]
    add_s, _ = timed(lambda: each(book.add, fresh))
    remove_s, _ = timed(lambda: each(book.remove, fresh))
    peer_build_s, peer = timed(lambda: AhoCorasick(phrases))
    peer_ms = [1000 * timed(partial(peer.find_matches_as_indexes, a, overlapping=True))[0] for a in articles]
    middle_ms = statistics.median(find_ms)
    result = {
        "phrases": count,
        "article_words": ARTICLE_WORDS,
        "found_per_article": round(statistics.mean(found), 1),
        "find_ms": round(middle_ms, 2),
        "find_ms_p95": round(statistics.quantiles(find_ms, n=20)[-1], 2),
        "limit_ms": LIMIT_MS,
        "add_us": round(1e6 * add_s / CHANGES, 1),
        "remove_us": round(1e6 * remove_s / CHANGES, 1),
        "build_s": round(build_s, 2),
        "memory_mb": round(memory_mb),
        "peer": "ahocorasick_rs",
        "peer_find_ms": round(statistics.median(peer_ms), 2),
        "peer_build_s": round(peer_build_s, 2),
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return int(middle_ms > LIMIT_MS)


def each(do: Callable[[str], None], phrases: list[str]) -> None:
    """Do something with each phrase."""
    for phrase in phrases:
        do(phrase)


def _rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
