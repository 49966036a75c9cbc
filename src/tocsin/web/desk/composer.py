"""What an editor sees before a draft is sent: whom it reaches and when, who is left out, what a colleague asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tocsin.alerts.afterwards import Answer
from tocsin.alerts.checks import Check, checks
from tocsin.alerts.editing import Difference, differences
from tocsin.desk.reach import Reach, reach_of
from tocsin.sending.outlook import Outlook, outlook
from tocsin.store.alerts import Version
from tocsin.store.watched import pages_of
from tocsin.wiring import Parts


@dataclass(frozen=True, slots=True)
class Composer:
    """A held version before the decision."""

    reach: Reach
    outlook: Outlook
    checks: tuple[Check, ...]
    edits: tuple[Difference, ...]


def composer_of(parts: Parts, connection: Connection, version: Version, now: datetime) -> Composer:
    """Return what there is to know before a held version is sent."""
    reach = reach_of(parts.store, connection, version, now)
    return Composer(
        reach=reach,
        outlook=outlook(parts, connection, version, now, readers=reach.at_once),
        checks=checks(version.draft, _link(connection, version)),
        edits=differences(version.composed, version.draft) if version.composed else (),
    )


def _link(connection: Connection, version: Version) -> Answer | None:
    """Return how the page that the draft links to answered when it was last looked at."""
    return next((page.answer for page in pages_of(connection, version.id) if page.url == version.draft.url), None)


def lasts(seconds: float) -> str:
    """Return a length of time as an editor says it: ``0.4 s``, ``12 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 3:
        return f"{minutes * 60 + rest} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
