"""Subscribers: who gets alerts, where, and how they want them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from tocsin.store.engine import Moment, metadata

Id = BigInteger().with_variant(Integer, "sqlite")


class SubscriberState(StrEnum):
    """Where a subscriber stands; only *active* ones are ever sent an alert."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    ERASED = "erased"


subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    # As the reader wrote it; None once erased.
    Column("address", String(320)),
    # Keyed hash of the normalised address (readers/addresses.py), the same as in suppressions; None once erased.
    Column("address_key", String(64), unique=True),
    Column("state", String(12), nullable=False),
    Column("language", String(12), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("ended_at", Moment),
    # How alerts are wanted (readers/preferences.py): "immediate", "daily" or "weekly".
    Column("pace", String(10), nullable=False, server_default="immediate"),
    Column("flash_only", Boolean, nullable=False, server_default="0"),
    # Quiet hours in minutes since local midnight, both or neither; ``quiet_override`` is the lowest band that breaks
    # them, "none" for no band at all.
    Column("quiet_from", Integer),
    Column("quiet_to", Integer),
    Column("quiet_override", String(10), nullable=False, server_default="flash"),
    # Local hour of the digest, and its weekday (0 Monday) when weekly.
    Column("digest_hour", Integer, nullable=False, server_default="7"),
    Column("digest_day", Integer, nullable=False, server_default="0"),
    # Alerts a local day at most (None: no cap); a flash or a correction is never held back by it.
    Column("daily_cap", Integer),
    Column("paused_until", Moment),
    Index("ix_subscribers_state", "state"),
)
