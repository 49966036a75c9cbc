"""Hostile text costs what its length costs: four times as long is less than 3 × 3 times the time, whatever it is."""

from __future__ import annotations

import time

import pytest

from tocsin.intake.boilerplate import form_apart, is_boilerplate
from tocsin.intake.records import read_record
from tocsin.intake.websub import find_hub
from tocsin.model import Article
from tocsin.reading.reader import read

PIECES = (
    "a", "A", "9", ".", "…", ",", ":", " ", "\n", "\n\n", "-", "—", "(", ")", "[", "“", "”", "«", "»", '"', "'", "’",
    "''", "_", "/", "©", "\u0301", "\U0001f534", "A.", "a.b", "1,", "12:", "1-", "Mr. ", "said ", "said, ", "“said” ",
    "who said ", "X said Y, ", "according to ", "quoted by ", "as saying ", "The ", "of the ", "and ", "in the year ",
    "two and a half ", "May 3-", "nineteen ", "on Friday ", "(Reuters) - ", "Copyright ", "Source: ", "reporting by ",
    "contributed to ", "with A, ", "told the newspaper ", "that ", "“A,” he said, ", "«А, — сказал он. — ", "заявил ",
    "Georgia, ", "London, Ontario ", "sign up to our ", "newsletter ", "your email address ", "Київ, ", "п'ять ",
)  # fmt: skip
SHORT, FLOOR_S = 1_500, 0.004


def seconds(text: str) -> float:
    def once() -> float:
        start = time.process_time()
        read(Article(id="a", source="s", title="", text=text, published="2024-05-17", language="en"))
        return time.process_time() - start

    return min(once() for _ in range(2))


@pytest.mark.parametrize("piece", PIECES)
def test_reading_is_linear_in_its_length(piece: str) -> None:
    text = piece * (4 * SHORT // len(piece))
    assert seconds(text) < 3 * 3 * max(seconds(text[: len(text) // 4]), FLOOR_S)


def cleaning(text: str) -> float:
    def once() -> float:
        start = time.process_time()
        is_boilerplate(text)
        form_apart(text)
        read_record(text)
        find_hub([text], None, "https://post.example/")
        return time.process_time() - start

    return min(once() for _ in range(2))


@pytest.mark.parametrize("piece", PIECES)
def test_cleaning_a_record_is_linear_in_its_length(piece: str) -> None:
    text = piece * (4 * SHORT // len(piece))
    assert cleaning(text) < 3 * 3 * max(cleaning(text[: len(text) // 4]), FLOOR_S)
