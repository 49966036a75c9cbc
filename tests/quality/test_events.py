"""Floors of the 33 events of the open English stream, replayed without any knowledge of publishers."""

from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from tests.quality.replays import Outcome, Replayed, cut_decisions, events, median_minutes, replayed

pytestmark = pytest.mark.data


@cache
def whole(data: Path) -> Replayed:
    return replayed(data, "en")


@cache
def outcomes(data: Path) -> tuple[Outcome, ...]:
    found = (whole(data).outcome(event) for event in events(data / "streams" / "events-en.tsv"))
    return tuple(one for one in found if one)


def test_events_surface_within_a_minute(data: Path) -> None:
    surfaced = [one for one in outcomes(data) if one.messages]
    assert len(surfaced) >= 32
    assert median_minutes(surfaced) <= 1


def test_no_event_is_a_storm(data: Path) -> None:
    assert {one.event: one.messages for one in outcomes(data) if one.messages > 4} == {}


def test_readers_are_not_worn_out(data: Path) -> None:
    assert mean(whole(data).new_per_day()) <= 5


def test_cutting_the_stream_leaves_earlier_decisions_unchanged(data: Path) -> None:
    for cut in (1, 400, 900):
        assert cut_decisions(data, "en", "", cut) == [decision for *_, decision in whole(data).items[:cut]]
