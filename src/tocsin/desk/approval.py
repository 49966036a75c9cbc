"""What editors do to a version: approve, drop, correct, withdraw, stop. Each is one transaction; the first one wins.

Every act is in the audit log, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tocsin.alerts.amended import amended
from tocsin.alerts.approval import people_needed
from tocsin.alerts.holds import Hold, is_over, opened
from tocsin.errors import Refused
from tocsin.model import Band, VersionKind
from tocsin.sending.standing import phrases_for
from tocsin.store.alerts import (
    Version,
    VersionState,
    add_version,
    approve_version,
    extend_hold,
    known_version,
    pause_version,
    settle_version,
    version_of,
    versions_of,
)
from tocsin.store.approvals import agree
from tocsin.store.audience import freeze_audience
from tocsin.store.audit import add_entry, entries_about
from tocsin.store.deliveries import cancel_waiting, supersede
from tocsin.store.watched import settle_flags
from tocsin.wiring import Parts

SEND = "send"
"""The job that drains the version its payload names."""

RULES = "rules"
"""Who approves when no person does: routing had every support it asks for."""

_PRIORITY = {Band.FLASH: 100, Band.ALERT: 50, Band.WATCH: 20, Band.NONE: 10}
_AMENDS = (VersionKind.CORRECTION, VersionKind.WITHDRAWAL)
_SENT = (VersionState.SENDING, VersionState.SENT, VersionState.CANCELLED)


class NotHeld(Refused):
    """This version doesn't wait for a decision."""


class NotSent(Refused):
    """There is nothing to take back: this version was not sent."""


class NotUnderWay(Refused):
    """This version is not on its way."""


class ChangedMeanwhile(Refused):
    """Somebody else has changed this draft meanwhile. Look at it again."""


class AmendedMeanwhile(Refused):
    """It was corrected or withdrawn since you looked. Look at it again."""


class AloneInHarm(Refused):
    """Somebody alone must say why this can't wait for a second person."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval came to: how many readers it is on its way to, or how many people it still waits for."""

    version: Version
    audience: int
    missing: int = 0
    reason: str = ""


def open_hold(connection: Connection, version_id: int, at: datetime) -> datetime | None:
    """Note that an editor has opened a version; return until when it waits, None when it waits for nothing or for ever.

    A hold that is nearly over is extended, so that nobody loses a version while reading it.
    """
    version = version_of(connection, version_id)
    if version is None or version.state is not VersionState.HELD:
        return None
    until = opened(Hold(version.held_until, ""), at).until
    if until is not None and until != version.held_until:
        extend_hold(connection, version_id, until)
    return until


def held_version(connection: Connection, version_id: int, at: datetime, *, seen: int | None = None) -> Version:
    """Return a version that waits for a decision.

    Raises ``NoSuchVersion``, ``NotHeld``, or ``ChangedMeanwhile`` if it is not ``seen``.
    """
    version = known_version(connection, version_id)
    if version.state is not VersionState.HELD:
        raise NotHeld(_standing(version))
    if is_over(version.held_until, at):
        raise NotHeld(f"the hold of version {version_id} is over")
    if seen is not None and seen != version.revision:
        about = entries_about(connection, f"version {version_id}")
        raise ChangedMeanwhile(next((f"by {entry.who}" for entry in about if entry.act == "edit"), ""))
    return version


def approve(
    parts: Parts,
    connection: Connection,
    version_id: int,
    *,
    by: str,
    at: datetime,
    alone: str | None = None,
    seen: int | None = None,
) -> Approval:
    """Approve a held version; with enough people it is sent: audience frozen, sending queued, in this transaction.

    ``alone`` is the fallback for an editor with nobody beside: their reason, which the audit log keeps. ``seen`` is the
    revision that was looked at. Raises ``NotHeld`` when somebody else has decided already, or its hold is over;
    ``ChangedMeanwhile`` when it is another by now; ``AloneInHarm`` for an empty reason.
    """
    version = held_version(connection, version_id, at, seen=seen)
    if by != RULES:
        need = people_needed(version.draft)
        agreed = agree(connection, version_id, by, at)
        if alone is not None and not alone.strip():
            raise AloneInHarm(need.reason)
        if len(agreed) < need.people and alone is None:
            _audit(connection, at, by, "agree", version_id, need.reason)
            return Approval(version, 0, need.people - len(agreed), need.reason)
    return _send(parts, connection, version, by, at, alone or "")


