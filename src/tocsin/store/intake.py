"""Sources with their polling state, the items they gave, and the pushes seen."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    false,
    func,
    literal,
    select,
    update,
)

from tocsin.model import Item, Source
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, Moment, Packed, Store, metadata
from tocsin.store.leases import CLOCKS_DIFFER

sources = Table(
    "sources",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("source", Packed(Source), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("polled", Boolean, nullable=False),  # False: it only pushes
    Column("primed_at", Moment),
    Column("due_at", Moment),
    Column("why_due", Text, nullable=False, default=""),
    Column("asked_at", Moment),
    Column("worked_at", Moment),
    Column("item_at", Moment),
    Column("not_before", Moment),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("moved_to", Text),
    Column("failures", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("rate", Float, nullable=False, default=0.0),
    Column("cursor", Text),
)

items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(200), nullable=False),
    Column("key", Text, nullable=False),
    Column("item", Packed(Item), nullable=False),
    Column("seen_at", Moment, nullable=False),
    # What the first fetch of a feed brings is known but alerts nobody.
    Column("primed", Boolean, nullable=False),
    # Its source had not answered for long before: when it came out is known by nothing but what it says itself.
    Column("after_silence", Boolean, nullable=False, server_default=false()),
    Column("state", String(10), nullable=False),
    Column("error", Text),
    UniqueConstraint("source", "key"),
    Index("ix_items_open", "id", sqlite_where=Column("state") == "new", postgresql_where=Column("state") == "new"),
)

pushes = Table(
    "pushes",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("seen_at", Moment, nullable=False),
)


SILENT_AFTER = timedelta(hours=1)
"""A source that has not answered for so long is silent: that nothing came of it says nothing."""


@dataclass(frozen=True, slots=True)
class Polling:
    """How polling a source stands: when it is due, what its server last said, how it failed.

    ``primed_at`` is when its back catalogue was first seen, ``worked_at`` its last good answer, ``item_at`` its last
    new item, ``rate`` its activity in items per second, ``cursor`` how far a mailbox was read.
    """

    source: Source
    primed_at: datetime | None = None
    due_at: datetime | None = None
    why_due: str = ""
    asked_at: datetime | None = None
    worked_at: datetime | None = None
    item_at: datetime | None = None
    not_before: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    unchanged: int = 0
    moved_to: str | None = None
    failures: int = 0
    error: str | None = None
    rate: float = 0.0
    cursor: str | None = None

    def is_silent(self, now: datetime) -> bool:
        """Tell whether the source was asked in vain for so long; one that only pushes has no answer to give."""
        return self.source.is_asked and (self.worked_at is None or now - self.worked_at > SILENT_AFTER)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item with its number in the store."""

    id: int
    item: Item
    seen_at: datetime
    primed: bool
    after_silence: bool = False


_POLLING = [column for column in sources.c if column.name not in ("name", "active", "polled")]


def configure_sources(connection: Connection, wanted: Iterable[Source]) -> None:
    """Make ``wanted`` the sources listened to; one that is no longer wanted keeps its history and falls silent.

    One that is to be asked elsewhere begins anew: what its former place said of moves and changes is not true of the
    new one, and what lies there already is no news.
    """
    connection.execute(update(sources).values(active=False))
    before = {row.name: row.source for row in connection.execute(select(sources.c.name, sources.c.source))}
    for source in wanted:
        values = {"source": source, "active": True, "polled": source.is_asked}
        known = before.get(source.name)
        if known is None:
            connection.execute(insert_new(connection, sources).values(name=source.name, **values))
        else:
            connection.execute(update(sources).where(sources.c.name == source.name).values(values))
            if _place(known) != _place(source):
                record_polling(connection, Polling(source))


def _place(source: Source) -> tuple[str | None, ...]:
    return source.url, source.path, source.mailbox


def active_sources(connection: Connection) -> tuple[Polling, ...]:
    """Return the active sources, by name, those that only push among them."""
    rows = connection.execute(select(*_POLLING).where(sources.c.active).order_by(sources.c.name))
    return tuple(Polling(**row._mapping) for row in rows)


def sources_in(connection: Connection, mailbox: str) -> tuple[Polling, ...]:
    """Return the active sources that share a mailbox, by name; the first one listens for all."""
    return tuple(polling for polling in active_sources(connection) if polling.source.mailbox == mailbox)


