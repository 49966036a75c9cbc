"""Alerts and their versions: what was drafted, held, approved, and how it went."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    exists,
    func,
    insert,
    select,
    update,
)

from tocsin.errors import WrongUse
from tocsin.model import Band, Draft, VersionKind
from tocsin.store.engine import Id, Moment, Packed, metadata


class NoSuchVersion(WrongUse):
    """There is no version of this number."""


class VersionState(StrEnum):
    """How far a version has come."""

    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("story", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("alert", Id, ForeignKey("alerts.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("band", String(10), nullable=False),
    Column("state", String(12), nullable=False),
    Column("draft", Packed(Draft), nullable=False),
    # The time ledger of a version: published → seen → decided → approved → handed over → first accepted → done;
    # ``stages`` has the steps between seeing and deciding, by name.
    Column("published_at", Moment),
    Column("seen_at", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("stages", Packed(dict[str, datetime]), nullable=False),
    Column("held_until", Moment),
    # When a held version sends itself, and for whom, unless an editor thinks again.
    Column("sends_at", Moment),
    Column("sends_by", String(200)),
    Column("approved_at", Moment),
    Column("approved_by", String(200)),
    Column("handed_at", Moment),
    Column("accepted_at", Moment),
    Column("done_at", Moment),
    Column("paused_at", Moment),
    Column("audience", Integer),
    Column("reason", Text),
    # The version that this one corrects or withdraws.
    Column("refers_to", Id, ForeignKey("versions.id")),
    # How often an editor has changed the draft, and how it was composed before the first change (of it or before it).
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("composed", Packed(Draft)),
    UniqueConstraint("alert", "number"),
    Index("ix_versions_state", "state"),
    Index("ix_versions_approved_at", "approved_at"),
)


@dataclass(frozen=True, slots=True)
class Version:
    """One message about a story, with its time ledger.

    ``revision`` counts an editor's changes of the draft; ``composed`` is how it was before them, or would be with what
    editors left out of earlier versions; None without either.
    """

    id: int
    alert: int
    number: int
    kind: VersionKind
    band: Band
    state: VersionState
    draft: Draft
    published_at: datetime | None
    seen_at: datetime
    decided_at: datetime
    stages: dict[str, datetime]
    held_until: datetime | None = None
    sends_at: datetime | None = None
    sends_by: str | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    handed_at: datetime | None = None
    accepted_at: datetime | None = None
    done_at: datetime | None = None
    paused_at: datetime | None = None
    audience: int | None = None
    reason: str | None = None
    refers_to: int | None = None
    revision: int = 0
    composed: Draft | None = None


def add_version(
    connection: Connection,
    draft: Draft,
    *,
    published_at: datetime | None,
    seen_at: datetime,
    decided_at: datetime,
    stages: dict[str, datetime],
    held_until: datetime | None,
    reason: str,
    refers_to: int | None = None,
    composed: Draft | None = None,
) -> int:
    """Keep a new version, held, as the next of its alert; return its number in the store.

    That is the alert of the version it ``refers_to``, whatever story that alert has gone to since; else its story's.
    ``composed`` is how it would be with what editors left out of earlier ones.
    """
    alert = _alert_of(connection, draft.story, decided_at) if refers_to is None else _alert_with(connection, refers_to)
    highest = select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.alert == alert)
    row = connection.execute(
        insert(versions)
        .values(
            alert=alert,
            number=connection.execute(highest).scalar_one() + 1,
            kind=draft.kind,
            band=draft.band,
            state=VersionState.HELD,
            draft=draft,
            published_at=published_at,
            seen_at=seen_at,
            decided_at=decided_at,
            stages=stages,
            held_until=held_until,
            reason=reason,
            refers_to=refers_to,
            composed=composed,
        )
        .returning(versions.c.id)
    )
    return int(row.scalar_one())


def _alert_of(connection: Connection, story: str, at: datetime) -> int:
    known = connection.execute(select(alerts.c.id).where(alerts.c.story == story)).scalar()
    if known is not None:
        return int(known)
    row = connection.execute(insert(alerts).values(story=story, created_at=at).returning(alerts.c.id))
    return int(row.scalar_one())


def _alert_with(connection: Connection, version: int) -> int:
    return int(connection.execute(select(versions.c.alert).where(versions.c.id == version)).scalar_one())


def version_of(connection: Connection, version_id: int) -> Version | None:
    """Return one version, or None."""
    row = connection.execute(_versions().where(versions.c.id == version_id)).first()
    return None if row is None else _version(row._mapping)


def known_version(connection: Connection, version_id: int) -> Version:
    """Return one version that somebody names. Raises ``NoSuchVersion``."""
    version = version_of(connection, version_id)
    if version is None:
        raise NoSuchVersion(version_id)
    return version


def versions_numbered(connection: Connection, numbers: Collection[int]) -> tuple[Version, ...]:
    """Return some versions, in order."""
    rows = connection.execute(_versions().where(versions.c.id.in_(numbers)).order_by(versions.c.id))
    return tuple(_version(row._mapping) for row in rows)


def versions_in(connection: Connection, *states: VersionState) -> tuple[Version, ...]:
    """Return the versions in any of ``states``, oldest first."""
    query = _versions().where(versions.c.state.in_(states)).order_by(versions.c.id)
    return tuple(_version(row._mapping) for row in connection.execute(query))


def expired_since(connection: Connection, since: datetime) -> tuple[Version, ...]:
    """Return the versions whose hold expired since ``since`` without a decision, oldest first."""
    over = (versions.c.state == VersionState.EXPIRED) & (versions.c.done_at >= since)
    return tuple(_version(row._mapping) for row in connection.execute(_versions().where(over).order_by(versions.c.id)))


def sent_lately(connection: Connection, since: datetime) -> tuple[Version, ...]:
    """Return the versions whose sending was over at ``since`` or later, oldest first."""
    over = (versions.c.state == VersionState.SENT) & (versions.c.done_at >= since)
    return tuple(_version(row._mapping) for row in connection.execute(_versions().where(over).order_by(versions.c.id)))


def versions_of(connection: Connection, alert: int) -> tuple[Version, ...]:
    """Return an alert's whole chain of versions, first to last."""
    query = _versions().where(versions.c.alert == alert).order_by(versions.c.number)
    return tuple(_version(row._mapping) for row in connection.execute(query))


