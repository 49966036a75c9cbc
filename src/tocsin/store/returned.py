"""What came back, each once: bounces, complaints, and readers' own mails until the newsroom has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, delete, select, update

from tocsin.delivery.notices import LONGEST_TEXT, Kind, Notice
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Moment, metadata

Id = BigInteger().with_variant(Integer, "sqlite")

returned = Table(
    "returned",
    metadata,
    Column("id", Id, primary_key=True),
    # A hash of the mail, or the provider's own name for the event: what comes twice is taken once.
    Column("key", String(64), nullable=False, unique=True),
    Column("at", Moment, nullable=False, index=True),
    # By which way it came in: lmtp, smtp, maildir, hand, ses, postmark, mailgun.
    Column("via", String(12), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("version", Id),
    Column("subscriber", Id),
    Column("status", String(12), nullable=False),
    Column("text", String(LONGEST_TEXT), nullable=False),
    # A person's mail as it came; bounces are not kept.
    Column("mail", LargeBinary),
    # What became of passing it on.
    Column("passed_on", String(200)),
)


@dataclass(frozen=True, slots=True)
class Returned:
    """One thing that came back; ``passed_on`` tells what became of a person's mail."""

    id: int
    at: datetime
    via: str
    kind: Kind
    version: int | None
    subscriber: int | None
    status: str
    text: str
    passed_on: str | None


@dataclass(frozen=True, slots=True)
class PersonsMail:
    """A person's mail as it came, and when."""

    raw: bytes
    at: datetime


_SHOWN = tuple(returned.c[name] for name in Returned.__slots__)


def is_known(connection: Connection, key: str) -> bool:
    """Tell whether something was taken already."""
    return connection.execute(select(returned.c.id).where(returned.c.key == key)).first() is not None


def keep_returned(
    connection: Connection, notice: Notice, *, key: str, via: str, at: datetime, mail: bytes | None = None
) -> int | None:
    """Note what came back, and return its number; None if somebody has taken it meanwhile."""
    values = {
        "key": key,
        "at": at,
        "via": via,
        "kind": notice.kind,
        "version": notice.version,
        "subscriber": notice.subscriber,
        "status": notice.status[:12],
        "text": notice.text[:LONGEST_TEXT],
        "mail": mail,
    }
    fresh = insert_new(connection, returned).values(values).returning(returned.c.id)
    return connection.execute(fresh).scalar()


def newest_returned(connection: Connection, most: int, kind: Kind | None = None) -> tuple[Returned, ...]:
    """Return what came back last, the newest first."""
    query = select(*_SHOWN).order_by(returned.c.id.desc()).limit(most)
    rows = connection.execute(query if kind is None else query.where(returned.c.kind == kind))
    return tuple(Returned(**{**row._mapping, "kind": Kind(row.kind)}) for row in rows)


def person_of(connection: Connection, number: int) -> PersonsMail | None:
    """Return a person's mail; None when there is none (any more)."""
    mine = (returned.c.id == number) & returned.c.mail.is_not(None)
    row = connection.execute(select(returned.c.mail, returned.c.at).where(mine)).first()
    return None if row is None else PersonsMail(row.mail, row.at)


def note_passed_on(connection: Connection, number: int, outcome: str) -> None:
    """Note what became of passing a mail on."""
    connection.execute(update(returned).where(returned.c.id == number).values(passed_on=outcome[:200]))


def people_since(connection: Connection, since: datetime, most: int) -> int:
    """Count the mails of people that came since ``since``, up to ``most``."""
    query = select(returned.c.id).where(returned.c.at > since, returned.c.kind == Kind.HUMAN).limit(most)
    return len(connection.execute(query).all())


def forget_returned(connection: Connection, before: datetime) -> int:
    """Forget what came back before ``before``; count it."""
    return connection.execute(delete(returned).where(returned.c.at < before)).rowcount
