"""Looking at deliveries: how far a version has come, what relays said, and what one reader was sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from tocsin.model import DeliveryState
from tocsin.store.alerts import Version, VersionState, versions
from tocsin.store.audience import held_back
from tocsin.store.deliveries import CODE, STATES, URGENCY, deliveries, tally
from tocsin.store.dialect import domain_of
from tocsin.store.preferences import interests
from tocsin.store.replies import replies
from tocsin.store.retention import totals_of
from tocsin.store.subscribers import subscribers

_ACCEPTED = STATES.index(DeliveryState.ACCEPTED)
_OPEN = (DeliveryState.PENDING, DeliveryState.IN_HAND, DeliveryState.DEFERRED)
RECENT_MS = 10_000
"""Length of the window from which the present rate is taken."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a relay said to how many deliveries that are in a state; code 0 and its text say why there was no reply."""

    state: DeliveryState
    code: int
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a version has come. ``first`` … ``last`` are milliseconds from approval to acceptance by the relay.

    ``per_second`` is the rate of acceptance: of the last ten seconds while it is being sent, of the whole afterwards.
    ``left_s`` is how many seconds the rest takes at that rate, None when nothing is known of it.
    """

    audience: int
    counts: dict[DeliveryState, int]
    first: int | None = None
    median: int | None = None
    p99: int | None = None
    last: int | None = None
    per_second: float | None = None
    left_s: float | None = None

    @property
    def open(self) -> int:
        """How many readers it is still on its way to."""
        return sum(self.counts.get(state, 0) for state in _OPEN)


def progress_of(connection: Connection, version: Version, now: datetime) -> Progress:
    """Return how far an approved version has come; only its totals when it is no longer kept who was sent it."""
    counts = tally(connection, version.id)
    if not counts:
        return Progress(version.audience or 0, totals_of(connection, version.id))
    times = _acceptances(connection, version.id)
    bare = Progress(version.audience or 0, counts)
    if not times:
        return bare
    since = (now - (version.approved_at or now)) // timedelta(milliseconds=1)
    rate = _rate(times, since if bare.open else None)
    return Progress(
        audience=bare.audience,
        counts=counts,
        first=times[0][0],
        median=_percentile(times, 0.5),
        p99=_percentile(times, 0.99),
        last=times[-1][0],
        per_second=rate,
        left_s=bare.open / rate if bare.open and rate else None,
    )


def waiting_before(connection: Connection, version_id: int) -> int:
    """Count the deliveries under way that go out before those of a version: of versions at least as urgent."""
    mine = select(URGENCY).where(versions.c.id == version_id).scalar_subquery().correlate(None)
    ahead = select(versions.c.id).where(
        versions.c.state == VersionState.SENDING,
        versions.c.paused_at.is_(None),
        versions.c.id != version_id,
        mine >= URGENCY,
    )
    waiting = deliveries.c.state.in_([STATES.index(state) for state in _OPEN])
    query = select(func.count()).select_from(deliveries).where(deliveries.c.version.in_(ahead), waiting)
    return connection.execute(query).scalar_one()


def measured_rate(connection: Connection, *, readers: int = 200, sends: int = 3) -> float | None:
    """Return acceptances a second of the fastest among the newest ``sends`` that went to at least ``readers``.

    Only first tries count: how fast letters leave, not how long a relay had one wait. None when there was no such send.
    """
    done = select(versions.c.id).where(versions.c.state == VersionState.SENT, versions.c.audience >= readers)
    newest = connection.execute(done.order_by(versions.c.approved_at.desc()).limit(sends)).scalars().all()
    rates = [rate for version in newest if (rate := _first_try_rate(connection, version)) is not None]
    return max(rates, default=None)


def _first_try_rate(connection: Connection, version_id: int) -> float | None:
    accepted = (deliveries.c.version == version_id) & (deliveries.c.state == _ACCEPTED) & (deliveries.c.tries == 1)
    count, last = connection.execute(select(func.count(), func.max(deliveries.c.settled)).where(accepted)).one()
    return count * 1000 / last if last else None


def _acceptances(connection: Connection, version_id: int) -> Sequence[tuple[int, int]]:
    """Return (milliseconds since approval, how many were accepted then), in time."""
    accepted = (deliveries.c.version == version_id) & (deliveries.c.state == _ACCEPTED)
    query = select(deliveries.c.settled, func.count()).where(accepted, deliveries.c.settled.is_not(None))
    rows = connection.execute(query.group_by(deliveries.c.settled).order_by(deliveries.c.settled))
    return [(row[0], row[1]) for row in rows]


def _percentile(times: Sequence[tuple[int, int]], share: float) -> int:
    """Return the smallest time by which at least ``share`` of all were accepted (nearest rank)."""
    left = share * sum(count for _, count in times)
    for at, count in times:
        left -= count
        if left <= 0:
            return at
    return times[-1][0]


def _rate(times: Sequence[tuple[int, int]], now_ms: int | None) -> float | None:
    """Return acceptances a second: lately, or with ``now_ms`` None from approval to the last."""
    if now_ms is None:
        span, count = times[-1][0], sum(count for _, count in times)
    else:
        span = min(RECENT_MS, now_ms)
        count = sum(count for at, count in times if at > now_ms - span)
    return count * 1000 / span if span > 0 else None


@dataclass(frozen=True, slots=True)
class AtDomain:
    """How many readers of a version are at one domain, and what became of it there."""

    domain: str
    readers: int
    accepted: int
    open: int
    lost: int


def domains_of(connection: Connection, version_id: int, most: int) -> tuple[AtDomain, ...]:
    """Return how a version comes along at the domains with most of its readers; one row for erased ones."""
    state, readers = deliveries.c.state, func.count().label("readers")
    domain = func.coalesce(domain_of(connection, subscribers.c.address), "").label("domain")

    def counted(*states: DeliveryState) -> ColumnElement[int]:
        return func.count().filter(state.in_([CODE[one] for one in states]))

    query = (
        select(
            domain,
            readers,
            counted(DeliveryState.ACCEPTED, DeliveryState.COMPLAINED).label("accepted"),
            counted(*_OPEN).label("open"),
            counted(DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.EXPIRED).label("lost"),
        )
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber)
        .where(deliveries.c.version == version_id)
        .group_by(domain)
        .order_by(readers.desc(), domain)
        .limit(most)
    )
    return tuple(AtDomain(**row._mapping) for row in connection.execute(query))


def answers_of(connection: Connection, version_id: int) -> tuple[Answer, ...]:
    """Return what relays said to the deliveries of a version, the commonest first."""
    many = func.count().label("many")
    query = (
        select(deliveries.c.state, replies.c.code, replies.c.text, many)
        .join(replies, replies.c.id == deliveries.c.reply)
        .where(deliveries.c.version == version_id)
        .group_by(deliveries.c.state, replies.c.code, replies.c.text)
        .order_by(many.desc(), replies.c.code, replies.c.text)
    )
    return tuple(Answer(STATES[row.state], row.code, row.text, row.many) for row in connection.execute(query))


@dataclass(frozen=True, slots=True)
class Sent:
    """One version to one reader: the end of the time ledger, and the relay's answer.

    ``why`` is the interest that brought it (kind and value). ``maybe`` tells that a reply was lost once: the message
    may have arrived twice, under one Message-ID.
    """

    version: int
    subscriber: int
    address: str | None
    state: DeliveryState
    why: str
    tries: int
    maybe: bool
    handed_at: datetime | None
    settled_at: datetime | None
    code: int | None
    reply: str | None
    queued_as: str | None


def deliveries_of(connection: Connection, version_id: int) -> Iterator[Sent]:
    """Stream the deliveries of a version, in the order of readers."""
    query = _sent().where(deliveries.c.version == version_id).order_by(deliveries.c.subscriber)
    yield from _stream(connection, query)


def sent_to(connection: Connection, subscriber: int) -> dict[int, Sent]:
    """Return what a reader was sent, or is to be, by version."""
    # By the versions there are: the key begins with them, and no index with the reader.
    query = _sent().where(deliveries.c.version.in_(select(versions.c.id)), deliveries.c.subscriber == subscriber)
    return {one.version: one for one in _stream(connection, query)}


def held_back_from(connection: Connection, subscriber: int) -> frozenset[int]:
    """Return the versions that wait for a reader's next digest."""
    query = select(held_back.c.version).where(held_back.c.subscriber == subscriber)
    return frozenset(connection.execute(query).scalars())


