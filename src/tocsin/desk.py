"""What editors do to a version: approve, drop. Each is one transaction, and the first one wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tocsin.errors import Refused
from tocsin.model import Band, VersionKind
from tocsin.store.alerts import Version, VersionState, approve_version, settle_version, version_of
from tocsin.store.audience import audience_of
from tocsin.store.deliveries import freeze
from tocsin.wiring import Parts

SEND = "send"
"""The job that drains the version its payload names."""

_PRIORITY = {Band.FLASH: 100, Band.ALERT: 50, Band.WATCH: 20, Band.NONE: 10}


class NotHeld(Refused):
    """This version doesn't wait for a decision."""


@dataclass(frozen=True, slots=True)
class Approval:
    """An approved version and how many readers it is on its way to."""

    version: Version
    audience: int


def approve(parts: Parts, connection: Connection, version_id: int, *, by: str, at: datetime) -> Approval:
    """Approve a held version: freeze its audience and queue its sending, all in the caller's transaction.

    Raises ``NotHeld`` when somebody else has decided already, or its hold has expired.
    """
    if not approve_version(connection, version_id, by, at):
        raise NotHeld(_standing(version_of(connection, version_id), version_id))
    version = version_of(connection, version_id)
    if version is None:  # approve_version has just changed its row
        raise NotHeld(str(version_id))
    audience = freeze(connection, version_id, audience_of(version))
    urgent = version.kind in (VersionKind.CORRECTION, VersionKind.WITHDRAWAL)
    priority = _PRIORITY[Band.FLASH] if urgent else _PRIORITY[version.band]
    parts.jobs.enqueue(connection, SEND, str(version_id), key=f"{SEND}:{version_id}", priority=priority)
    return Approval(version, audience)


def drop(connection: Connection, version_id: int, *, at: datetime) -> None:
    """Decide that a held version is not sent. Raises ``NotHeld``."""
    version = version_of(connection, version_id)
    if version is None or version.state != VersionState.HELD:
        raise NotHeld(_standing(version, version_id))
    settle_version(connection, version_id, VersionState.DROPPED, at)


def _standing(version: Version | None, version_id: int) -> str:
    return f"there is no version {version_id}" if version is None else f"version {version_id} is {version.state}"
