"""API keys: the hash of each, its scopes, whose it is, when it was last used, and when it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
    update,
)

from tocsin.store.engine import Id, Moment, Packed, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("person", Id, ForeignKey("people.id"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("scopes", Packed(tuple[str, ...]), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("ended_at", Moment),
    UniqueConstraint("digest"),
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs, which acts as its ``person``; the key itself is not kept."""

    id: int
    name: str
    person: int
    digest: str
    scopes: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None


def add_key(
    connection: Connection, *, name: str, person: int, digest: str, scopes: tuple[str, ...], at: datetime
) -> int:
    """Keep a new key's hash."""
    values = {"name": name, "person": person, "digest": digest, "scopes": scopes, "created_at": at}
    return int(connection.execute(insert(api_keys).values(values).returning(api_keys.c.id)).scalar_one())


def key_of(connection: Connection, digest: str) -> ApiKey | None:
    """Return the key with this hash, also an ended one, or None."""
    row = connection.execute(select(*api_keys.c).where(api_keys.c.digest == digest)).first()
    return None if row is None else ApiKey(**row._mapping)


def keys_in_force(connection: Connection) -> tuple[ApiKey, ...]:
    """Return the keys that were not ended, oldest first."""
    rows = connection.execute(select(*api_keys.c).where(api_keys.c.ended_at.is_(None)).order_by(api_keys.c.id))
    return tuple(ApiKey(**row._mapping) for row in rows)


def use_key(connection: Connection, key_id: int, at: datetime) -> None:
    """Note that a key was used."""
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(used_at=at))


def end_key(connection: Connection, key_id: int, at: datetime) -> bool:
    """End a key for good; False when there is no such key in force."""
    live = (api_keys.c.id == key_id) & api_keys.c.ended_at.is_(None)
    return connection.execute(update(api_keys).where(live).values(ended_at=at)).rowcount == 1