def _sent() -> Select[*tuple[object, ...]]:
    why = case((interests.c.value != "", interests.c.kind + " " + interests.c.value), else_=interests.c.kind)
    mine = deliveries.c
    return (
        select(
            *(mine.version, mine.subscriber, mine.state, mine.tries, mine.maybe, mine.handed, mine.settled),
            *(mine.queued_as, subscribers.c.address, why.label("why"), versions.c.approved_at),
            *(replies.c.code, replies.c.text),
        )
        .join(subscribers, subscribers.c.id == mine.subscriber)
        .join(versions, versions.c.id == mine.version)
        .outerjoin(replies, replies.c.id == mine.reply)
        .outerjoin(interests, and_(interests.c.id == mine.why))
    )


def _stream(connection: Connection, query: Select[*tuple[object, ...]]) -> Iterator[Sent]:
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield Sent(
            version=row.version,
            subscriber=row.subscriber,
            address=row.address,
            state=STATES[row.state],
            why=row.why or "",
            tries=row.tries,
            maybe=bool(row.maybe),
            handed_at=_after(row.approved_at, row.handed),
            settled_at=_after(row.approved_at, row.settled),
            code=row.code,
            reply=row.text,
            queued_as=row.queued_as,
        )


def _after(approved_at: datetime | None, span: int | None) -> datetime | None:
    return None if approved_at is None or span is None else approved_at + timedelta(milliseconds=span)
