"""Suppressed addresses in the store, on both engines."""

from datetime import UTC, datetime

import pytest

from tocsin.store.engine import Store
from tocsin.store.suppressions import BY_CONFIRMING, Suppressed, lift, suppress, suppression_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("reason", Suppressed)
def test_an_address_is_suppressed_for_a_reason(store: Store, reason: Suppressed) -> None:
    with store.write() as connection:
        suppress(connection, "key", reason, NOON)
        suppress(connection, "key", reason, NOON)
        assert suppression_of(connection, "key") is reason
        assert suppression_of(connection, "other") is None
        assert lift(connection, "key", *BY_CONFIRMING) == (reason in BY_CONFIRMING)


def test_a_complaint_outlasts_a_bounce_and_is_not_lost_to_one(store: Store) -> None:
    with store.write() as connection:
        suppress(connection, "key", Suppressed.BOUNCED, NOON)
        suppress(connection, "key", Suppressed.COMPLAINED, NOON)
        suppress(connection, "key", Suppressed.BOUNCED, NOON)
        assert suppression_of(connection, "key") is Suppressed.COMPLAINED
