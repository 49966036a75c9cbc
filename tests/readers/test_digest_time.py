"""When a digest is due, also on the days on which clocks change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.readers.digest_time import digest_due
from tocsin.readers.preferences import Preferences

DAILY = Preferences(pace="daily")
ZONES = st.sampled_from(["Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "UTC"])
CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Kyiv: 03:00 becomes 04:00
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Kyiv: 04:00 becomes 03:00
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York: 02:00 becomes 03:00
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York: 02:00 becomes 01:00
)
NEAR_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-4320, 4320)
)


@given(NEAR_A_CHANGE, ZONES, st.integers(0, 23))
def test_a_daily_digest_comes_once_a_day_at_its_hour(since: datetime, zone: str, hour: int) -> None:
    wishes = replace(DAILY, zone=zone, digest_hour=hour)
    first = digest_due(wishes, since)
    second = digest_due(wishes, first)
    assert since < first <= since + timedelta(hours=25)
    assert timedelta(hours=23) <= second - first <= timedelta(hours=25)
    local = [each.astimezone(ZoneInfo(zone)) for each in (first, second)]
    assert local[1].date() - local[0].date() == timedelta(days=1)
    assert all((each.hour - hour) % 24 in (0, 1) for each in local), "an hour that is skipped is told an hour later"


@given(NEAR_A_CHANGE, ZONES, st.integers(0, 1439))
def test_what_a_night_held_back_is_told_at_its_end(since: datetime, zone: str, end: int) -> None:
    wishes = Preferences(pace="immediate", zone=zone, quiet_from=(end - 480) % 1440, quiet_to=end)
    due = digest_due(wishes, since)
    assert since < due <= since + timedelta(hours=25)
    shown = due.astimezone(ZoneInfo(zone))
    assert (shown.hour * 60 + shown.minute - end) % 1440 in (0, 30, 60)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        ("2026-03-29T00:00:00+00:00", "2026-03-29T01:30:00+00:00"),  # 03:30 does not exist: told at 04:30
        ("2026-10-24T23:00:00+00:00", "2026-10-25T00:30:00+00:00"),  # 03:30 comes twice: told at the first
        ("2026-10-25T00:45:00+00:00", "2026-10-26T01:30:00+00:00"),  # between the two: tomorrow, not twice
    ],
)
def test_the_end_of_a_night_in_kyiv_when_clocks_change(since: str, due: str) -> None:
    wishes = Preferences(pace="immediate", zone="Europe/Kyiv", quiet_from=0, quiet_to=210)
    assert digest_due(wishes, datetime.fromisoformat(since)).isoformat() == due
