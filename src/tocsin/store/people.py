"""Those who work at the desk: accounts, sessions, recovery codes, and failed attempts to log in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from tocsin.store.engine import Id, Moment, metadata


class Role(StrEnum):
    """What a person may do; each may do what those before may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"

    def may(self, least: Role) -> bool:
        """Tell whether this role reaches ``least``."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(least)


people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("role", String(10), nullable=False),
    Column("password", Text, nullable=False),
    Column("totp", Text),
    Column("totp_at", Moment),
    # The time step of the last code used: a code is good once.
    Column("totp_step", BigInteger, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person", Id, ForeignKey("people.id"), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person", Id, ForeignKey("people.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("agent", String(200), nullable=False),
    Index("ix_sessions_person", "person"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_attempts_key_at", "key", "at"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; ``totp`` is the shared secret, sealed, in force once ``totp_at`` is set."""

    id: int
    name: str
    role: Role
    password: str
    totp: str | None
    totp_at: datetime | None
    totp_step: int
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in; ``digest`` is the hash of its token."""

    digest: str
    person: int
    created_at: datetime
    seen_at: datetime
    agent: str


def add_person(connection: Connection, *, name: str, role: Role, password: str, at: datetime) -> int:
    """Keep a new person; ``password`` is its hash. A name that is taken raises IntegrityError."""
    row = connection.execute(
        insert(people)
        .values(name=name, role=role, password=password, created_at=at, totp_step=0)
        .returning(people.c.id)
    )
    return int(row.scalar_one())


def person_named(connection: Connection, name: str) -> Person | None:
    """Return the person of a name, also a disabled one, or None."""
    return _one(connection, people.c.name == name)


def person_of(connection: Connection, person_id: int) -> Person | None:
    """Return one person, or None."""
    return _one(connection, people.c.id == person_id)


def all_people(connection: Connection) -> tuple[Person, ...]:
    """Return everybody, by name."""
    rows = connection.execute(select(*people.c).order_by(people.c.name))
    return tuple(_person(dict(row._mapping)) for row in rows)


def change_person(connection: Connection, person_id: int, **values: object) -> None:
    """Set columns of a person."""
    connection.execute(update(people).where(people.c.id == person_id).values(**values))


def exchange_totp(connection: Connection, person_id: int, before: str, now: str) -> bool:
    """Put another form of the shared secret in the place of ``before``; False when it is not that any more."""
    same = (people.c.id == person_id) & (people.c.totp == before)
    return connection.execute(update(people).where(same).values(totp=now)).rowcount == 1


def use_totp_step(connection: Connection, person_id: int, step: int, latest: int) -> bool:
    """Note that the code of a time step was used; False when it, or a later one, was used before.

    A step beyond ``latest`` was noted by a clock that was ahead: it does not count.
    """
    known = people.c.totp_step
    fresh = (people.c.id == person_id) & ((known < step) | (known > latest))
    return connection.execute(update(people).where(fresh).values(totp_step=step)).rowcount == 1


def put_recovery_codes(connection: Connection, person_id: int, digests: tuple[str, ...]) -> None:
    """Replace a person's recovery codes."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.person == person_id))
    for digest in digests:
        connection.execute(insert(recovery_codes).values(digest=digest, person=person_id))


def recovery_codes_left(connection: Connection, person_id: int) -> int:
    """Count the recovery codes that a person has not used."""
    query = select(func.count()).where(recovery_codes.c.person == person_id)
    return int(connection.execute(query).scalar_one())


def use_recovery_code(connection: Connection, person_id: int, digest: str) -> bool:
    """Use up a recovery code; False when it is not one of the person's."""
    mine = (recovery_codes.c.digest == digest) & (recovery_codes.c.person == person_id)
    return connection.execute(delete(recovery_codes).where(mine)).rowcount == 1


def add_session(connection: Connection, session: Session) -> None:
    """Keep a new session."""
    connection.execute(
        insert(sessions).values(
            digest=session.digest,
            person=session.person,
            created_at=session.created_at,
            seen_at=session.seen_at,
            agent=session.agent,
        )
    )


def session_of(connection: Connection, digest: str) -> Session | None:
    """Return a session, or None."""
    row = connection.execute(select(*sessions.c).where(sessions.c.digest == digest)).first()
    return None if row is None else Session(**row._mapping)


def sessions_of(connection: Connection, person_id: int) -> tuple[Session, ...]:
    """Return a person's sessions, the last used first."""
    query = select(*sessions.c).where(sessions.c.person == person_id).order_by(sessions.c.seen_at.desc())
    return tuple(Session(**row._mapping) for row in connection.execute(query))


def sessions_used(connection: Connection, *, seen_since: datetime, made_since: datetime) -> frozenset[str]:
    """Return the hashes of all sessions that are not idle or old, of people who may log in."""
    good = (sessions.c.seen_at >= seen_since) & (sessions.c.created_at >= made_since) & people.c.disabled_at.is_(None)
    query = select(sessions.c.digest).join(people, people.c.id == sessions.c.person).where(good)
    return frozenset(connection.execute(query).scalars())


def touch_session(connection: Connection, digest: str, at: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=at))


def end_sessions(connection: Connection, person_id: int, digest: str | None = None) -> int:
    """End one session of a person, or all of them; return how many there were."""
    mine = sessions.c.person == person_id
    chosen = mine if digest is None else mine & (sessions.c.digest == digest)
    return connection.execute(delete(sessions).where(chosen)).rowcount


def note_attempt(connection: Connection, key: str, at: datetime) -> int:
    """Note an attempt to log in under a hashed key (a name, a network address, a browser); return its number."""
    return int(connection.execute(insert(attempts).values(key=key, at=at).returning(attempts.c.id)).scalar_one())


def take_attempts_back(connection: Connection, numbers: Collection[int]) -> None:
    """Delete attempts that were right: failed ones are counted."""
    connection.execute(delete(attempts).where(attempts.c.id.in_(numbers)))


def attempt_before(connection: Connection, key: str, since: datetime, most: int) -> datetime | None:
    """Return when the failed attempt under a key was made that has ``most - 1`` after it; None when there are fewer."""
    mine = select(attempts.c.at).where(attempts.c.key == key, attempts.c.at >= since)
    return connection.execute(mine.order_by(attempts.c.at.desc()).offset(most - 1).limit(1)).scalar_one_or_none()


def forget_attempts(connection: Connection, before: datetime, after: datetime) -> None:
    """Delete the attempts that no longer count: before a time, or after one, which a clock that was ahead has noted."""
    connection.execute(delete(attempts).where((attempts.c.at < before) | (attempts.c.at > after)))


def _one(connection: Connection, which: ColumnElement[bool]) -> Person | None:
    row = connection.execute(select(*people.c).where(which)).first()
    return None if row is None else _person(dict(row._mapping))


def _person(values: dict[str, Any]) -> Person:
    return Person(**{**values, "role": Role(values["role"])})
