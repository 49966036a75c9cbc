"""Time one piece of work against a fixed one beside it, so that a limit holds on a slower or a busier machine too."""

import re
import time
from collections import Counter
from collections.abc import Callable

_WORDS = re.compile(r"(?P<word>\w+(?:['’]\w+)*)|(?P<mark>[.,:;“”])")
_TEXT = "The mayor of the town's old harbour said on Friday: “Nobody was hurt, and the ferries run again.” " * 60
_AT_REST_S = 0.00115
"""What `_fixed_work` takes where the limits were set: two cores, with nothing else running."""


def seconds(work: Callable[[], object], rounds: int = 7) -> float:
    """Return the processor seconds of some work, best of some rounds, as they would be on the machine of the limits.

    After each round a fixed piece of work is repeated for as long, so that it meets the same interruptions. Where its
    best is slower than it was there, the result is divided by as much; where it is faster, nothing is added.
    """
    both = [_beside(work) for _ in range(rounds)]
    return min(taken for taken, _ in both) / max(1.0, min(pace for _, pace in both) / _AT_REST_S)


def _beside(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of some work, and those of one piece of the fixed work done as long behind it."""
    taken = _timed(work)
    pieces = 1 + round(taken / _AT_REST_S)
    return taken, _timed(lambda: [_fixed_work() for _ in range(pieces)]) / pieces


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _fixed_work() -> Counter[tuple[str, int]]:
    """Do what reading consists of: expressions, small objects and tables."""
    return Counter((found[0].lower(), found.start() % 7) for found in _WORDS.finditer(_TEXT))
