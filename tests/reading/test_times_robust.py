"""Times: spans that hold, hostile input, and cost that grows with length only."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.reading.times import find_times
from tocsin.reading.times_calendar import bounds, publication

VOCABULARY = """
on at the Friday 5am March 11 2022 last next year years ago two third quarter , . - until since late of morning a
few after before Nov. 1970s Q3 00:61 99:99 31 30 February пятницу марта назад п'ятницю 2022-13-45 0000 9999 hundred
thousand weeks months decades centuries fortnight and or to Q4 fiscal the same day earlier later
"""
WORDS = st.sampled_from(VOCABULARY.split())
PUBLISHED = st.sampled_from(
    [
        None,
        "",
        "2022",
        "2022-11",
        "2022-11-11",
        "2022-11-11T23:30:00+02:00",
        "0001-01-01",
        "9999-12-31",
        "2022-99-99",
        "x",
    ]
)


@given(st.lists(WORDS, max_size=30), PUBLISHED, st.sampled_from(["en", "uk", "ru", "xx"]))
def test_any_words_give_spans_that_hold(words: list[str], published: str | None, language: str) -> None:
    text = " ".join(words)
    for mention in find_times(text, language, published):
        start, end = mention.span
        assert text[start:end] == mention.text
        assert mention.text.strip() == mention.text != ""


@given(st.text(max_size=200), PUBLISHED)
def test_any_text_is_read_without_a_crash(text: str, published: str | None) -> None:
    for mention in find_times(text, "en", published):
        assert text[slice(*mention.span)] == mention.text


@pytest.mark.parametrize(
    "unit",
    [
        "5am on ",
        "the the ",
        "Friday, ",
        "11/11/",
        "9" * 50,
        "2022-",
        "two to three ",
        "a.m. ",
        "late of the ",
        "’s",
        "12:",
        "'90s ",
    ],
)
def test_cost_is_linear_on_hostile_input(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            find_times(text, "en", "2022-11-11")
            best = min(best, time.process_time() - start)
        return best

    assert seconds(32_000) < 12 * seconds(8_000) + 0.05


@pytest.mark.data
def test_spans_point_at_their_words_in_every_article(data: Path) -> None:
    for path in sorted((data / "attribution" / "polnear").glob("[!.]*.txt")):
        text = path.read_text("utf-8")
        mentions = find_times(text, "en", "2016-06-01")
        assert all(text[slice(*mention.span)] == mention.text for mention in mentions)
        assert all(one.span[1] <= other.span[0] for one, other in itertools.pairwise(mentions))


def test_the_publisher_s_zone_decides_the_day() -> None:
    late = "2022-11-11T23:30:00Z"
    assert find_times("It rained today.", "en", late)[0].value == "2022-11-11"
    assert find_times("It rained today.", "en", late, zone="Europe/Kyiv")[0].value == "2022-11-12"
    assert find_times("It began at 5am on Friday.", "en", "2022-11-11", zone="Europe/Kyiv")[0].zone == "Europe/Kyiv"
    assert find_times("It rained today.", "en", late, zone="No/Such")[0].value == "2022-11-11"


def test_an_unknown_publication_time_stays_unknown() -> None:
    assert publication("soon") is None
    assert publication("2022-02-30") is None
    assert find_times("on Friday", "en", "soon")[0].value is None


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2022", "2022-01-01", "2022-12-31"),
        ("2022-02", "2022-02-01", "2022-02-28"),
        ("2022-W45", "2022-11-07", "2022-11-13"),
        ("2022-Q4", "2022-10-01", "2022-12-31"),
        ("2022-WI", "2022-12-01", "2023-02-28"),
        ("2022-11-11T05", "2022-11-11", "2022-11-11"),
    ],
)
def test_bounds(value: str, first: str, last: str) -> None:
    found = bounds(value)
    assert found is not None
    assert (found[0].isoformat(), found[1].isoformat()) == (first, last)


@pytest.mark.parametrize("value", ["P8M", "197", "2022-13", "2022-W60", "", "x"])
def test_what_is_no_date_has_no_bounds(value: str) -> None:
    assert bounds(value) is None
