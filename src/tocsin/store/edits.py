"""What sources changed of an item after it was kept: its newest wording beside the one that was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, delete, insert, select, update

from tocsin.model import Item
from tocsin.store.engine import Id, Moment, Packed, metadata
from tocsin.store.intake import items

edits = Table(
    "edits",
    metadata,
    Column("item", Id, primary_key=True, autoincrement=False),
    Column("article", String(64), nullable=False, index=True),
    Column("now", Packed(Item), nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class KeptItem:
    """An item as it was kept, and how its source gave it last, None if that is the same."""

    id: int
    item: Item
    now: Item | None


def kept_since(connection: Connection, source: str, keys: Sequence[str], since: datetime) -> tuple[KeptItem, ...]:
    """Return those items of a source, by their keys, that were first seen since ``since``."""
    which = (items.c.source == source) & items.c.key.in_(keys) & (items.c.seen_at >= since)
    query = select(items.c.id, items.c.item, edits.c.now).join(edits, edits.c.item == items.c.id, isouter=True)
    return tuple(KeptItem(**row._mapping) for row in connection.execute(query.where(which)))


def note_edit(connection: Connection, item: int, article: str, now: Item, at: datetime) -> None:
    """Keep an item's newest wording."""
    values = {"article": article, "now": now, "seen_at": at}
    if not connection.execute(update(edits).where(edits.c.item == item).values(values)).rowcount:
        connection.execute(insert(edits).values(item=item, **values))


def edits_of(connection: Connection, articles: Iterable[str]) -> dict[str, KeptItem]:
    """Return what was changed of these articles, by their ids."""
    query = select(edits.c.article, items.c.id, items.c.item, edits.c.now).join(items, items.c.id == edits.c.item)
    rows = connection.execute(query.where(edits.c.article.in_(tuple(articles))))
    return {row.article: KeptItem(row.id, row.item, row.now) for row in rows}


def forget_edits(connection: Connection, before: datetime) -> None:
    """Forget what was changed before ``before``."""
    connection.execute(delete(edits).where(edits.c.seen_at < before))
