import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.replay.score import auc, average_precision, interval

lists = st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=2, max_size=30)


def test_auc_by_hand() -> None:
    assert auc([True, False, True, False], [4, 3, 2, 1]) == 0.75
    assert auc([True, False], [1, 1]) == 0.5


def test_average_precision_by_hand() -> None:
    assert average_precision([True, False, True], [3, 2, 1]) == pytest.approx((1 + 2 / 3) / 2)


@given(lists)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, int]]) -> None:
    good = [score for deserved, score in rows if deserved]
    bad = [score for deserved, score in rows if not deserved]
    measured = auc([d for d, _ in rows], [s for _, s in rows])
    if not good or not bad:
        assert math.isnan(measured)
        return
    right = sum((g > b) + (g == b) / 2 for g in good for b in bad)
    assert measured == pytest.approx(right / len(good) / len(bad))


def test_the_interval_holds_the_measure() -> None:
    deserved, scores = [i % 3 == 0 for i in range(120)], [(i * 37) % 50 for i in range(120)]
    low, high = interval(auc, deserved, scores)
    assert low < auc(deserved, scores) < high