def claim_due_sources(store: Store, now: datetime, until: datetime, limit: int) -> tuple[Polling, ...]:
    """Take up to ``limit`` sources that are due, the longest overdue first; nobody else gets them before ``until``.

    Looks before it writes: with nothing due, which is nearly always, no write lock is taken. A source that was asked in
    the future is due: the clock was set back, and it must not fall silent until the old time comes round again.
    """
    set_back = sources.c.asked_at > now + CLOCKS_DIFFER
    due = sources.c.active & sources.c.polled & (sources.c.due_at.is_(None) | (sources.c.due_at <= now) | set_back)
    query = select(*_POLLING).where(due).order_by(sources.c.due_at.nulls_first()).limit(limit)
    with store.read() as connection:
        if limit <= 0 or connection.execute(query.limit(1)).first() is None:
            return ()
    with store.write() as connection:
        taken = tuple(Polling(**row._mapping) for row in connection.execute(query.with_for_update(skip_locked=True)))
        names = [polling.source.name for polling in taken]
        connection.execute(update(sources).where(sources.c.name.in_(names)).values(due_at=until, asked_at=now))
    return taken


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """Return when ``claim_due_sources`` will find the next source, ``now`` or before when it would at once."""
    at_once = sources.c.due_at.is_(None) | (sources.c.asked_at > now + CLOCKS_DIFFER)
    first = func.min(case((at_once, literal(now, Moment)), else_=sources.c.due_at))
    return connection.execute(select(first).where(sources.c.active, sources.c.polled)).scalar()


def root_rates(connection: Connection) -> float:
    """Return the sum of the square roots of the active sources' rates (items per second)."""
    rates = connection.execute(select(sources.c.rate).where(sources.c.active)).scalars()
    return sum(math.sqrt(rate) for rate in rates)


def record_polling(connection: Connection, polling: Polling) -> None:
    """Keep the new polling state of a source, unless it was changed while it was asked: that answer is another's."""
    values = {column.name: getattr(polling, column.name) for column in _POLLING if column.name != "source"}
    same = (sources.c.name == polling.source.name) & (sources.c.source == polling.source)
    connection.execute(update(sources).where(same).values(values))


_STORED = (items.c.id, items.c.item, items.c.seen_at, items.c.primed, items.c.after_silence)


def add_items(
    connection: Connection, new: Sequence[Item], seen_at: datetime, *, primed: bool, after_silence: bool = False
) -> tuple[StoredItem, ...]:
    """Keep the items whose source and key are not known yet, and return those.

    ``primed`` False marks the back catalogue of a first fetch: known, but never news. ``after_silence`` marks what came
    when its source had not answered for long.
    """
    added = []
    for item in new:
        if _known(connection, item):
            continue
        row = connection.execute(  # another process may keep the same item at the same time
            insert_new(connection, items)
            .values(
                source=item.source,
                key=item.key,
                item=item,
                seen_at=seen_at,
                primed=primed,
                after_silence=after_silence,
                state="new",
            )
            .returning(items.c.id)
        ).first()
        if row is not None:
            added.append(StoredItem(row.id, item, seen_at, primed, after_silence))
    return tuple(added)


def knows_any(connection: Connection, source: str, keys: Sequence[str]) -> bool:
    """Tell whether one of these items of a source was kept before."""
    query = select(items.c.id).where(items.c.source == source, items.c.key.in_(keys)).limit(1)
    return connection.execute(query).first() is not None


def _known(connection: Connection, item: Item) -> bool:
    query = select(items.c.id).where(items.c.source == item.source, items.c.key == item.key)
    return connection.execute(query).first() is not None


def item_of(connection: Connection, item_id: int) -> StoredItem | None:
    """Return one item while it still waits to be read; None when it has gone further or never was."""
    query = select(*_STORED)
    row = connection.execute(query.where(items.c.id == item_id, items.c.state == "new")).first()
    return None if row is None else StoredItem(**row._mapping)


def newest_items(connection: Connection, source: str, limit: int) -> tuple[StoredItem, ...]:
    """Return the items a source gave last, the newest first."""
    query = select(*_STORED).where(items.c.source == source)
    rows = connection.execute(query.order_by(items.c.id.desc()).limit(limit))
    return tuple(StoredItem(**row._mapping) for row in rows)


def settle_item(connection: Connection, item_id: int, state: str, error: str | None = None) -> None:
    """Say how far an item has come: ``read``, ``judged`` or ``failed`` with the error."""
    connection.execute(update(items).where(items.c.id == item_id).values(state=state, error=error))


def first_push(connection: Connection, push_id: str, seen_at: datetime) -> bool:
    """Note a push by its id, and tell whether it is the first with that id (a replayed one is not)."""
    note = insert_new(connection, pushes).values(id=_short(push_id), seen_at=seen_at).returning(pushes.c.id)
    return connection.execute(note).first() is not None


def _short(push_id: str) -> str:
    """Return an id that fits its column; the few that don't stand there by their digest."""
    longest = 200
    return push_id if len(push_id) <= longest else "sha256:" + hashlib.sha256(push_id.encode()).hexdigest()
