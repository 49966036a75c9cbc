"""Holds expire, corrections never, and an editor who is reading is not overtaken."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.holds import GRACE, HOLD, STALE, Hold, hold_of, opened
from tocsin.model import VersionKind

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age_min", "wanted_min"),
    [(0, 20), (40, 20), (45, 15), (58, 3), (500, 3)],
)
def test_news_waits_twenty_minutes_less_when_it_grows_stale(age_min: int, wanted_min: int) -> None:
    hold = hold_of(VersionKind.ALERT, AT, AT - timedelta(minutes=age_min))
    assert hold.until == AT + timedelta(minutes=wanted_min)


def test_an_unknown_publication_time_waits_the_usual_time() -> None:
    assert hold_of(VersionKind.UPDATE, AT, None).until == AT + HOLD


def test_a_correction_waits_until_somebody_decides() -> None:
    hold = hold_of(VersionKind.CORRECTION, AT, AT - STALE)
    assert hold.until is None
    assert opened(hold, AT + timedelta(days=1)) is hold


@given(st.integers(0, 3600))
def test_opening_a_hold_leaves_at_least_the_grace_and_never_revives_it(second: int) -> None:
    hold, now = Hold(AT + HOLD, "a hold lasts 20 minutes"), AT + timedelta(seconds=second)
    after = opened(hold, now).until
    assert after is not None
    if now < AT + HOLD:
        assert after >= AT + HOLD
        assert after - now >= GRACE
    else:
        assert after == AT + HOLD


def test_the_rules_say_how_long_a_hold_lasts() -> None:
    hold = hold_of(VersionKind.ALERT, AT, None, timedelta(minutes=7))
    assert (hold.until, hold.reason) == (AT + timedelta(minutes=7), "a hold lasts 7 minutes")
