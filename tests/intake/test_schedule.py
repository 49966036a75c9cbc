"""When a source is due, and the reason."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.intake.schedule import Due, Load, Pace, Tier, backoff_s, interval_s, learned_rate, next_due, tier_of
from tocsin.model import Source

NOW = datetime(2022, 11, 11, 5, tzinfo=UTC)
LOAD = Load(root_rates=1.0, requests_per_s=1.0)
LIVELY = 1 / 100  # items per second: an interval of 10 s under LOAD


def due(tier: Tier = Tier.OTHER, pace: Pace | None = None, *, luck: float = 0.0, burst: bool = False) -> Due:
    return next_due(tier, pace or Pace(rate=LIVELY, asked=NOW), LOAD, NOW, luck=luck, burst=burst)


def wait(decision: Due) -> float:
    return (decision.at - NOW).total_seconds()


def test_a_new_source_is_asked_at_once() -> None:
    assert due(pace=Pace()) == Due(NOW, "never asked before")


def test_activity_decides_below_the_ceiling() -> None:
    assert wait(due()) == pytest.approx(10)
    assert due().reason == "its activity"


@pytest.mark.parametrize(("tier", "ceiling"), [(Tier.HOT, 30), (Tier.OFFICIAL, 60), (Tier.OTHER, 600)])
def test_a_silent_source_is_asked_at_its_tiers_ceiling(tier: Tier, ceiling: int) -> None:
    silent = next_due(tier, Pace(rate=0.0, asked=NOW), Load(1000.0), NOW, luck=0.0)
    assert wait(silent) == ceiling
    assert "ceiling" in silent.reason


def test_a_live_story_brings_its_sources_forward() -> None:
    quiet = Pace(rate=0.0, asked=NOW)
    assert wait(due(Tier.OTHER, quiet, burst=True)) <= 15


def test_errors_back_off_and_spread() -> None:
    failing = [wait(due(pace=Pace(asked=NOW, failures=n))) for n in range(1, 12)]
    assert failing == sorted(failing)
    assert failing[-1] <= 3600
    early, late = (wait(due(pace=Pace(asked=NOW, failures=3), luck=luck)) for luck in (0.0, 0.999))
    assert late == pytest.approx(2 * early, rel=0.01)


@pytest.mark.parametrize("tier", Tier)
def test_one_hiccup_silences_no_source_for_minutes(tier: Tier) -> None:
    assert wait(due(tier, Pace(rate=LIVELY, asked=NOW, failures=1), luck=0.999)) <= 30


def test_a_server_may_slow_but_never_speed() -> None:
    pace = Pace(rate=LIVELY, asked=NOW)
    slowed = due(pace=replace(pace, not_before=NOW + timedelta(seconds=90)))
    assert (wait(slowed), slowed.reason) == (90, "the server asked to wait")
    assert due(pace=replace(pace, not_before=NOW + timedelta(seconds=1))) == due(pace=pace)


def test_a_server_can_not_silence_a_source_for_ever() -> None:
    pace = Pace(rate=LIVELY, asked=NOW, not_before=NOW + timedelta(days=4000))
    assert wait(due(pace=pace)) == 86400


def test_requests_to_one_host_are_spaced() -> None:
    free = NOW + timedelta(seconds=25)
    spaced = next_due(Tier.OTHER, Pace(rate=LIVELY, asked=NOW), LOAD, NOW, luck=0.0, host_free_at=free)
    assert spaced == Due(free, "its host was asked a moment ago")


def test_the_square_root_law_halves_the_mean_delay_of_the_proportional_one() -> None:
    """A thousand sources, activity by Zipf's law, ten requests a second: delay = interval / 2, weighted by items."""
    rates = [0.05 / rank for rank in range(1, 1001)]
    total = sum(rates)
    proportional = sum(rate / total * (total / (10 * rate)) / 2 for rate in rates)
    load = Load(sum(math.sqrt(rate) for rate in rates), 10.0)
    root = sum(rate / total * interval_s(rate, load) / 2 for rate in rates)
    assert root < 0.6 * proportional


@given(st.floats(0, 10), st.integers(0, 1000), st.floats(1, 1e6))
def test_learned_activity_lies_between_what_was_known_and_what_was_seen(rate: float, arrived: int, s: float) -> None:
    learned = learned_rate(rate, arrived, s)
    assert learned > 0
    assert min(rate, arrived / s) * 0.999 <= max(learned, 2e-6)
    assert learned <= max(rate, arrived / s, 2e-6) * 1.001


@given(
    st.sampled_from(Tier),
    st.builds(Pace, rate=st.floats(0, 100), asked=st.just(NOW), failures=st.integers(0, 10**6)),
    st.floats(0, 0.999),
    st.booleans(),
)
def test_a_healthy_source_is_never_starved_nor_hammered(tier: Tier, pace: Pace, luck: float, burst: bool) -> None:
    seconds = wait(due(tier, pace, luck=luck, burst=burst))
    assert 5 <= seconds <= (3600 if pace.failures else tier.ceiling_s)


@given(st.integers(1, 10**9), st.floats(0, 0.999))
def test_back_off_is_bounded(failures: int, luck: float) -> None:
    assert 0 < backoff_s(failures, 30, luck) <= 3600


def test_the_tier_follows_from_what_the_operator_says_of_the_source() -> None:
    ministry = Source("m", "Ministry", "state", remit=("UA",), tier=2)
    assert tier_of(replace(ministry, may_alert_alone=True)) is Tier.HOT
    assert tier_of(ministry) is Tier.OFFICIAL
    assert tier_of(Source("b", "Blog", "b")) is Tier.OTHER
