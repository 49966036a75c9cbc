"""Letters: mails to one reader who asked (a confirmation, a link), and how many were asked for lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Select,
    String,
    Table,
    insert,
    select,
    update,
)

from tocsin.readers.caps import Cap, Used
from tocsin.store.engine import Id, Moment, metadata


class LetterKind(StrEnum):
    """What a letter is for."""

    CONFIRM = "confirm"
    KNOWN = "known"
    LINK = "link"
    MOVE = "move"
    MOVED = "moved"


letters = Table(
    "letters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(10), nullable=False),
    # What its link is about: a sign-up, a subscriber or a change of address.
    Column("about", BigInteger, nullable=False),
    # Where it goes; None once it went. The text is made when it leaves: no token is ever stored.
    Column("recipient", String(320)),
    Column("language", String(12), nullable=False),
    # Whom it counts for. Letters that their reader acted on no longer count for the mailbox.
    Column("mailbox", String(64)),
    Column("domain", String(255), nullable=False),
    Column("client", String(64)),
    Column("asked_at", Moment, nullable=False),
    Column("send_after", Moment, nullable=False),
    Column("done_at", Moment),
    Column("outcome", String(200)),
    Index("ix_letters_mailbox", "mailbox", "kind", "send_after"),
    Index("ix_letters_domain", "domain", "send_after"),
    Index("ix_letters_client", "client", "send_after"),
    Index("ix_letters_asked_at", "asked_at"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter; ``recipient`` is None once it went."""

    id: int
    kind: LetterKind
    about: int
    recipient: str | None
    language: str
    asked_at: datetime


def add_letter(
    connection: Connection,
    *,
    kind: LetterKind,
    about: int,
    recipient: str,
    language: str,
    mailbox: str | None,
    domain: str,
    client: str | None,
    asked_at: datetime,
    send_after: datetime,
) -> int:
    """Keep a letter to be written, and return its number."""
    row = connection.execute(
        insert(letters)
        .values(
            kind=kind,
            about=about,
            recipient=recipient,
            language=language,
            mailbox=mailbox,
            domain=domain,
            client=client,
            asked_at=asked_at,
            send_after=send_after,
        )
        .returning(letters.c.id)
    )
    return int(row.scalar_one())


def letter_of(connection: Connection, number: int) -> Letter | None:
    """Return one letter, or None."""
    columns = (getattr(letters.c, name) for name in ("id", "kind", "about", "recipient", "language", "asked_at"))
    row = connection.execute(select(*columns).where(letters.c.id == number)).first()
    return None if row is None else Letter(row.id, LetterKind(row.kind), *row[2:])


def finish_letter(connection: Connection, number: int, outcome: str, at: datetime) -> None:
    """Write down how a letter ended, and forget where it went."""
    values = {"outcome": outcome[:200], "done_at": at, "recipient": None}
    connection.execute(update(letters).where(letters.c.id == number).values(**values))


def answered(connection: Connection, mailbox: str, *kinds: LetterKind) -> None:
    """Stop counting a mailbox's letters of these kinds: its reader acted on one, so they were wanted."""
    which = (letters.c.mailbox == mailbox) & letters.c.kind.in_(kinds)
    connection.execute(update(letters).where(which).values(mailbox=None))


def forget_letters(connection: Connection, mailbox: str) -> None:
    """Forget to whom letters went or were to go; those that wait are not sent."""
    connection.execute(update(letters).where(letters.c.mailbox == mailbox).values(mailbox=None, recipient=None))


def used_by_mailbox(connection: Connection, mailbox: str, kind: LetterKind, cap: Cap) -> Used:
    """Tell how far a mailbox has used its cap of letters of a kind."""
    query = select(letters.c.send_after).where(letters.c.mailbox == mailbox, letters.c.kind == kind)
    return Used(cap, connection.execute(_back(query, cap)).scalar())


def used_by_domain(connection: Connection, domain: str, cap: Cap) -> Used:
    """Tell how far the mailboxes of a domain have used their cap."""
    query = select(letters.c.send_after).where(letters.c.domain == domain)
    return Used(cap, connection.execute(_back(query, cap)).scalar())


def used_by_client(connection: Connection, client: str, cap: Cap) -> Used:
    """Tell how far a client (by its keyed hash) has used its cap."""
    query = select(letters.c.send_after).where(letters.c.client == client)
    return Used(cap, connection.execute(_back(query, cap)).scalar())


def _back(query: Select[datetime], cap: Cap) -> Select[datetime]:
    return query.order_by(letters.c.send_after.desc()).offset(cap.count - 1).limit(1)
