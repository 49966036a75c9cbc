"""Every table of Tocsin: each lives with its queries in the file of its noun, and is gathered here."""

from tocsin.store import (
    alerts,
    consents,
    deliveries,
    intake,
    jobs,
    leases,
    letters,
    moves,
    notices,
    preferences,
    replies,
    signups,
    stories,
    subscribers,
    suppressions,
    switches,
)
from tocsin.store.engine import metadata

__all__ = [
    "alerts",
    "consents",
    "deliveries",
    "intake",
    "jobs",
    "leases",
    "letters",
    "metadata",
    "moves",
    "notices",
    "preferences",
    "replies",
    "signups",
    "stories",
    "subscribers",
    "suppressions",
    "switches",
]
