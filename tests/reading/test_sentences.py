"""Sentences: abbreviations end none, quotations stay whole, every word belongs to exactly one."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.reading.sentences import split


@pytest.mark.parametrize(
    "text",
    [
        "It rained.|The road flooded.",
        "Mr. Smith met Dr. Jones in St. Paul.|They talked.",
        "The U.S. Senate voted.|The bill failed.",
        "He moved to the U.S.|The move was hard.",
        "It fell 3.5 percent to $1.2 billion.|Shares rose.",
        "J. R. Moore wrote it.|It sold well.",
        "“We left. We ran.”|Nobody followed.",
        "“We left. We ran,” she said.|Nobody followed.",
        "Was it true?|Nobody knew!|“Why?” he asked.",
        "He waited…|Nothing came.",
        "Станом на 2022 р. їх було 15 тис. Осіб.|Потім стало більше.",
        "Він народився у м. Києві.|Потім переїхав.",
        "Он родился в г. Курске.|Потом уехал.",
        "«Мы ушли. Мы бежали», — сказал он.|Никто не ответил.",
        "No full stop at the end",
    ],
)
def test_split(text: str) -> None:
    parts = text.split("|")
    whole = " ".join(parts)
    assert [whole[slice(*span)] for span in split(whole)] == parts


def test_blank_line_ends_a_sentence_without_a_mark() -> None:
    text = "A headline without a stop\n\nThe first sentence.\nThe second\nis wrapped."
    assert [text[slice(*span)] for span in split(text)] == [
        "A headline without a stop",
        "The first sentence.",
        "The second\nis wrapped.",
    ]


@given(
    st.lists(st.sampled_from(["A", "b.", "Mr.", "“", "”", "\n\n", "!", "’", "«", "»", "U.S.", "3.5", "?”", " "])).map(
        " ".join
    )
)
def test_sentences_are_ordered_and_lose_no_word(text: str) -> None:
    spans = split(text)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert "".join("".join(text[slice(*span)].split()) for span in spans) == "".join(text.split())


@pytest.mark.parametrize(
    "text", [". " * 200_000, "“a. " * 100_000, "A. " * 150_000, "\n" * 400_000, "a" * 500_000, "!?" * 200_000]
)
def test_cost_is_linear(text: str) -> None:
    start = time.process_time()
    split(text)
    assert time.process_time() - start < 5