def _send(parts: Parts, connection: Connection, version: Version, by: str, at: datetime, why: str) -> Approval:
    if not approve_version(connection, version.id, by, at):
        raise NotHeld(_standing(known_version(connection, version.id)))
    approved = known_version(connection, version.id)
    if version.kind is VersionKind.WITHDRAWAL and version.refers_to is not None:
        cancel_waiting(connection, version.refers_to, at)  # who never saw it need not hear that it was wrong
    audience = freeze_audience(connection, approved, at, phrases_for(parts.store, connection, approved)).at_once
    for earlier in versions_of(connection, version.alert):
        if earlier.number < version.number and earlier.state is VersionState.SENDING:
            supersede(connection, earlier.id)  # whom it has not reached gets only the newer one
    urgent = version.kind in _AMENDS
    priority = _PRIORITY[Band.FLASH] if urgent else _PRIORITY[version.band]
    parts.jobs.enqueue(connection, SEND, str(version.id), key=f"{SEND}:{version.id}", priority=priority)
    _audit(connection, at, by, "approve", version.id, f"{version.kind} to {audience} readers; {why}".rstrip("; "))
    return Approval(approved, audience)


def drop(connection: Connection, version_id: int, *, by: str, at: datetime) -> None:
    """Decide that a held version is not sent. Raises ``NotHeld``."""
    version = held_version(connection, version_id, at)
    settle_version(connection, version_id, VersionState.DROPPED, at)
    _audit(connection, at, by, "drop", version_id, version.draft.headline)


def amendments(chain: Sequence[Version], wrong: Version) -> tuple[Version, ...]:
    """Return the corrections and withdrawals of a version among its alert's versions."""
    return tuple(each for each in chain if each.refers_to == wrong.id and each.kind in _AMENDS)


def amend(
    parts: Parts,
    connection: Connection,
    version_id: int,
    kind: VersionKind,
    *,
    note: str,
    by: str,
    at: datetime,
    seen: int | None = None,
) -> Approval:
    """Correct or withdraw a version that was sent, or is being sent, in the desk's own words.

    It stops what has not left, and goes to exactly those who were, or may have been, sent the wrong one; a correction
    also in its place to those it had not reached. ``seen`` is how many amendments of it whoever amends has seen. Raises
    ``NotSent``; ``WrongUse`` for a note that says nothing; ``AmendedMeanwhile`` when there is another by now, their own
    of a moment ago perhaps, for nobody should be told twice.
    """
    wrong = known_version(connection, version_id)
    if wrong.state not in _SENT:
        raise NotSent(_standing(wrong))
    chain = versions_of(connection, wrong.alert)
    known = amendments(chain, wrong)
    if seen is not None and seen != len(known):
        raise AmendedMeanwhile("".join(f"a {each.kind} by {each.approved_by}" for each in known[-1:]))
    draft = amended(wrong.draft, kind, note)
    number = add_version(
        connection,
        draft,
        published_at=wrong.published_at,
        seen_at=at,
        decided_at=at,
        stages={},
        held_until=None,
        reason="written by the desk",
        refers_to=version_id,
    )
    settle_flags(connection, [each.id for each in chain], by, at)
    return approve(parts, connection, number, by=by, at=at)


def stop(connection: Connection, version_id: int, *, by: str, at: datetime) -> int:
    """Stop a send for good: who has not got it will not. Return how many readers that spares.

    Raises ``NoSuchVersion`` or ``NotUnderWay``.
    """
    version = known_version(connection, version_id)
    if version.state is not VersionState.SENDING:
        raise NotUnderWay(_standing(version))
    spared = cancel_waiting(connection, version_id, at)
    _audit(connection, at, by, "stop", version_id, f"{spared} readers spared")
    return spared


def pause(parts: Parts, connection: Connection, version_id: int, *, by: str, at: datetime, on: bool) -> None:
    """Pause a send, or let it go on. Raises ``NoSuchVersion`` or ``NotUnderWay``."""
    if not pause_version(connection, version_id, at if on else None):
        raise NotUnderWay(_standing(known_version(connection, version_id)))
    if not on:
        parts.jobs.enqueue(connection, SEND, str(version_id), key=f"{SEND}:{version_id}")
    _audit(connection, at, by, "pause" if on else "resume", version_id, "")


def _audit(connection: Connection, at: datetime, by: str, act: str, version_id: int, detail: str) -> None:
    add_entry(connection, at=at, who=by, act=act, subject=f"version {version_id}", detail=detail)


def _standing(version: Version) -> str:
    return f"version {version.id} is {version.state}"