def story_versions(connection: Connection, story: str) -> tuple[Version, ...]:
    """Return the versions of a story's alert, first to last; none when it has no alert."""
    query = _versions().join(alerts, alerts.c.id == versions.c.alert).where(alerts.c.story == story)
    return tuple(_version(row._mapping) for row in connection.execute(query.order_by(versions.c.number)))


def drop_holds(connection: Connection, story: str, at: datetime) -> int:
    """Drop what is still held of a story, because a newer draft takes its place; return how many there were."""
    ours = select(alerts.c.id).where(alerts.c.story == story)
    held = (versions.c.state == VersionState.HELD) & versions.c.alert.in_(ours)
    done = update(versions).where(held).values(state=VersionState.DROPPED, done_at=at)
    return connection.execute(done).rowcount


def adopt_alert(connection: Connection, begun: str, story: str) -> None:
    """Let ``story`` take the alert that was begun under another name, unless it has one of its own."""
    free = ~exists().where(alerts.alias().c.story == story)
    connection.execute(update(alerts).where(alerts.c.story == begun, free).values(story=story))


def swap_alerts(connection: Connection, one: str, other: str) -> None:
    """Let two stories exchange their alerts."""
    aside = "~"
    for old, new in ((one, aside), (other, one), (aside, other)):
        connection.execute(update(alerts).where(alerts.c.story == old).values(story=new))


def public_versions(connection: Connection, limit: int) -> tuple[Version, ...]:
    """Return the newest approved versions, newest first."""
    query = _versions().where(versions.c.approved_at.is_not(None)).order_by(versions.c.approved_at.desc()).limit(limit)
    return tuple(_version(row._mapping) for row in connection.execute(query))


def public_alerts(connection: Connection, limit: int, before: int | None = None) -> tuple[Version, ...]:
    """Return the newest approved version of each alert, newest first; past the version ``before``, if that is given."""
    later = versions.alias()
    told_since = (later.c.alert == versions.c.alert) & (later.c.number > versions.c.number)
    newest = versions.c.approved_at.is_not(None) & ~exists().where(told_since, later.c.approved_at.is_not(None))
    query = _versions().where(newest).order_by(versions.c.approved_at.desc(), versions.c.id.desc())
    known = None if before is None else version_of(connection, before)
    if known is not None and known.approved_at is not None:
        at = versions.c.approved_at
        query = query.where((at < known.approved_at) | ((at == known.approved_at) & (versions.c.id < known.id)))
    return tuple(_version(row._mapping) for row in connection.execute(query.limit(limit)))


