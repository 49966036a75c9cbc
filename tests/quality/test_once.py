"""Floors of "once": pairs of a report that readers were told and a later one (``once.py``, ``golden/once``).

The errors of the half "read" were read while the rules were written; of the half "unread" only these figures were. A
figure is only ever lowered.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.quality.once import mistakes, pairs

KINDS = ("swallowed", "as an update", "lost", "as another", "twice", "not as a correction", "wrongly as a correction")
Most = tuple[int, ...]
"""The most mistakes of each kind; of kinds that are not listed, none."""


def within(found: Counter[str], most: Most) -> bool:
    print(dict(found))
    limits = dict(zip(KINDS, most, strict=False))
    return all(found[kind] <= limits.get(kind, 0) for kind in KINDS)


@pytest.mark.parametrize(
    ("half", "way", "most"),
    [
        ("read", "sentence", (4, 1, 2, 6, 5)),
        ("unread", "sentence", (2, 1, 1, 5, 7)),
        ("read", "title", (0, 0, 1, 3, 0)),
        ("unread", "title", (3, 0, 0, 4, 3)),
        ("read", "title, bare", (0, 2, 1, 3, 3)),
        ("unread", "title, bare", (3, 0, 0, 3, 3)),
        ("read", "post", (3, 2, 2, 5, 6)),
        ("unread", "post", (2, 2, 1, 6, 7)),
        ("corrected-read", "sentence", (0, 0, 0, 0, 4)),
        ("corrected-unread", "sentence", (0, 0, 2, 0, 2, 1)),
        ("corrected-read", "title", (0, 0, 0, 0, 2)),
        ("corrected-unread", "title", (0, 0, 2, 0, 2, 1)),
        ("corrected-read", "post", (0, 0, 0, 0, 4)),
        ("corrected-unread", "post", (0, 0, 2, 0, 2, 1)),
    ],
)
def test_in_a_nearly_empty_window(half: str, way: str, most: Most) -> None:
    some = [pair for pair in pairs(half) if pair.language == "en" or not way.startswith("title")]
    assert within(mistakes(some, way), most)


@pytest.mark.data
@pytest.mark.parametrize(("half", "most"), [("read", (6, 3, 2, 5, 5)), ("unread", (5, 0, 1, 3, 6))])
def test_in_a_busy_window(half: str, most: Most, data: Path) -> None:
    assert within(mistakes(pairs(half), "sentence", data), most)
