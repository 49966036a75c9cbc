"""Every table of Tocsin: each lives with its queries in the file of its noun, and is gathered here."""

from tocsin.store import alerts, intake, jobs, leases, stories, subscribers, switches
from tocsin.store.engine import metadata

__all__ = ["alerts", "intake", "jobs", "leases", "metadata", "stories", "subscribers", "switches"]
