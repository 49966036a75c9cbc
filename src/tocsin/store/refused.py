"""Mails that were kept out, each with the reason: for a person who wonders where a release is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, Text, UniqueConstraint, delete, select

from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, Moment, metadata

KEPT = 200
"""Refused mails of a mailbox that stay listed, the newest."""

refused_mails = Table(
    "refused_mails",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("key", String(300), nullable=False),
    Column("at", Moment, nullable=False),
    Column("sender", String(320), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("mailbox", "key"),
)


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """A mail that was kept out. ``sender`` and ``subject`` are what it says, and may be forged.

    ``key`` is where it lies in its mailbox; ``reason`` is for a person.
    """

    mailbox: str
    key: str
    at: datetime
    sender: str
    subject: str
    reason: str


_SHOWN = tuple(refused_mails.c[name] for name in RefusedMail.__slots__)


def note_refused(connection: Connection, mail: RefusedMail) -> None:
    """Note a mail that was kept out, once; only the newest of its mailbox stay listed."""
    values = {name: getattr(mail, name) for name in RefusedMail.__slots__}
    values |= {"key": mail.key[:300], "sender": mail.sender[:320], "subject": mail.subject[:300]}
    connection.execute(insert_new(connection, refused_mails).values(values))
    its = refused_mails.c.mailbox == mail.mailbox
    newest = select(refused_mails.c.id).where(its).order_by(refused_mails.c.id.desc()).limit(KEPT)
    connection.execute(delete(refused_mails).where(its, refused_mails.c.id.not_in(newest)))


def refused_lately(connection: Connection, limit: int) -> tuple[RefusedMail, ...]:
    """Return the mails that were kept out last, the newest first."""
    rows = connection.execute(select(*_SHOWN).order_by(refused_mails.c.id.desc()).limit(limit))
    return tuple(RefusedMail(**row._mapping) for row in rows)
