from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories.reports import NOON
from tocsin.stories.baseline import Baseline, poisson_tail, velocity_of


def test_the_poisson_tail_against_the_textbook() -> None:
    assert poisson_tail(0, 3.0) == 1.0
    assert poisson_tail(1, 0.5) == pytest.approx(0.3935, abs=1e-4)
    assert poisson_tail(3, 1.0) == pytest.approx(0.0803, abs=1e-4)


@given(st.integers(0, 400), st.floats(0.001, 500.0))
def test_the_tail_is_a_chance_and_falls(count: int, expected: float) -> None:
    assert 0 < poisson_tail(count + 1, expected) <= poisson_tail(count, expected) <= 1


def test_a_busy_hour_of_the_week_expects_more_than_a_quiet_one() -> None:
    baseline = Baseline()
    for week in range(3):
        for hour in range(168):
            at = NOON + timedelta(weeks=week, hours=hour)
            for _ in range(40 if at.hour == 12 else 2):
                baseline.saw(at)
    later = NOON + timedelta(weeks=3)
    assert baseline.per_hour(later) > 3 * baseline.per_hour(later + timedelta(hours=5))


def test_the_length_of_the_baseline_is_stated_not_assumed() -> None:
    baseline = Baseline(timedelta(weeks=4))
    assert baseline.weeks(NOON) == 0
    baseline.saw(NOON)
    assert baseline.weeks(NOON + timedelta(days=7)) == pytest.approx(1.0)
    assert baseline.weeks(NOON + timedelta(weeks=30)) == 4


def test_hours_older_than_the_window_are_forgotten() -> None:
    baseline = Baseline(timedelta(weeks=1))
    for _ in range(500):
        baseline.saw(NOON)
    for week in range(1, 4):
        baseline.saw(NOON + timedelta(weeks=week, hours=1))
    assert baseline.per_hour(NOON + timedelta(weeks=3)) < 5


def test_velocity_counts_families_within_the_time() -> None:
    baseline = Baseline()
    baseline.saw(NOON)
    firsts = [NOON - timedelta(hours=3), NOON - timedelta(minutes=10), NOON]
    found = velocity_of(firsts, baseline, NOON, 60)
    assert found is not None
    assert found.families == 2
    assert velocity_of(firsts[:2], baseline, NOON, 60) is None
