"""What an editor sees before a draft is sent: whom it reaches and when, who is left out, what a colleague asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tocsin.alerts.checks import Check, checks
from tocsin.alerts.editing import Difference, differences
from tocsin.sending.outlook import Outlook, outlook
from tocsin.sending.standing import phrases_for
from tocsin.store.alerts import Version
from tocsin.store.audience import AT_ONCE, LATER, audience_counts
from tocsin.wiring import Parts


@dataclass(frozen=True, slots=True)
class Composer:
    """A held version before the decision. ``later`` and ``left_out`` count readers by the reason."""

    readers: int
    at_once: int
    later: Mapping[str, int]
    left_out: Mapping[str, int]
    outlook: Outlook
    checks: tuple[Check, ...]
    edits: tuple[Difference, ...]


def composer_of(parts: Parts, connection: Connection, version: Version, now: datetime) -> Composer:
    """Return what there is to know before a held version is sent."""
    counts = audience_counts(connection, version, phrases_for(parts.store, connection, version), now)
    later = {why: counts[why] for why in LATER if why in counts}
    return Composer(
        readers=counts.get(AT_ONCE, 0) + sum(later.values()),
        at_once=counts.get(AT_ONCE, 0),
        later=later,
        left_out={why: count for why, count in counts.items() if why != AT_ONCE and why not in later},
        outlook=outlook(parts, connection, version, now),
        checks=checks(version.draft),
        edits=differences(version.composed, version.draft) if version.composed else (),
    )


def lasts(seconds: float) -> str:
    """Return a length of time as an editor says it: ``0.4 s``, ``12 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 3:
        return f"{minutes * 60 + rest} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
