"""The floor of origins: precision .98 and recall .95 over labelled pairs of articles.

A pair is *same* when one article was made from the other (or from what the other was made from); it is found the same
when ``count_origins`` puts both into one origin. The command that prints the figures:
``.venv/bin/pytest tests/quality/test_origins.py -s``
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.quality.wire_copies import Pair, article, originals, pairs
from tocsin.model import Article, Reading
from tocsin.stories.origins import count_origins

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "origins" / "events.txt"
PRECISION, RECALL = 0.98, 0.95
# The pairs of two outlets in the Wikinews set that repeat one agency, press release or partner, told by reading every
# pair that shares anything (first 8 letters of the ids).
REAL_COPIES = {
    ("570517ae", "a037e45e"),
    ("f2ac4515", "166dc087"),
    ("9e55db02", "c07f1938"),
    ("bfba1c98", "fc42b81d"),
    ("fde266b0", "5b094220"),
    ("f851ff05", "fde266b0"),
    ("f851ff05", "5b094220"),
    ("854c11b4", "532abf60"),
    ("73d1b905", "2c2fa0c2"),
    ("c657f372", "cfa11455"),
    ("4379eaf9", "d2bf6463"),
}


def share_an_origin(one: Article, other: Article) -> bool:
    found = count_origins([(one, Reading("en")), (other, Reading("en"))])
    return any(len(origin.articles) == 2 for origin in found)


def scores(labelled: list[Pair]) -> tuple[float, float, Counter[str]]:
    """Return precision, recall, and the ways of the pairs that were got wrong."""
    outcomes = [(pair, share_an_origin(pair.one, pair.other)) for pair in labelled]
    right = sum(pair.same and found for pair, found in outcomes)
    wrong = Counter(pair.way for pair, found in outcomes if pair.same != found)
    return right / sum(found for _, found in outcomes), right / sum(pair.same for pair, _ in outcomes), wrong


def test_made_copies_are_found_and_rivals_stay_apart() -> None:
    labelled = pairs(originals(GOLDEN))
    precision, recall, wrong = scores(labelled)
    print(f"origins: {len(labelled)} pairs, P {precision:.3f}, R {recall:.3f}, wrong: {dict(wrong)}")
    assert len(labelled) >= 200
    assert precision >= PRECISION
    assert recall >= RECALL


def wikinews(data: Path) -> list[Pair]:
    """Return the pairs of articles of one event by two outlets, as published, with our labels."""
    events: dict[str, list[Article]] = defaultdict(list)
    for line in (data / "stories" / "wikinews-half.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        outlet = urlsplit(row["url"]).hostname or "unknown"
        events[row["story"]].append(article(row["id"][:8], outlet, row["text"], 6))
    return [
        Pair(one, other, same=bool({(one.id, other.id), (other.id, one.id)} & REAL_COPIES), way="as published")
        for told in events.values()
        for place, one in enumerate(told)
        for other in told[:place]
        if one.publisher != other.publisher
    ]


@pytest.mark.data
def test_published_articles_of_one_event(data: Path) -> None:
    labelled = pairs(originals(GOLDEN)) + wikinews(data)
    precision, recall, wrong = scores(labelled)
    print(
        f"origins, with published pairs: {len(labelled)} pairs, P {precision:.3f}, R {recall:.3f}, wrong: {dict(wrong)}"
    )
    assert precision >= PRECISION
    assert recall >= 0.98  # ten of the eleven published copies; the one left shares a sixth of its words
