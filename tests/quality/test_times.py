"""The floor of times on the TimeBank sample, given each document's creation time.

Counted are the TIMEX3 of type DATE or TIME in the text whose value holds a year of four digits. One is a hit when some
mention that we find overlaps its span and has an equal value, both at the level of ISO 8601: a part of day (``TMO``) is
its day, a weekend its week, ``T12:00`` is ``T12``. A bare weekday is one of seven words without more. The rules were
written with every other document in view (the even ones, in the order of their names); the rest were held out.

Of the folder's 60 files 20 are documents; 40 are what a file manager leaves beside files (``._…``) and hold no text.
They hold a single bare weekday, so weekdays are measured on ``tests/golden/weekdays`` too: sentences in the manner of
news, written before the rules were run on them.

What holds the value below 1: a day that depends on what is told ("Tuesday" of the week before), "a year ago" meant as a
month or as a quarter, "the latest quarter", and values that the annotators themselves give in two ways
(``1989-WXX`` beside ``1989-W43``). ``.venv/bin/pytest tests/quality/test_times.py -s`` prints the figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tocsin.reading.times import find_times

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
FLOOR, HELD_OUT_FLOOR, WEEKDAYS, ALONE, TOGETHER = 0.95, 0.95, 0.96, 0.79, 0.85
_TAG = re.compile(r"(<[^>]*>)")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_WEEKDAY = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")


@dataclass(frozen=True)
class Dated:
    """One annotated expression: its words, its value, and whether we hit it."""

    words: str
    value: str
    hit: bool


def level(value: str | None) -> str | None:
    """Bring a value to the level at which two are compared."""
    return value and re.sub(r"(?<=T\d\d):00$|T[A-Z]+$|-WE$", "", value)


def documents(folder: Path) -> Iterator[tuple[str, str, list[tuple[int, int, str]]]]:
    """Yield creation time, text, and start, end and value of each dated expression of the documents, by name."""
    for path in sorted(folder.glob("[!.]*.tml")):
        source = path.read_text("utf-8")
        created = _ATTRIBUTE.findall(source[source.index("<DCT>") : source.index("</DCT>")])
        text, dated, opened = "", [], (0, "")
        for part in _TAG.split(source[source.index("<TEXT>") + 6 : source.index("</TEXT>")]):
            if part.startswith("<TIMEX3"):
                opened = len(text), part
            elif part == "</TIMEX3>":
                marks = dict(_ATTRIBUTE.findall(opened[1]))
                if marks["type"] in {"DATE", "TIME"} and re.match(r"\d{4}", marks["value"]):
                    dated.append((opened[0], len(text), marks["value"]))
            elif not part.startswith("<"):
                text += part
        yield dict(created)["value"], text, dated


def measured(folder: Path) -> list[list[Dated]]:
    """Return the outcome of each expression, by document."""
    outcomes = []
    for created, text, dated in documents(folder):
        mentions = find_times(text, "en", created)
        outcomes.append(
            [
                Dated(
                    text[start:end],
                    value,
                    any(m.span[0] < end and start < m.span[1] and level(m.value) == level(value) for m in mentions),
                )
                for start, end, value in dated
            ]
        )
    return outcomes


def share(dated: list[Dated]) -> float:
    return sum(one.hit for one in dated) / len(dated)


@pytest.mark.data
def test_values_on_timebank(data: Path) -> None:
    outcomes = measured(data / "dates" / "timebank")
    dated = [one for document in outcomes for one in document]
    held_out = [one for document in outcomes[1::2] for one in document]
    weekdays = [one for one in dated if _WEEKDAY.fullmatch(one.words)]
    print(
        f"times: {len(outcomes)} documents, {len(dated)} expressions, value right {share(dated):.3f}, "
        f"held out {share(held_out):.3f}, {len(weekdays)} bare weekdays {share(weekdays):.3f}"
    )
    print("missed:", [(one.words, one.value) for one in dated if not one.hit])
    assert share(dated) >= FLOOR
    assert share(held_out) >= HELD_OUT_FLOOR
    assert share(weekdays) >= WEEKDAYS


def test_bare_weekdays() -> None:
    hits = []
    for line in (GOLDEN / "weekdays" / "en.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            published, sentence, dates = (column.strip() for column in line.split("|"))
            found = [mention.value for mention in find_times(sentence, "en", published)]
            hits += [Dated(sentence, day, day in found) for day in dates.split()]
    print(f"bare weekdays: {len(hits)} expressions {share(hits):.3f}; missed: {[one for one in hits if not one.hit]}")
    assert share(hits) >= WEEKDAYS


@pytest.mark.data
def test_expressions_without_their_sentences(data: Path) -> None:
    """The expressions of the timenorm list: each alone, and those of one document one after the other as its text."""
    alone: list[Dated] = []
    together: list[Dated] = []
    for block in (data / "dates" / "timenorm-en-train.tsv").read_text("utf-8").strip().split("\n\n"):
        (_, _, created), *rows = (line.split("\t") for line in block.splitlines())
        mentions, start = find_times("".join(f"{words}. " for words, _, _ in rows), "en", created), 0
        for words, kind, value in rows:
            if kind in {"DATE", "TIME"} and re.match(r"\d{4}", value):
                end = start + len(words)
                near = [mention for mention in mentions if mention.span[0] < end and start < mention.span[1]]
                for hits, found in ((alone, find_times(f"{words}.", "en", created)), (together, near)):
                    hits.append(Dated(words, value, any(level(mention.value) == level(value) for mention in found)))
            start += len(words) + 2
    weekdays = [one for one in alone if _WEEKDAY.fullmatch(one.words)]
    print(
        f"times alone: {len(alone)} expressions {share(alone):.3f}, {len(weekdays)} weekdays {share(weekdays):.3f}; "
        f"together {share(together):.3f}"
    )
    assert share(alone) >= ALONE
    assert share(together) >= TOGETHER
