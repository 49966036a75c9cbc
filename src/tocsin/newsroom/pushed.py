"""What hubs send (WebSub): their check that we asked, and the feeds they push."""

from __future__ import annotations

import hmac

from tocsin.intake.parse import parse_feed
from tocsin.intake.websub import check_signature, check_topic, lease_end
from tocsin.newsroom.keeping import keep
from tocsin.store.websub import count_pushed, hub_subscription_of, settle_hub_subscription
from tocsin.wiring import Parts


def verified(parts: Parts, token: str, query: dict[str, str]) -> str | None:
    """Return the challenge to answer a hub's check with, or None when we never asked for what it names."""
    topic, mode = query.get("hub.topic", ""), query.get("hub.mode")
    with parts.store.read() as connection:  # anybody may ask: only what we asked for is written
        found = hub_subscription_of(connection, token)
    if found is None or not hmac.compare_digest(found.topic.encode(), topic.encode()):
        return None
    with parts.store.write() as connection:
        if mode == "denied":
            settle_hub_subscription(connection, token, "denied", error=query.get("hub.reason", "")[:300] or "denied")
            return ""
        if mode != "subscribe" or "hub.challenge" not in query:
            return None
        until = lease_end(query.get("hub.lease_seconds"), parts.clock())
        settle_hub_subscription(connection, token, "active", until=until)
        return query["hub.challenge"]


def keep_pushed(parts: Parts, token: str, signature: str | None, content_type: str | None, body: bytes) -> int | None:
    """Keep what a hub pushed; return how many items were new, or None when nobody asked for it.

    Raises ForgedContent for a wrong signature, NotAFeed for a body that is none, OtherFeed for another feed's.
    """
    with parts.store.read() as connection:
        found = hub_subscription_of(connection, token)
    if found is None:
        return None
    check_signature(found.secret, signature, body)
    feed = parse_feed(body, content_type, found.topic, found.source)
    check_topic(found.topic, feed.self_url)
    with parts.store.write() as connection:
        added = keep(parts, connection, feed.items)
        count_pushed(connection, token, len(added), parts.clock())
    return len(added)
