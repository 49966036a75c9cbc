"""When a version reaches a reader: quiet hours over midnight and clock changes, caps, pauses, digests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.pace import Wish, local_midnight, next_digest, quiet_until, timing
from tocsin.model import Band, VersionKind

KYIV = ZoneInfo("Europe/Kyiv")
NIGHT = Wish(KYIV, quiet_from=22 * 60, quiet_to=7 * 60)


def at(text: str, zone: ZoneInfo = KYIV) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def told(wish: Wish, now: str, band: Band = Band.ALERT, kind: VersionKind = VersionKind.ALERT, sent: int = 0) -> str:
    when = timing(kind, band, wish, at(now), sent)
    return when.reason if when.until is None else f"{when.reason} until {when.until.astimezone(KYIV):%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "band", "wanted"),
    [
        ("2026-11-20T21:59", Band.ALERT, "at once"),
        ("2026-11-20T22:00", Band.ALERT, "quiet hours until 21 07:00"),
        ("2026-11-21T03:00", Band.ALERT, "quiet hours until 21 07:00"),
        ("2026-11-21T06:59", Band.WATCH, "quiet hours until 21 07:00"),
        ("2026-11-21T07:00", Band.ALERT, "at once"),
        ("2026-11-21T03:00", Band.FLASH, "at once"),
    ],
)
def test_quiet_hours_run_over_midnight_and_a_flash_breaks_them(now: str, band: Band, wanted: str) -> None:
    assert told(NIGHT, now, band) == wanted


def test_a_reader_may_let_nothing_break_quiet_hours_or_let_every_alert() -> None:
    night = "2026-11-21T03:00"
    assert told(replace(NIGHT, quiet_override=None), night, Band.FLASH).startswith("quiet hours")
    assert told(replace(NIGHT, quiet_override=Band.ALERT), night, Band.ALERT) == "at once"


def test_a_cap_holds_back_all_but_a_flash() -> None:
    wish = Wish(KYIV, daily_cap=3, digest_hour=8)
    assert told(wish, "2026-11-20T15:00", sent=2) == "at once"
    assert told(wish, "2026-11-20T15:00", sent=3) == "daily cap until 21 08:00"
    assert told(wish, "2026-11-20T15:00", Band.FLASH, sent=9) == "at once"


def test_a_pause_and_a_chosen_digest_hold_back_a_flash_too() -> None:
    assert (
        told(Wish(KYIV, paused_until=at("2026-11-25T00:00")), "2026-11-20T15:00", Band.FLASH) == "paused until 25 00:00"
    )
    assert told(Wish(KYIV, paused_until=at("2026-11-20T14:00")), "2026-11-20T15:00") == "at once"
    assert told(Wish(KYIV, pace="daily"), "2026-11-20T06:59", Band.FLASH) == "daily digest until 20 07:00"
    assert told(Wish(KYIV, pace="daily"), "2026-11-20T07:00") == "daily digest until 21 07:00"
    assert (
        told(Wish(KYIV, pace="weekly", digest_day=0, digest_hour=9), "2026-11-20T15:00")
        == "weekly digest until 23 09:00"
    )


_NOW = st.integers(0, 365 * 24 * 3600).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
_WISHES = st.builds(
    Wish,
    zone=st.sampled_from([KYIV, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Apia")]),
    pace=st.sampled_from(["immediate", "daily", "weekly"]),
    quiet_from=st.none() | st.integers(0, 1439),
    quiet_to=st.none() | st.integers(0, 1439),
    quiet_override=st.sampled_from([Band.FLASH, Band.ALERT, None]),
    digest_hour=st.integers(0, 23),
    digest_day=st.integers(0, 6),
    daily_cap=st.none() | st.integers(1, 5),
    paused_until=st.none() | _NOW,
)  # fmt: skip


@given(st.sampled_from(VersionKind), st.sampled_from(Band), _WISHES, _NOW, st.integers(0, 9))
def test_nothing_is_held_back_without_an_end_and_a_correction_never(
    kind: VersionKind, band: Band, wish: Wish, now: datetime, sent: int
) -> None:
    when = timing(kind, band, wish, now, sent)
    assert when.reason
    if kind in (VersionKind.CORRECTION, VersionKind.WITHDRAWAL):
        assert when.until is None
    if when.until is not None:
        assert when.until > now
        assert when.reason == "paused" or when.until - now <= timedelta(days=8)
    if band is Band.FLASH:
        assert when.reason != "daily cap"


@given(_WISHES, _NOW)
def test_a_digest_comes_at_the_readers_hour_on_the_readers_day(wish: Wish, now: datetime) -> None:
    due = next_digest(now, wish).astimezone(wish.zone)
    assert wish.pace != "weekly" or due.weekday() == wish.digest_day
    # A clock change may skip the hour itself; then it comes one hour later.
    assert due.hour in (wish.digest_hour, wish.digest_hour + 1)
    assert due.minute == 0


def test_quiet_hours_end_on_the_clock_when_the_clock_changes() -> None:
    # In Kyiv the clocks went from 3:00 to 4:00 on 29 March 2026.
    wish = NIGHT
    assert quiet_until(at("2026-03-28T23:30"), wish) == datetime(2026, 3, 29, 4, tzinfo=UTC)
    assert quiet_until(at("2026-03-28T12:00"), wish) is None
    assert quiet_until(at("2026-03-28T23:30"), Wish(KYIV)) is None


def test_a_cap_counts_from_the_readers_midnight() -> None:
    assert local_midnight(datetime(2026, 11, 20, 23, tzinfo=UTC), KYIV) == datetime(2026, 11, 20, 22, tzinfo=UTC)
