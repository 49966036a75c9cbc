"""Who gets a version, and why: read off in the order of the index, so that the first readers are there at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Row,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from tocsin.model import Band, DeliveryState, VersionKind
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind, StopKind
from tocsin.store.alerts import Version, versions
from tocsin.store.deliveries import CODE, deliveries, freeze, owed_correction
from tocsin.store.dialect import insert_new, prefer_first_rows
from tocsin.store.engine import Id, Moment, metadata
from tocsin.store.preferences import interests, preferences, stops
from tocsin.store.subscribers import SubscriberState, state_sizes, subscribers
from tocsin.store.suppressions import suppressions
from tocsin.store.zones import set_zones, zones

Audience = Select[int, int]
"""Rows of ``subscriber`` and ``why``, the number of the interest that brings them the version; nobody comes twice."""

_DAY = 24 * 60
_CORRECTS = (VersionKind.CORRECTION, VersionKind.WITHDRAWAL)

held_back = Table(
    "held_back",
    metadata,
    # What a reader's quiet hours, pause, cap or pace kept from them, until their next digest.
    Column("subscriber", Id, ForeignKey("subscribers.id"), primary_key=True),
    Column("version", Id, ForeignKey("versions.id"), primary_key=True),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """How many readers get a version at once, and how many in their next digest."""

    at_once: int
    later: int


def freeze_audience(connection: Connection, version: Version, now: datetime, phrases: Sequence[str] = ()) -> Frozen:
    """Write the audience of a version down: deliveries for those who get it at once, the rest for their digest."""
    set_zones(connection, now)
    at_once = freeze(connection, version.id, audience_of(version, phrases, when=_at_once(version, now)))
    if version.kind in _CORRECTS:
        return Frozen(at_once, 0)
    later = audience_of(version, phrases, when=~_at_once(version, now)).subquery()
    rows = select(later.c.subscriber, literal(version.id), literal(now, Moment)).where(later.c.subscriber.is_not(None))
    kept = insert_new(connection, held_back).from_select(["subscriber", "version", "at"], rows)
    return Frozen(at_once, connection.execute(kept, execution_options={"preserve_rowcount": True}).rowcount)


def audience_now(version: Version, now: datetime, phrases: Sequence[str] = ()) -> Audience:
    """Return those of the audience who would get a version at once, if it were approved ``now``."""
    corrects = version.kind in _CORRECTS
    return audience_of(version, phrases, when=None if corrects else _at_once(version, now))


def fall_to_digest(connection: Connection, version_id: int, now: datetime) -> int:
    """Keep a version for the next digest of those whom it has not reached while it was news; count them."""
    late = (deliveries.c.version == version_id) & (deliveries.c.state == CODE[DeliveryState.EXPIRED])
    rows = select(deliveries.c.subscriber, deliveries.c.version, literal(now, Moment)).where(late)
    kept = insert_new(connection, held_back).from_select(["subscriber", "version", "at"], rows)
    return connection.execute(kept, execution_options={"preserve_rowcount": True}).rowcount


def stream_audience(
    connection: Connection, version: Version, phrases: Sequence[str] = (), *, batch: int = 500
) -> Iterator[Sequence[Row[int, int]]]:
    """Give the audience of a version in batches, the first within milliseconds whatever its size."""
    prefer_first_rows(connection)
    rows = connection.execute(audience_of(version, phrases), execution_options={"yield_per": batch})
    yield from rows.partitions()


def audience_of(version: Version, phrases: Sequence[str] = (), when: ColumnElement[bool] | None = None) -> Audience:
    """Return the active, consented, not suppressed readers of a version who have not stopped its story or a topic.

    ``phrases`` are the standing phrases found in its articles; ``when`` is a further condition on the subscriber. A
    reader with several matching interests gets the most particular as the reason: phrase, place, topic, then all news.
    A correction or withdrawal goes to exactly those who were, or may have been, sent what it corrects.
    """
    if version.kind in _CORRECTS and version.refers_to is not None:
        return owed_correction(version.refers_to)
    wanted = _wanted(version, phrases)
    allowed = _allowed(version) if when is None else and_(_allowed(version), when)
    # One branch for each interest, each leaving out the readers of those before: no branch has to be sorted or
    # gathered to tell repeats, so rows stream.
    branches = [_readers_of(interest, wanted[:i], allowed) for i, interest in enumerate(wanted)]
    together = union_all(*branches).subquery("audience")
    return select(together.c.subscriber, together.c.why)


def _wanted(version: Version, phrases: Sequence[str]) -> tuple[Interest, ...]:
    """Return the interests that a version meets, the most particular first."""
    return (
        *(Interest(InterestKind.PHRASE, phrase) for phrase in phrases),
        *(Interest(InterestKind.PLACE, place) for place in version.draft.places),
        *(Interest(InterestKind.TOPIC, topic) for topic in version.draft.topics),
        ALL_NEWS,
    )


def _number(interest: Interest) -> ColumnElement[int]:
    which = (interests.c.kind == interest.kind) & (interests.c.value == interest.value)
    return select(interests.c.id).where(which).scalar_subquery()


def _readers_of(interest: Interest, before: Sequence[Interest], allowed: ColumnElement[bool]) -> Audience:
    mine, other = preferences.alias("mine"), preferences.alias("other")
    query = (
        select(mine.c.subscriber, mine.c.interest.label("why"))
        .join(subscribers, subscribers.c.id == mine.c.subscriber)
        .where(mine.c.interest == _number(interest), allowed)
    )
    # One look-up for each earlier interest: together in one OR they would be gathered before the first row comes.
    earlier = (
        exists(literal(1)).where(other.c.subscriber == mine.c.subscriber, other.c.interest == _number(one))
        for one in before
    )
    return query.where(*(~found for found in earlier))


def _allowed(version: Version) -> ColumnElement[bool]:
    draft = version.draft
    silenced = exists(literal(1)).where(suppressions.c.address_key == subscribers.c.address_key)
    stopped = exists(literal(1)).where(
        stops.c.subscriber == subscribers.c.id,
        or_(
            (stops.c.kind == StopKind.STORY) & (stops.c.value == draft.story),
            (stops.c.kind == StopKind.TOPIC) & stops.c.value.in_(draft.topics),
        ),
    )
    conditions = [subscribers.c.state == SubscriberState.ACTIVE, ~silenced, ~stopped]
    if version.band is not Band.FLASH:
        conditions.append(subscribers.c.flash_only.is_(False))
    return and_(*conditions)


def _at_once(version: Version, now: datetime) -> ColumnElement[bool]:
    """Tell whether a subscriber gets a version now: by their pace, pause, quiet hours and cap. Never NULL."""
    awake = case((subscribers.c.quiet_from.is_(None), True), (_breaks_quiet(version.band), True), else_=~_quiet(now))
    paused = func.coalesce(subscribers.c.paused_until > now, False)
    at_once = and_(subscribers.c.pace == "immediate", ~paused, awake)
    if version.band is Band.FLASH:
        return at_once
    room = case((subscribers.c.daily_cap.is_(None), True), else_=_sent_today(version, now) < subscribers.c.daily_cap)
    return and_(at_once, room)


def _breaks_quiet(band: Band) -> ColumnElement[bool]:
    """Tell whether the band is at least the one that a subscriber lets break their quiet hours."""
    lets = {Band.FLASH: ("flash", "alert"), Band.ALERT: ("alert",)}.get(band, ())
    return subscribers.c.quiet_override.in_(lets)


def _quiet(now: datetime) -> ColumnElement[bool]:
    minute = now.hour * 60 + now.minute
    ahead = func.coalesce(select(zones.c.ahead).where(zones.c.name == subscribers.c.zone).scalar_subquery(), 0)
    local = (ahead + minute + _DAY) % _DAY
    start, end = subscribers.c.quiet_from, subscribers.c.quiet_to
    return case((start < end, (local >= start) & (local < end)), else_=(local >= start) | (local < end))


def _sent_today(version: Version, now: datetime) -> ColumnElement[int]:
    """Count what else went to a subscriber in the last 24 hours: their day, wherever they are."""
    since = now - timedelta(days=1)
    recent = select(versions.c.id).where(versions.c.approved_at > since, versions.c.id != version.id)
    mine = (deliveries.c.subscriber == subscribers.c.id) & deliveries.c.version.in_(recent)
    return select(func.count()).select_from(deliveries).where(mine).scalar_subquery()


LEFT_OUT = (
    "no interest matches",
    "the address is suppressed",
    "stopped this story",
    "stopped one of its topics",
    "wants flashes only",
)
"""Why an active reader does not get a version, in the order in which it is asked."""
LATER = ("in the next digest: paused", "in the next digest: quiet hours", "in the next digest: pace or daily cap")
"""Why a reader gets it in the next digest only."""
AT_ONCE = "at once"


def audience_counts(connection: Connection, version: Version, phrases: Sequence[str], now: datetime) -> dict[str, int]:
    """Count all readers by what becomes of a version that is not yet frozen: ``AT_ONCE``, ``LATER`` or ``LEFT_OUT``.

    Readers who are not active are counted under their state. A correction is counted among those who were, or may have
    been, sent what it corrects.
    """
    if version.kind in _CORRECTS and version.refers_to is not None:
        return _owed_counts(connection, version.refers_to)
    states = state_sizes(connection)
    fate = _fate(version, now).label("fate")
    wanted = [_number(interest) for interest in _wanted(version, phrases)]
    numbers = [number for number in connection.execute(select(*wanted)).one() if number is not None]
    # Only those are looked at whom an interest brings: who else there is, is known by how many.
    interested = select(preferences.c.subscriber).where(preferences.c.interest.in_(numbers))
    active = subscribers.c.state == SubscriberState.ACTIVE
    each = select(fate).where(active, subscribers.c.id.in_(interested)).subquery()
    counts: dict[str, int] = dict(connection.execute(select(each.c.fate, func.count()).group_by(each.c.fate)).all())
    rest = states.pop(SubscriberState.ACTIVE, 0) - sum(counts.values())
    if rest > 0:
        counts[LEFT_OUT[0]] = rest
    return counts | {f"is {state}": count for state, count in states.items()}


def _fate(version: Version, now: datetime) -> ColumnElement[str]:
    """Tell what becomes of a version for an active reader whom an interest brings."""
    draft, mine = version.draft, subscribers.c.id
    silenced = exists(literal(1)).where(suppressions.c.address_key == subscribers.c.address_key)
    stopped = exists(literal(1)).where(stops.c.subscriber == mine)
    story = stopped.where(stops.c.kind == StopKind.STORY, stops.c.value == draft.story)
    topic = stopped.where(stops.c.kind == StopKind.TOPIC, stops.c.value.in_(draft.topics))
    flashes = false() if version.band is Band.FLASH else subscribers.c.flash_only
    paused = func.coalesce(subscribers.c.paused_until > now, False)
    asleep = and_(subscribers.c.quiet_from.is_not(None), ~_breaks_quiet(version.band), _quiet(now))
    return case(
        *zip((silenced, story, topic, flashes), LEFT_OUT[1:], strict=True),
        *zip((paused, asleep, ~_at_once(version, now)), LATER, strict=True),
        else_=AT_ONCE,
    )


def _owed_counts(connection: Connection, wrong: int) -> dict[str, int]:
    owed = owed_correction(wrong).subquery()
    silenced = exists(literal(1)).where(suppressions.c.address_key == subscribers.c.address_key)
    reached = case(
        (subscribers.c.state != SubscriberState.ACTIVE, subscribers.c.state), (silenced, LEFT_OUT[1]), else_=AT_ONCE
    )
    each = select(reached.label("fate")).join(owed, owed.c.subscriber == subscribers.c.id).subquery()
    return dict(connection.execute(select(each.c.fate, func.count()).group_by(each.c.fate)).all())
