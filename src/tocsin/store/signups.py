"""Sign-ups that wait for their confirmation: one at most for a subscriber."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from tocsin.store.engine import Id, Moment, Packed, metadata

signups = Table(
    "signups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", Id, ForeignKey("subscribers.id"), nullable=False, unique=True),
    Column("asked_at", Moment, nullable=False),
    Column("topics", Packed(tuple[str, ...]), nullable=False),
    Column("flash_only", Boolean, nullable=False),
    Column("offers", Boolean, nullable=False),
    # What the reader saw and where they came from, as it goes into the consent records (subscribers.py).
    Column("facts", Packed(dict[str, str]), nullable=False),
    Column("language", String(12), nullable=False),
    Column("back", Text),
    Column("confirmed_at", Moment),
    # The confirmation token names the number: it must never belong to another sign-up.
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class StoredSignUp:
    """A sign-up; ``facts`` are what its consent will be proved by, ``back`` the article it came from."""

    id: int
    subscriber: int
    asked_at: datetime
    topics: tuple[str, ...]
    flash_only: bool
    offers: bool
    facts: dict[str, str]
    language: str
    back: str | None = None
    confirmed_at: datetime | None = None


def put_sign_up(
    connection: Connection,
    *,
    subscriber: int,
    asked_at: datetime,
    topics: tuple[str, ...],
    flash_only: bool,
    offers: bool,
    facts: dict[str, str],
    language: str,
    back: str | None,
) -> int:
    """Keep a sign-up and return its number; one that waits already keeps its number and takes the new choices.

    Offers count only if both asked for them: a stranger who signs an address up again can't add a consent to it.
    """
    values = {
        "asked_at": asked_at,
        "topics": topics,
        "flash_only": flash_only,
        "facts": facts,
        "language": language,
        "back": back,
    }
    waiting = waiting_sign_up(connection, subscriber)
    if waiting is not None:
        both = offers and waiting.offers
        connection.execute(update(signups).where(signups.c.id == waiting.id).values(**values, offers=both))
        return waiting.id
    connection.execute(delete(signups).where(signups.c.subscriber == subscriber))
    row = connection.execute(
        insert(signups).values(**values, subscriber=subscriber, offers=offers).returning(signups.c.id)
    )
    return int(row.scalar_one())


def waiting_sign_up(connection: Connection, subscriber: int) -> StoredSignUp | None:
    """Return a subscriber's sign-up that waits for confirmation, or None."""
    query = select(*signups.c).where(signups.c.subscriber == subscriber, signups.c.confirmed_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else StoredSignUp(**row._mapping)


def sign_up_of(connection: Connection, number: int) -> StoredSignUp | None:
    """Return one sign-up, confirmed or not, or None."""
    row = connection.execute(select(*signups.c).where(signups.c.id == number)).first()
    return None if row is None else StoredSignUp(**row._mapping)


def mark_confirmed(connection: Connection, number: int, at: datetime) -> bool:
    """Mark a sign-up confirmed; False when it was already."""
    waiting = (signups.c.id == number) & signups.c.confirmed_at.is_(None)
    return connection.execute(update(signups).where(waiting).values(confirmed_at=at)).rowcount == 1


def forget_sign_ups(connection: Connection, subscriber: int) -> None:
    """Remove a subscriber's sign-up."""
    connection.execute(delete(signups).where(signups.c.subscriber == subscriber))
