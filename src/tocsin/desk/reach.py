"""Whom a held version would reach: counted once for all that ask, and kept for a moment where counting is dear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from threading import Lock
from time import monotonic

from sqlalchemy import Connection

from tocsin.sending.standing import phrases_for
from tocsin.store.alerts import Version
from tocsin.store.audience import AT_ONCE, LATER, audience_counts
from tocsin.store.engine import Store

DEAR_S = 0.2
"""A count that took so long is kept, as long as ``_SERVES`` such counts take: then counting costs a few hundredths."""
_SERVES, _LONGEST_S = 40, 60.0


@dataclass(frozen=True, slots=True)
class Reach:
    """How many readers get a version at once, later (by the reason) and not at all (by the reason).

    ``about`` tells that they were counted a moment ago: a few may have come or gone.
    """

    at_once: int
    later: Mapping[str, int]
    left_out: Mapping[str, int]
    about: bool = False

    @property
    def readers(self) -> int:
        """How many get it, at once or in their digest."""
        return self.at_once + sum(self.later.values())


@dataclass(slots=True)
class Counts:
    """The counts of a store in this process that still serve, by version and revision."""

    dear_s: float = DEAR_S
    serves: float = _SERVES
    _lock: Lock = field(default_factory=Lock)
    _kept: dict[tuple[int, int], tuple[float, Reach]] = field(default_factory=dict)

    def reach(self, store: Store, connection: Connection, version: Version, now: datetime) -> Reach:
        """Return whom a version would reach; who asks while it is counted waits for that count."""
        key = version.id, version.revision
        with self._lock:
            began = monotonic()
            self._kept = {each: kept for each, kept in self._kept.items() if kept[0] > began}
            if key in self._kept:
                return replace(self._kept[key][1], about=True)
            found = _counted(store, connection, version, now)
            took = monotonic() - began
            if took >= self.dear_s:
                self._kept[key] = began + took + min(_LONGEST_S, self.serves * took), found
            return found


def reach_of(store: Store, connection: Connection, version: Version, now: datetime) -> Reach:
    """Return whom a version that is not yet approved would reach if it were approved ``now``."""
    return _counts_of(store).reach(store, connection, version, now)


@lru_cache(maxsize=8)
def _counts_of(store: Store) -> Counts:
    return Counts()


def _counted(store: Store, connection: Connection, version: Version, now: datetime) -> Reach:
    counts = audience_counts(connection, version, phrases_for(store, connection, version), now)
    later = {why: counts[why] for why in LATER if why in counts}
    left_out = {why: count for why, count in counts.items() if why != AT_ONCE and why not in later}
    return Reach(counts.get(AT_ONCE, 0), later, left_out)
