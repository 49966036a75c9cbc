"""Feeds: the whole feedparser suite (kurtmckee/feedparser, BSD), each file parsed or refused with a reason.

Repeat with ``pytest tests/quality/test_feeds.py -rP``. A floor is lowered only together with a reason in the changelog.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.quality.expectations import SuiteFile, expectations, holds, suite
from tocsin.errors import TocsinError
from tocsin.intake.feed import Feed
from tocsin.intake.parse import parse_feed

pytestmark = pytest.mark.data

EXPECT_FLOOR = 0.97
REFUSED = 11
"""Files of the suite that hold no feed, or one that could expand without bound."""


@pytest.fixture(scope="module")
def files(data: Path) -> list[SuiteFile]:
    return suite(data)


def parsed(file: SuiteFile) -> Feed | str:
    """Return the feed, or the reason why it is refused; anything but a TocsinError is a crash."""
    try:
        return parse_feed(file.body, file.content_type, file.base, "suite")
    except TocsinError as error:
        return str(error)


def test_every_file_is_parsed_or_refused_with_a_reason(files: list[SuiteFile]) -> None:
    refused = {file.path: reason for file in files if isinstance(reason := parsed(file), str)}
    print(f"{len(files)} files, {len(refused)} refused:", *sorted(Counter(refused.values()).items()), sep="\n  ")
    assert len(files) > 1800
    assert all(refused.values())
    assert len(refused) <= REFUSED


def test_what_the_suite_expects_of_items_holds(files: list[SuiteFile]) -> None:
    results = []
    for file in files:
        feed = parsed(file)
        for expected in expectations(file):
            result = holds(expected, feed) if isinstance(feed, Feed) else holds(expected, Feed(""))
            if result is not None:
                results.append((result, expected))
    share = sum(result for result, _ in results) / len(results)
    print(f"{share:.4f} of {len(results)} expectations on titles, links, ids, dates, authors, summaries hold; not:")
    print(*(f"  {each.path}: {each.field} == {each.value!r}" for result, each in results if not result), sep="\n")
    assert len(results) > 800
    assert share >= EXPECT_FLOOR


def test_all_encodings_of_the_suite(files: list[SuiteFile]) -> None:
    encodings = [file for file in files if "/encoding/" in file.path]
    unread = [(file.path, reason) for file in encodings if isinstance(reason := parsed(file), str)]
    assert len(encodings) == 82
    assert unread == []
