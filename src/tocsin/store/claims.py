"""The queue of senders: versions that may be sent, deliveries taken in hand, outcomes recorded, the rest put back.

The bulk statements are plain SQL that both engines understand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, TextClause, exists, func, literal, or_, select, text, update

from tocsin.delivery.limits import FURTHEST
from tocsin.model import Band, DeliveryState, VersionKind
from tocsin.store.alerts import VersionState, versions
from tocsin.store.deliveries import CODE, URGENCY, WAITING, deliveries
from tocsin.store.replies import ReplyBook
from tocsin.store.subscribers import subscribers

_PENDING, _IN_HAND = CODE[DeliveryState.PENDING], CODE[DeliveryState.IN_HAND]
_DEFERRED, _SUPPRESSED = CODE[DeliveryState.DEFERRED], CODE[DeliveryState.SUPPRESSED]


@dataclass(frozen=True, slots=True)
class Sendable:
    """A version that may be sent now, as senders see it."""

    id: int
    approved_at: datetime
    band: Band
    kind: VersionKind
    refers_to: int | None


class Claimed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A delivery in hand, with what its message needs."""

    version: int
    subscriber: int
    why: int
    tries: int
    address: str
    language: str
    zone: str


class _Found(Claimed, array_like=True, frozen=True, gc=False):
    wanted: int
    """0 when the reader has left or is suppressed, so that it must not be sent."""


_FOUND = (
    *("f.version", "f.subscriber", "f.why", "f.tries + 1"),
    *("coalesce(s.address, '')", "coalesce(s.language, '')", "coalesce(s.zone, '')"),
    """CASE WHEN s.state = 'active' AND s.address IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address_key = s.address_key) THEN 1 ELSE 0 END""",
)
"""The columns of a ``_Found``, in its order."""


