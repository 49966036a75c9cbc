"""What hubs were asked for is kept, settled and counted alike on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.store.engine import Store
from tocsin.store.websub import (
    HubSubscription,
    count_missed,
    count_pushed,
    hub_subscription,
    hub_subscription_of,
    keep_hub_subscription,
    settle_hub_subscription,
)

NOW = datetime(2024, 5, 17, 12, tzinfo=UTC)
ASKED = HubSubscription("Post", "https://hub.example/", "https://post.example/feed", "token", "secret", "asked", NOW)


def test_a_subscription_is_found_by_source_and_by_token(store: Store) -> None:
    with store.write() as connection:
        keep_hub_subscription(connection, ASKED)
        settle_hub_subscription(connection, "token", "active", until=NOW + timedelta(days=7))
        found = hub_subscription(connection, "Post")
        assert found == hub_subscription_of(connection, "token")
        assert found is not None
        assert (found.state, found.until) == ("active", NOW + timedelta(days=7))
        assert hub_subscription_of(connection, "other") is None


def test_pushed_counts_always_and_missed_only_while_active(store: Store) -> None:
    with store.write() as connection:
        keep_hub_subscription(connection, ASKED)
        count_missed(connection, "Post", 3)
        settle_hub_subscription(connection, "token", "active", until=NOW)
        count_missed(connection, "Post", 2)
        count_pushed(connection, "token", 5, NOW)
        found = hub_subscription(connection, "Post")
        assert found is not None
        assert (found.missed, found.pushed, found.pushed_at) == (2, 5, NOW)
