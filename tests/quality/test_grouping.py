"""Floors of grouping on the open data; measured as ``grouping.py`` says, intervals over resampled stories.

Seen when pinned (November 2026): Wikinews .882 (the aim is .89, which is not reached); UCI headlines of the stories
held out while fitting .797. A floor is only ever raised.
"""

import pytest

from tests.quality.grouping import Labelled, b_cubed, group, interval, shuffled, uci, wikinews

SHUFFLES = (1, 2, 3)


def mean_f1(rows: tuple[Labelled, ...]) -> float:
    streams = [shuffled(rows, seed) for seed in SHUFFLES]
    return sum(b_cubed(group(stream), stream).f1 for stream in streams) / len(streams)


@pytest.mark.data
def test_articles_of_one_event_are_grouped() -> None:
    found = mean_f1(wikinews())
    low, high = interval(wikinews(), SHUFFLES)
    print(f"wikinews B³ F1 {found:.3f} ({low:.3f}–{high:.3f})")
    assert found >= 0.88


@pytest.mark.data
def test_headlines_of_stories_never_fitted_on_are_grouped() -> None:
    found = mean_f1(uci(held_out=True))
    low, high = interval(uci(held_out=True), SHUFFLES)
    print(f"UCI headlines, held out: B³ F1 {found:.3f} ({low:.3f}–{high:.3f})")
    assert found >= 0.79
