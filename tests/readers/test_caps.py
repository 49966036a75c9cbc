"""Caps of letters on a clock that jumps."""

from datetime import UTC, datetime, timedelta

from tocsin.readers.caps import LONGEST_WAIT, Cap, Used, when_to_send

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HOURLY = Cap(3, timedelta(hours=1))


def test_letters_of_a_clock_that_was_ahead_stop_no_other() -> None:
    far = Used(HOURLY, NOW + timedelta(days=400))
    assert when_to_send(NOW, mailbox=far, others=(far,)) == NOW


def test_letters_that_wait_for_their_turn_count() -> None:
    waiting = Used(HOURLY, NOW + LONGEST_WAIT - timedelta(hours=2))
    assert when_to_send(NOW, mailbox=Used(HOURLY, None), others=(waiting,)) == NOW + LONGEST_WAIT - timedelta(hours=1)
    assert when_to_send(NOW, mailbox=waiting, others=()) is None