def redraft_version(connection: Connection, version: Version, draft: Draft) -> bool:
    """Change the draft of a held version; False when it was changed or decided since ``version`` was read."""
    same = (versions.c.id == version.id) & (versions.c.revision == version.revision)
    values = {"draft": draft, "band": draft.band, "revision": version.revision + 1}
    values["composed"] = version.composed or version.draft
    still_held = same & (versions.c.state == VersionState.HELD)
    return connection.execute(update(versions).where(still_held).values(values)).rowcount == 1


def approve_version(connection: Connection, version_id: int, by: str, at: datetime) -> bool:
    """Approve a held version; False when it is not (or no longer) held, so that two approvals can't both win."""
    held = (versions.c.id == version_id) & (versions.c.state == VersionState.HELD)
    changed = connection.execute(
        update(versions).where(held).values(state=VersionState.SENDING, approved_at=at, approved_by=by)
    )
    return changed.rowcount == 1


def extend_hold(connection: Connection, version_id: int, until: datetime) -> None:
    """Let a version that is still held wait until ``until``."""
    held = (versions.c.id == version_id) & (versions.c.state == VersionState.HELD)
    connection.execute(update(versions).where(held).values(held_until=until))


def schedule_version(connection: Connection, version_id: int, at: datetime | None, by: str | None) -> None:
    """Let a version that is still held send itself ``at`` a time for somebody, or (None) wait for a decision again."""
    held = (versions.c.id == version_id) & (versions.c.state == VersionState.HELD)
    connection.execute(update(versions).where(held).values(sends_at=at, sends_by=by))


def reopen_version(connection: Connection, version_id: int, until: datetime | None) -> bool:
    """Hold a dropped version again until ``until``; False when it is not dropped."""
    dropped = (versions.c.id == version_id) & (versions.c.state == VersionState.DROPPED)
    again = {"state": VersionState.HELD, "done_at": None, "held_until": until, "sends_at": None, "sends_by": None}
    return connection.execute(update(versions).where(dropped).values(again)).rowcount == 1


def pause_version(connection: Connection, version_id: int, at: datetime | None) -> bool:
    """Pause a version that is being sent, or let it go on (``at`` None); False when it is not being sent."""
    sending = (versions.c.id == version_id) & (versions.c.state == VersionState.SENDING)
    return connection.execute(update(versions).where(sending).values(paused_at=at)).rowcount == 1


def settle_version(connection: Connection, version_id: int, state: VersionState, at: datetime) -> None:
    """Give a version its last state."""
    connection.execute(update(versions).where(versions.c.id == version_id).values(state=state, done_at=at))


def holds_over(connection: Connection, now: datetime) -> bool:
    """Tell whether some hold's time is over."""
    over = (versions.c.state == VersionState.HELD) & (versions.c.held_until <= now)
    return connection.execute(select(versions.c.id).where(over).limit(1)).first() is not None


def expire_holds(connection: Connection, now: datetime) -> int:
    """Expire the holds whose time is over, and count them."""
    over = (versions.c.state == VersionState.HELD) & (versions.c.held_until <= now)
    return connection.execute(update(versions).where(over).values(state=VersionState.EXPIRED, done_at=now)).rowcount


def alerted_since(connection: Connection, since: datetime) -> tuple[Version, ...]:
    """Return the versions decided since ``since`` that were sent, or may still be, oldest first."""
    live = versions.c.state.in_((VersionState.HELD, VersionState.SENDING, VersionState.SENT))
    query = _versions().where(live, versions.c.decided_at >= since).order_by(versions.c.id)
    return tuple(_version(row._mapping) for row in connection.execute(query))


def _versions() -> Select[Any]:
    return select(*versions.c)


def _version(row: RowMapping) -> Version:
    values: dict[str, Any] = dict(row)
    values.update(kind=VersionKind(values["kind"]), band=Band(values["band"]), state=VersionState(values["state"]))
    return Version(**values)


def topics_since(connection: Connection, since: datetime) -> Iterator[str]:
    """Give the topics and the band of every first alert approved since ``since``, once for each alert."""
    first = (versions.c.approved_at >= since) & (versions.c.kind == VersionKind.ALERT)
    for draft in connection.execute(select(versions.c.draft).where(first)).scalars():
        yield draft.band
        yield from draft.topics