class Settled(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An outcome to record. Times are milliseconds since the version's approval.

    ``code`` and ``text`` are the relay's reply. A struct, for every outcome also goes through a sender's journal.
    """

    version: int
    subscriber: int
    state: DeliveryState
    handed: int | None
    settled: int
    due: int | None
    maybe: bool
    code: int
    text: str
    queued_as: str | None
    suppress: bool


# -- versions ----------------------------------------------------------------------------------------------------------

_NEWER = versions.alias("newer")
_REPLACED = exists().where(
    _NEWER.c.alert == versions.c.alert, _NEWER.c.number > versions.c.number, _NEWER.c.approved_at.is_not(None)
)
_SENDING = versions.c.state == VersionState.SENDING
_OVERTAKEN = select(versions.c.id).where(_SENDING, _REPLACED)
# Built once: senders ask this many times a second.
_SENDABLE = (
    select(versions.c.id, versions.c.approved_at, versions.c.band, versions.c.kind, versions.c.refers_to)
    .where(_SENDING, versions.c.paused_at.is_(None), ~_REPLACED)
    .order_by(URGENCY, versions.c.id)
)


def overtaken(connection: Connection) -> tuple[int, ...]:
    """Return the versions under way that a newer one of their alert has replaced: they go to nobody else."""
    return tuple(connection.execute(_OVERTAKEN).scalars())


def sendable(connection: Connection) -> tuple[Sendable, ...]:
    """Return the versions that may be sent now, the most urgent first: corrections, flashes, alerts, the rest."""
    rows = connection.execute(_SENDABLE)
    return tuple(Sendable(r.id, r.approved_at, Band(r.band), VersionKind(r.kind), r.refers_to) for r in rows)


def next_due(connection: Connection, version: Sendable, apart_from: Sequence[str] = ()) -> datetime | None:
    """Return when the next waiting delivery of a version may be tried, or None if none waits.

    Readers at the domains ``apart_from`` are left out.
    """
    waiting = (deliveries.c.version == version.id) & deliveries.c.state.in_(WAITING)
    if apart_from:
        there = or_(*(func.lower(subscribers.c.address).like(f"%@{domain.lower()}") for domain in apart_from))
        waiting &= ~exists().where(subscribers.c.id == deliveries.c.subscriber, there)
    due = connection.execute(select(func.min(func.coalesce(deliveries.c.due, 0))).where(waiting)).scalar()
    return None if due is None else version.approved_at + timedelta(milliseconds=due)


def pending_of(connection: Connection, version_id: int, most: int) -> int:
    """Count the deliveries of a version that nobody has tried yet, ``most`` at most."""
    waiting = (deliveries.c.version == version_id) & (deliveries.c.state == _PENDING)
    some = select(literal(1)).where(waiting).limit(most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def pause_all(connection: Connection, reason: str, at: datetime) -> tuple[int, ...]:
    """Pause every version that is being sent, with the reason, and return them: a person decides how it goes on."""
    stopped = tuple(version.id for version in sendable(connection))
    connection.execute(update(versions).where(versions.c.id.in_(stopped)).values(paused_at=at, reason=reason))
    return stopped


# -- deliveries --------------------------------------------------------------------------------------------------------

# The driver gives up the interpreter's lock for each row that it steps to, and a busy sender takes its time to hand it
# back: so rows travel as one JSON text in either direction, and each statement is one step.
_JSON = {
    "sqlite": {
        "each": "json_each(:rows) AS r",
        "list": "json_group_array({0})",
        "row": "json_array",
        "locking": "",
    },
    "postgresql": {
        "each": "jsonb_array_elements(CAST(:rows AS jsonb)) AS r(value)",
        "list": "CAST(coalesce(json_agg({0}), '[]') AS text)",
        "row": "json_build_array",
        "locking": "FOR UPDATE OF d SKIP LOCKED",
    },
}

# Inside, so that it comes first on both engines: the deliveries; their readers are looked up one by one.
_FIND = """
SELECT {list} FROM (
  SELECT d.version, d.subscriber, d.why, d.tries FROM deliveries d
  WHERE d.version = :version AND d.subscriber > :after AND d.state IN ({pending}, {deferred})
  AND (d.due IS NULL OR d.due <= :now OR d.due > :furthest) {guards}
  ORDER BY d.subscriber LIMIT :most {locking}
) AS f LEFT JOIN subscribers s ON s.id = f.subscriber
"""

_FIRST_RESOLVED = """AND NOT EXISTS (
    SELECT 1 FROM deliveries w WHERE w.version = :refers_to AND w.subscriber = d.subscriber AND w.state = {in_hand})"""

_AT_DOMAINS = "EXISTS (SELECT 1 FROM subscribers c WHERE c.id = d.subscriber AND ({}))"

_TAKE = """
UPDATE deliveries SET state = :state, sender = :sender, tries = tries + 1, due = NULL
WHERE version = :version AND subscriber IN (SELECT CAST(r.value AS bigint) FROM {each})
"""

_SETTLE = """
UPDATE deliveries SET state = new.state, handed = coalesce(new.handed, deliveries.handed), settled = new.settled,
  due = new.due, maybe = CASE WHEN deliveries.maybe = 1 THEN 1 ELSE new.maybe END, reply = new.reply,
  queued_as = new.queued_as, sender = NULL
FROM (
  SELECT CAST(r.value->>0 AS bigint) AS version, CAST(r.value->>1 AS bigint) AS subscriber,
    CAST(r.value->>2 AS integer) AS state, CAST(r.value->>3 AS integer) AS handed,
    CAST(r.value->>4 AS integer) AS settled, CAST(r.value->>5 AS integer) AS due,
    CAST(r.value->>6 AS integer) AS maybe, CAST(r.value->>7 AS integer) AS reply, r.value->>8 AS queued_as
  FROM {each}
) AS new
WHERE deliveries.version = new.version AND deliveries.subscriber = new.subscriber
  AND deliveries.sender = :sender AND deliveries.state = {in_hand}
"""


# An audience frozen a moment ago is not in PostgreSQL's statistics: it would find all who wait and sort them, at each
# claim anew, where the primary key has them in order.
_IN_ORDER = text("SET LOCAL enable_bitmapscan = off")


@dataclass(frozen=True, slots=True)
class Where:
    """Which readers are claimed for: those at one domain ``only`` (lower case), or all but those ``apart_from``."""

    only: str = ""
    apart_from: tuple[str, ...] = ()


EVERYWHERE = Where()


@dataclass(frozen=True, slots=True)
class Claim:
    """What one guarded write took: deliveries in hand, in the order of readers, and where to look on."""

    taken: tuple[Claimed, ...]
    after: int
    exhausted: bool


def claim(
    connection: Connection,
    version: Sendable,
    sender: int,
    *,
    after: int,
    most: int,
    now: datetime,
    where: Where = EVERYWHERE,
) -> Claim:
    """Take up to ``most`` waiting deliveries of a version whose readers come after subscriber ``after``.

    Readers who are no longer active, or suppressed, are settled as such in the same transaction. A correction
    leaves out those who have the version it corrects still in hand.
    """
    values: dict[str, Any] = {"version": version.id, "after": after, "most": most}
    values["now"] = milliseconds(now - version.approved_at)
    values["furthest"] = milliseconds(now + FURTHEST - version.approved_at)  # beyond: the clock was set back meanwhile
    if version.refers_to is not None:
        values["refers_to"] = version.refers_to
    guards = _FIRST_RESOLVED.format(in_hand=_IN_HAND) if version.refers_to is not None else ""
    domains = (where.only,) if where.only else where.apart_from
    values.update({f"domain{i}": f"%@{domain.lower()}" for i, domain in enumerate(domains)})
    if domains:
        there = " OR ".join(f"lower(c.address) LIKE :domain{i}" for i in range(len(domains)))
        guards += ("AND " if where.only else "AND NOT ") + _AT_DOMAINS.format(there)
    if connection.dialect.name == "postgresql":
        connection.execute(_IN_ORDER)
    rows: str = connection.execute(_sql(connection, _FIND, *_FOUND, guards=guards), values).scalar_one()
    found = msgspec.json.decode(rows, type=list[_Found])
    taken = tuple([one for one in found if one.wanted])
    _take(connection, version.id, sender, _IN_HAND, taken)
    if len(taken) < len(found):
        _take(connection, version.id, sender, _SUPPRESSED, [one for one in found if not one.wanted])
    last = max([one.subscriber for one in found], default=after)
    return Claim(taken, last, exhausted=len(found) < most)


def _take(connection: Connection, version: int, sender: int, state: int, found: Sequence[Claimed]) -> None:
    if found:
        readers = msgspec.json.encode([one.subscriber for one in found]).decode()
        values = {"version": version, "sender": sender, "state": state, "rows": readers}
        connection.execute(_sql(connection, _TAKE), values)


def settle(connection: Connection, sender: int, outcomes: Sequence[Settled], book: ReplyBook) -> None:
    """Record outcomes of what ``sender`` has in hand; one that somebody else has taken over meanwhile is left alone."""
    if not outcomes:
        return
    rows = [
        (
            o.version,
            o.subscriber,
            CODE[o.state],
            o.handed,
            o.settled,
            o.due,
            int(o.maybe),
            book.id_of(connection, o.code, o.text),
            o.queued_as,
        )
        for o in outcomes
    ]
    values = {"rows": msgspec.json.encode(rows).decode(), "sender": sender}
    connection.execute(_sql(connection, _SETTLE), values)


def _sql(connection: Connection, template: str, *columns: str, guards: str = "") -> TextClause:
    return _statement(connection.dialect.name, template, columns, guards)


@lru_cache(maxsize=64)
def _statement(dialect: str, template: str, columns: tuple[str, ...], guards: str) -> TextClause:
    words = _JSON[dialect]
    row = f"{words['row']}({', '.join(columns)})"
    sql = template.format(
        each=words["each"],
        list=words["list"].format(row),
        locking=words["locking"],
        guards=guards,
        in_hand=_IN_HAND,
        pending=_PENDING,
        deferred=_DEFERRED,
    )
    return text(sql)


_GIVE_BACK = """
UPDATE deliveries SET state = {pending}, sender = NULL, tries = tries - 1
WHERE version = :version AND sender = :sender AND state = {in_hand}
  AND subscriber IN (SELECT CAST(r.value AS bigint) FROM {each})
"""


def give_back(connection: Connection, sender: int, unsent: Sequence[Claimed]) -> None:
    """Put back what was claimed and not sent, as if it had not been claimed."""
    for version in {delivery.version for delivery in unsent}:
        readers = [delivery.subscriber for delivery in unsent if delivery.version == version]
        values = {"version": version, "sender": sender, "rows": msgspec.json.encode(readers).decode()}
        connection.execute(_sql(connection, _GIVE_BACK), values)


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds."""
    return span // timedelta(milliseconds=1)
