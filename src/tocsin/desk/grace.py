"""The time for a second thought: what sends itself in a moment, unless an editor holds it, drops it or takes it back.

What the rules send may have a grace by band, what an editor sends by one key has ``desk.undo_s``. Until it is over the
version is held like any other; nothing was approved and nothing has left, so that taking it back needs no repair.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from tocsin.alerts.approval import people_needed
from tocsin.alerts.holds import GRACE as LEAST
from tocsin.alerts.holds import HOLD, is_over
from tocsin.desk.approval import RULES, Approval, approve, held_version
from tocsin.errors import Refused
from tocsin.jobs.port import Job
from tocsin.model import Band, VersionKind
from tocsin.store.alerts import (
    Version,
    VersionState,
    extend_hold,
    reopen_version,
    schedule_version,
    version_of,
    versions_of,
)
from tocsin.store.approvals import agree, agreed, forget_agreed
from tocsin.store.audit import add_entry
from tocsin.wiring import Parts

GRACE = "grace"
"""The job that sends, when its time for a second thought is over, the version its payload names."""

_AFTER = timedelta(minutes=2)
"""How long a version waits beyond its grace: the job that sends it may come late."""
_LIVE = (VersionState.HELD, VersionState.SENDING, VersionState.SENT)
_NEVER_EXPIRE = (VersionKind.CORRECTION, VersionKind.WITHDRAWAL)


class NothingToTakeBack(Refused):
    """This can't be undone."""


def release(parts: Parts, connection: Connection, version: int, band: Band, at: datetime) -> None:
    """Send a version that the rules support: at once, or after the grace of its band."""
    grace = {str(name): seconds for name, seconds in parts.settings.desk.grace_s.items()}.get(band, 0)
    if grace:
        _schedule(parts, connection, version, timedelta(seconds=grace), RULES, at)
    else:
        approve(parts, connection, version, by=RULES, at=at)


def send_soon(parts: Parts, connection: Connection, version_id: int, *, by: str, at: datetime) -> Approval:
    """Send a held version after ``desk.undo_s``, once enough people agree. Raises ``NotHeld``.

    For the acts that one key does: who reads a version on its page and sends it there means it.
    """
    undo = timedelta(seconds=parts.settings.desk.undo_s)
    version = held_version(connection, version_id, at)
    if not undo:
        return approve(parts, connection, version_id, by=by, at=at)
    need = people_needed(version.draft)
    missing = need.people - len(agree(connection, version_id, by, at))
    if missing > 0:
        _audit(connection, at, by, "agree", version_id, need.reason)
        return Approval(version, 0, missing, need.reason)
    _schedule(parts, connection, version_id, undo, by, at)
    return Approval(version, 0, 0, need.reason)


def hold(connection: Connection, version_id: int, *, by: str, at: datetime) -> datetime | None:
    """Keep a held version for a decision: it does not send itself, and waits 20 minutes from now. Raises ``NotHeld``.

    Return until when it waits, None for ever.
    """
    version = held_version(connection, version_id, at)
    schedule_version(connection, version_id, None, None)
    until = None if version.kind in _NEVER_EXPIRE else at + HOLD
    if until is not None:
        extend_hold(connection, version_id, until)
    _audit(connection, at, by, "hold", version_id, f"until {until:%H:%M:%S} UTC" if until else "")
    return until


def take_back(connection: Connection, version_id: int, *, by: str, at: datetime) -> Version:
    """Undo a send whose moment is not over, or a drop: the version waits for a decision again, and nobody has agreed.

    Raises ``NothingToTakeBack`` for what has left, for what nobody decided, and for a draft that a newer one replaced.
    """
    version = version_of(connection, version_id)
    if version is None or version.state not in (VersionState.HELD, VersionState.DROPPED):
        raise NothingToTakeBack("it has left; stop the rest, correct it or withdraw it" if version else "")
    if version.state is VersionState.DROPPED:
        _reopen(connection, version, at)
    elif version.sends_at is None:
        raise NothingToTakeBack("it waits for a decision")
    schedule_version(connection, version_id, None, None)
    if version.held_until is not None:
        extend_hold(connection, version_id, _least(version, at))
    forget_agreed(connection, version_id)
    _audit(connection, at, by, "undo", version_id, version.draft.headline)
    return version


def end_grace(parts: Parts, job: Job) -> None:
    """Send a version whose time for a second thought is over (the handler of ``GRACE``), unless somebody had one.

    Somebody whose agreement was taken away meanwhile, because the draft was changed, has to agree again.
    """
    with parts.store.write() as connection:
        version, at = version_of(connection, int(job.payload)), parts.clock()
        if version is None or version.state is not VersionState.HELD or version.sends_by is None:
            return
        if version.sends_at is None or is_over(version.held_until, at):
            return
        if version.sends_at > at:  # another machine's clock is ahead, or it was taken back and sent again
            _wait(parts, connection, version.id, version.sends_at)
            return
        if version.sends_by != RULES and version.sends_by not in agreed(connection, version.id):
            return
        approve(parts, connection, version.id, by=version.sends_by, at=at)


def _schedule(parts: Parts, connection: Connection, version: int, grace: timedelta, by: str, at: datetime) -> None:
    sends_at = at + grace
    known = version_of(connection, version)
    if known is not None and known.held_until is not None:
        extend_hold(connection, version, max(known.held_until, sends_at + _AFTER))
    schedule_version(connection, version, sends_at, by)
    _wait(parts, connection, version, sends_at)
    told = f"sends itself in {grace.total_seconds():g} s unless it is held or dropped"
    _audit(connection, at, by, "grace" if by == RULES else "send", version, told)


def _wait(parts: Parts, connection: Connection, version: int, sends_at: datetime) -> None:
    key = f"{GRACE}:{version}:{sends_at.timestamp():.6f}"
    parts.jobs.enqueue(connection, GRACE, str(version), key=key, priority=100, run_at=sends_at)


def _reopen(connection: Connection, version: Version, at: datetime) -> None:
    later = [each for each in versions_of(connection, version.alert) if each.number > version.number]
    if any(each.state in _LIVE for each in later):
        raise NothingToTakeBack("a newer draft has taken its place")
    reopen_version(connection, version.id, _least(version, at) if version.held_until else None)


def _least(version: Version, at: datetime) -> datetime:
    return max(version.held_until or at, at + LEAST)


def _audit(connection: Connection, at: datetime, by: str, act: str, version_id: int, detail: str) -> None:
    add_entry(connection, at=at, who=by, act=act, subject=f"version {version_id}", detail=detail)
