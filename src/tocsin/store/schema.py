"""Every table of Tocsin: each lives with its queries in the file of its noun, and is gathered here."""

from tocsin.store import (
    alerts,
    consents,
    intake,
    jobs,
    leases,
    letters,
    preferences,
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
    "intake",
    "jobs",
    "leases",
    "letters",
    "metadata",
    "preferences",
    "signups",
    "stories",
    "subscribers",
    "suppressions",
    "switches",
]
