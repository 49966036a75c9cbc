"""Fuzz the reading of articles, led by coverage: ``python -m bench.fuzz_reading [--seconds 3600] [--seed 1]``.

Starts from the golden sentences in three languages; an input that makes ``tocsin.reading`` run a line after another in
a new order is kept and changed further. It stops with the input when reading raises, when a span doesn't point at its
words, or when one article takes longer than two seconds and five hundred microseconds of processor time for every
character: ten times what the reading takes under the tracer, which itself costs about thirty times the reading.
"""

from __future__ import annotations

import random
import sys
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from bench.options import options_of

from tocsin.model import Article
from tocsin.reading.reader import read

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 4_000
Edge = tuple[str, int, int]


def golden() -> list[str]:
    """Return the texts of the golden sentences."""
    files = sorted((ROOT / "tests" / "golden" / "sentences").glob("*.toml"))
    return [case["text"] for file in files for case in tomllib.loads(file.read_text("utf-8"))["case"]]


def edges_of(run: Callable[[], None]) -> set[Edge]:
    """Run ``run`` and return the pairs of lines that followed each other in ``tocsin.reading``."""
    seen: set[Edge] = set()
    last: dict[int, int] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if "/tocsin/reading/" not in name:
            return None
        if event == "line":
            seen.add((name, last.get(id(frame), 0), frame.f_lineno))
            last[id(frame)] = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(None)
    return seen


def check(text: str) -> None:
    """Read ``text`` as an article and raise AssertionError when a span doesn't hold or it takes too long."""
    start = time.process_time()
    reading = read(Article(id="fuzz", source="fuzz", title="", text=text, published="2024-05-17"))
    assert time.process_time() - start < 2 + len(text) * 5e-4, "too slow"
    for statement in reading.statements:
        assert text[slice(*statement.cue_span)] == statement.cue
        assert text[slice(*statement.content_span)] == statement.content
        assert statement.speaker_span is None or text[slice(*statement.speaker_span)] == statement.speaker
    assert all(text[slice(*mention.span)] == mention.text for mention in reading.times)
    assert all(text[slice(*mention.span)] == mention.text for mention in reading.places)
    for credit in reading.credits:
        assert credit.span is None or text[slice(*credit.span)] == credit.evidence


def changed(text: str, others: list[str], chance: random.Random) -> str:
    """Return ``text`` with words cut, doubled, moved, or taken from another input."""
    words = text.split(" ")
    other = chance.choice(others).split(" ")
    at = chance.randrange(len(words) + 1)
    step = chance.randrange(6)
    if step == 0:
        del words[at : at + chance.randrange(1, 5)]
    elif step == 1:
        words[at:at] = words[at : at + chance.randrange(1, 9)] * chance.randrange(1, 30)
    elif step == 2:
        words[at:at] = other[chance.randrange(len(other)) :]
    elif step == 3:
        words.insert(
            at, chance.choice(["“", "”", "«", "»", "'", "—", ",", ":", "\n\n", "(", ")", "\u0301", "\U0001f534"])
        )
    elif step == 4:
        chance.shuffle(words)
    else:
        words = [chance.choice([word.upper(), word.lower(), word[::-1]]) for word in words]
    return " ".join(words)[:LONGEST]


def main() -> None:
    """Fuzz for the given time and print how much was reached."""
    parser = options_of(__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="how long, in seconds")
    parser.add_argument("--seed", type=int, default=1, help="of the random changes")
    options = parser.parse_args()
    chance, kept = random.Random(options.seed), golden()
    reached: set[Edge] = set()
    for text in kept:
        reached |= edges_of(partial(check, text))
    tried, until = 0, time.monotonic() + options.seconds
    while time.monotonic() < until:
        text = changed(chance.choice(kept), kept, chance)
        try:
            new = edges_of(partial(check, text)) - reached
        except Exception:
            print(f"failed after {tried} inputs on:\n{text!r}", file=sys.stderr)
            raise
        tried += 1
        if new:
            reached |= new
            kept.append(text)
    print(f"{tried} inputs, {len(kept)} kept, {len(reached)} edges reached, no failure")


if __name__ == "__main__":
    main()
