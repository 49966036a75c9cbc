"""Page bodies and raw records against what people marked (scrapinghub/article-extraction-benchmark, MIT, 181 pages).

F1 of 4-word shingles, each page with the same weight, computed as the benchmark's own ``evaluate.py`` does. Repeat with
``pytest tests/quality/test_extraction.py -rP``. A floor is lowered only together with a reason in the changelog.
The rules for pages were tuned on every other page; the trees for records are fitted on all of them, and
``python -m bench.fit_records`` shows what they reach on pages they have not seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trafilatura

from tests.quality.pages import LabelledPage, Score, broken_lines, labelled_pages, record_lines, run_together, score
from tocsin.errors import TocsinError
from tocsin.intake.extract import article_from_record, extract_page

pytestmark = pytest.mark.data

PAGE_FLOOR = 0.974
RECORD_FLOORS = {"blocks": 0.93, "run together": 0.91, "broken": 0.925, "clean": 0.98}
TIMED_TO_THE_MINUTE = 150
"""Pages whose publication time is found to the minute (most of the others give a day only)."""


@pytest.fixture(scope="module")
def pages(data: Path) -> list[LabelledPage]:
    return labelled_pages(data)


def measured(pages: list[LabelledPage], found: Callable[[LabelledPage], str]) -> tuple[Score, float]:
    """Return the score of a way to find the text, and its milliseconds per page."""
    started = time.perf_counter()
    texts = [_or_nothing(found, page) for page in pages]
    spent = (time.perf_counter() - started) * 1000 / len(pages)
    return score([(page.body, text) for page, text in zip(pages, texts, strict=True)]), spent


def _or_nothing(found: Callable[[LabelledPage], str], page: LabelledPage) -> str:
    try:
        return found(page)
    except TocsinError:
        return ""


def test_page_bodies_and_publication_times(pages: list[LabelledPage]) -> None:
    published: list[str | None] = []

    def read(page: LabelledPage) -> str:
        article = extract_page(page.html, page.url)
        published.append(article.published)
        return article.text

    ours, our_ms = measured(pages, read)
    theirs, their_ms = measured(
        pages, lambda page: trafilatura.extract(page.html, fast=True, include_comments=False) or ""
    )
    print(f"Tocsin with all metadata {ours}, {our_ms:.1f} ms a page; trafilatura alone {theirs}, {their_ms:.1f} ms")
    dated = [date for date in published if date]
    timed = [date for date in dated if "T" in date]
    print(f"{len(dated)} of {len(pages)} pages dated, {len(timed)} to the minute")
    assert ours.f1 >= PAGE_FLOOR
    assert ours.f1 > theirs.f1
    assert len(timed) >= TIMED_TO_THE_MINUTE


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("blocks", lambda page: record_lines(page.html)),
        ("run together", lambda page: run_together(page.html)),
        ("broken", lambda page: broken_lines(page.html)),
        ("clean", lambda page: page.body.splitlines()),
    ],
)
def test_the_same_pages_as_raw_records(
    pages: list[LabelledPage], form: str, lines: Callable[[LabelledPage], list[str]]
) -> None:
    records = {page.key: "\n".join(lines(page)) for page in pages}
    everything = score((page.body, records[page.key]) for page in pages)
    ours, ms = measured(pages, lambda page: article_from_record(records[page.key]).text)
    print(f"{form}: {ours}, {ms:.1f} ms a record; keeping everything {everything}")
    assert ours.f1 >= RECORD_FLOORS[form]
