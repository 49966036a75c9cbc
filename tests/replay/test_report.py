import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.replay.streams import row, small, write
from tests.replay.test_run import SOURCES
from tests.stories.reports import unread
from tocsin.replay.report import minutes
from tocsin.replay.run import replay
from tocsin.stories.rules import Rules


def page(stream: Path, folder: Path, other: Rules | None = None) -> str:
    replay(stream, folder / "out", Rules(), SOURCES, unread, other=other)
    return (folder / "out" / "report.html").read_text("utf-8")


def test_the_page_stands_alone(tmp_path: Path) -> None:
    html = page(small(tmp_path), tmp_path)
    assert not re.search(r"<script|https?://|src=|@import|url\(", html)
    assert '<html lang="en">' in html
    assert "prefers-color-scheme: dark" in html


def test_it_shows_each_alert_with_the_words_its_points_stood_on(tmp_path: Path) -> None:
    html = page(small(tmp_path), tmp_path)
    assert "At least 40 people killed as express train derails near Lindholm" in html
    assert "killed" in html
    assert "1 follow-up" in html
    assert html.count("<circle") == 2


def test_hostile_headlines_are_shown_as_text(tmp_path: Path) -> None:
    rows: list[object] = [row(1, 0, "Agency", 'At least 40 people killed <script>alert("x")</script> in blast & fire')]
    html = page(write(tmp_path / "s.jsonl", rows), tmp_path)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_what_came_close_is_listed_with_what_stood_against_it(tmp_path: Path) -> None:
    old = "2026-03-01T00:00:00Z"
    rows: list[object] = [
        row(1, 0, "Agency", "Town council meets"),
        {**row(2, 5, "Agency", "At least 40 people killed as train derails near Lindholm"), "published": "2026-03-02"},
    ]
    html = page(write(tmp_path / "s.jsonl", rows), tmp_path)
    assert "not fresh: only a date: 2026-03-02" in html
    assert old not in html


def test_an_empty_stream_makes_a_page_that_says_so(tmp_path: Path) -> None:
    assert "Nothing reached the bar." in page(write(tmp_path / "s.jsonl", [""]), tmp_path)


def test_refused_rows_are_named(tmp_path: Path) -> None:
    assert "Line 2: not JSON" in page(write(tmp_path / "s.jsonl", [row(1, 0, "A", "x"), "{"]), tmp_path)


@pytest.mark.parametrize("wrong", ["1971-01-01T00:00:00Z", "3026-11-23T06:00:00Z"])
def test_one_wrong_date_makes_no_page_of_a_thousand_years(tmp_path: Path, wrong: str) -> None:
    rows = [row(number, number, "A", f"Story {number}") for number in range(5)]
    stream = write(tmp_path / "s.jsonl", [*rows, row(9, 0, "A", "Long ago or to come") | {"published": wrong}])
    text = page(stream, tmp_path / "out")
    assert len(text) < 100_000
    assert "1 items are months away" in text


def test_two_sets_of_rules_side_by_side(tmp_path: Path) -> None:
    html = page(small(tmp_path), tmp_path, replace(Rules(), alert=101.0, flash=102.0))
    assert "0 alerts stay, 0 would be new, 1 would be gone" in html
    assert "Only these rules alert" in html


@pytest.mark.parametrize(("seconds", "words"), [(59, "at once"), (60, "1 min"), (7500, "2 h 05")])
def test_delays_in_words(seconds: int, words: str) -> None:
    assert minutes(timedelta(seconds=seconds)) == words
