"""What those at the desk do about themselves: log in and out, prove a second factor, end sessions.

Passwords are argon2id with the library's parameters; a session is a random token of 256 bits of which the store keeps
the hash; a code of the second factor (TOTP, RFC 6238) is good once. Guessing is slowed down by ``guessing``.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from tocsin.desk.guessing import begin_try, limits_at_desk, limits_at_entrance, was_right
from tocsin.desk.passwords import too_well_known
from tocsin.desk.sealing import opened, sealed
from tocsin.errors import Refused, Temporary, WrongUse
from tocsin.store.audit import add_entry
from tocsin.store.people import (
    Person,
    Role,
    Session,
    add_person,
    add_session,
    all_people,
    change_person,
    end_sessions,
    person_named,
    person_of,
    put_recovery_codes,
    session_of,
    touch_session,
    use_recovery_code,
    use_totp_step,
)
from tocsin.wiring import Parts

LEAST_PASSWORD = 12
"""Characters of the shortest password; what they are is left to the person (NIST SP 800-63B, 5.1.1.2)."""
_LONGEST_PASSWORD = 256
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
_TOUCH = timedelta(minutes=1)
_STEP_S = 30
_STEPS_AHEAD = 20
"""Machines differ by minutes; a code that was used further ahead came from a clock that was wrong."""
_CODES = 10

_hasher = PasswordHasher()
_hashing = BoundedSemaphore(4)
"""A hash takes 64 MiB and a tenth of a second on purpose: strangers from many networks at once would take the machine's
memory, and the threads that serve readers."""


class Crowded(Temporary):
    """Too many log in at this moment; try again."""


class NotLoggedIn(Refused):
    """The name, password or code is not right."""


class CodeNeeded(Refused):
    """This account needs the code of its second factor."""


class FactorInForce(Refused):
    """There is a second factor already."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who is logged in: the person, and the session's hash."""

    person: Person
    session: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor to be proved: the secret, and the address that an authenticator reads as a picture."""

    secret: str
    uri: str


def enter(parts: Parts, *, name: str, password: str, code: str, client: str, agent: str, device: str = "") -> str:
    """Log somebody in and return the session's token; ``device`` is the mark that the browser carries, if any.

    Raises ``TooManyTries``, ``CodeNeeded`` (the password was right) or ``NotLoggedIn``; which of name, password and
    code is wrong is not told. Raises ``Crowded`` while too many log in.
    """
    now = parts.clock()
    with _one_of_few():
        with parts.store.write() as connection:
            tries = begin_try(connection, limits_at_entrance(parts.secret, name, client, device), now)
            person = person_named(connection, name)
        # Outside a transaction: the hash takes a tenth of a second on purpose.
        right = _password_is(person, password)
    with parts.store.write() as connection:
        needed = person is not None and right and person.totp_at is not None and not code
        entered = person is not None and right and not needed and _code_is(parts, connection, person, code, now)
        if needed or entered:
            was_right(connection, tries)
        else:
            _note_failure(connection, person, now)
        token = _begin(connection, person, agent, now) if entered and person is not None else ""
    if needed:
        raise CodeNeeded
    if not entered:
        raise NotLoggedIn
    return token


def _note_failure(connection: Connection, person: Person | None, now: datetime) -> None:
    """Keep a failure in the audit log: of somebody known only, for people type passwords as names."""
    who = person.name if person else "somebody unknown"
    add_entry(connection, at=now, who=who, act="failed log-in", subject="session")


def sure(parts: Parts, seat: Seat, password: str) -> None:
    """Ask for one's password again before what matters: whoever found an open browser does not have it.

    Raises ``NotLoggedIn``, ``TooManyTries`` or ``Crowded``.
    """
    now = parts.clock()
    with _one_of_few():
        with parts.store.write() as connection:
            tries = begin_try(connection, limits_at_desk(parts.secret, seat.person.id), now)
        right = _password_is(seat.person, password)
    with parts.store.write() as connection:
        was_right(connection, tries) if right else _note_failure(connection, seat.person, now)
    if not right:
        raise NotLoggedIn("it is your own password that is asked for")


def _begin(connection: Connection, person: Person, agent: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    add_session(connection, Session(_digest(token), person.id, now, now, agent[:200]))
    add_entry(connection, at=now, who=person.name, act="log in", subject="session")
    return token


def seat_of(parts: Parts, token: str | None) -> Seat | None:
    """Return who a session's token belongs to; None when it is unknown, idle too long, too old, or ended."""
    if not token:
        return None
    digest, now = _digest(token), parts.clock()
    with parts.store.read() as connection:
        session = session_of(connection, digest)
        person = person_of(connection, session.person) if session else None
    if session is None or person is None or person.disabled_at is not None:
        return None
    # Either way: a session that a clock far ahead has made would last until that clock was right.
    if abs(now - session.seen_at) > IDLE or abs(now - session.created_at) > LONGEST:
        return None
    if now - session.seen_at > _TOUCH:
        with parts.store.write() as connection:
            touch_session(connection, digest, now)
    return Seat(person, digest)


def leave(parts: Parts, seat: Seat, *, digest: str | None = None, everywhere: bool = False) -> None:
    """End this session, the named one of the same person, or all of them."""
    with parts.store.write() as connection:
        ended = end_sessions(connection, seat.person.id, None if everywhere else digest or seat.session)
        add_entry(
            connection,
            at=parts.clock(),
            who=seat.person.name,
            act="log out",
            subject="session",
            detail=f"{ended} ended",
        )


def enrol(parts: Parts, seat: Seat) -> Enrolment:
    """Give a person a new secret for the second factor; it counts once ``prove`` has seen a code of it.

    Raises ``FactorInForce`` for somebody who has one: only an admin can take it away.
    """
    if seat.person.totp_at is not None:
        raise FactorInForce(seat.person.name)
    secret = pyotp.random_base32()
    with parts.store.write() as connection:
        change_person(connection, seat.person.id, totp=sealed(parts.secret, seat.person.id, secret), totp_at=None)
    return _enrolment(parts, seat, secret)


def enrolment_of(parts: Parts, seat: Seat) -> Enrolment | None:
    """Return the second factor that waits to be proved, so that a mistyped code can be typed again, or None."""
    with parts.store.read() as connection:
        person = person_of(connection, seat.person.id)
    if person is None or person.totp_at is not None:
        return None
    secret = opened(parts.secret, person.id, person.totp or "")
    return _enrolment(parts, seat, secret) if secret else None


def _enrolment(parts: Parts, seat: Seat, secret: str) -> Enrolment:
    uri = pyotp.TOTP(secret).provisioning_uri(name=seat.person.name, issuer_name=parts.settings.newsroom.name)
    return Enrolment(secret, uri)


def prove(parts: Parts, seat: Seat, code: str) -> tuple[str, ...]:
    """Put the second factor in force when ``code`` is right, and return ten recovery codes, each good once.

    They are shown now and never again: only their hashes are kept. Raises ``NotLoggedIn`` for a wrong code.
    """
    now = parts.clock()
    with parts.store.write() as connection:
        person = person_of(connection, seat.person.id)
        if person is None or person.totp is None or not _totp_is(parts, connection, person, code, now):
            raise NotLoggedIn
        change_person(connection, person.id, totp_at=now)
        add_entry(connection, at=now, who=person.name, act="second factor", subject=person.name)
        return _new_codes(connection, person)


def renew_codes(parts: Parts, seat: Seat) -> tuple[str, ...]:
    """Return ten new recovery codes, as ``prove`` does; those before open nothing any more.

    Raises ``WrongUse`` without a second factor in force.
    """
    with parts.store.write() as connection:
        person = person_of(connection, seat.person.id)
        if person is None or person.totp_at is None:
            raise WrongUse("there is no second factor in force that codes could stand in for")
        add_entry(connection, at=parts.clock(), who=person.name, act="new recovery codes", subject=person.name)
        return _new_codes(connection, person)


def _new_codes(connection: Connection, person: Person) -> tuple[str, ...]:
    codes = tuple(secrets.token_hex(5) for _ in range(_CODES))
    put_recovery_codes(connection, person.id, tuple(_digest(each) for each in codes))
    return codes


def hire(parts: Parts, *, name: str, role: Role, password: str, by: str) -> int:
    """Add a person. Raises ``WrongUse`` when the name is taken or the password too short."""
    hashed = _hashed(parts, password, name)
    with parts.store.write() as connection:
        if not name.strip() or person_named(connection, name) is not None:
            raise WrongUse(f"there is somebody called {name!r} already" if name.strip() else "a person needs a name")
        number = add_person(connection, name=name, role=role, password=hashed, at=parts.clock())
        add_entry(connection, at=parts.clock(), who=by, act="add person", subject=name, detail=role)
    return number


def change_role(parts: Parts, *, name: str, role: Role | None, by: str) -> None:
    """Give a person another role, or disable the account (``role`` None); sessions end in both cases.

    Raises ``WrongUse`` for an unknown name and for the last admin, without whom nobody could undo it.
    """
    now = parts.clock()
    with parts.store.write() as connection:
        person = person_named(connection, name)
        if person is None:
            raise WrongUse(f"there is nobody called {name!r}")
        admins = [each for each in all_people(connection) if each.role is Role.ADMIN and each.disabled_at is None]
        if role is not Role.ADMIN and [each.id for each in admins] == [person.id]:
            raise WrongUse(f"{name!r} is the only admin")
        values: dict[str, object] = {"disabled_at": now} if role is None else {"role": role, "disabled_at": None}
        change_person(connection, person.id, **values)
        end_sessions(connection, person.id)
        add_entry(connection, at=now, who=by, act="change role", subject=name, detail=role or "disabled")


def change_password(parts: Parts, *, name: str, password: str, by: str) -> None:
    """Give a person a new password and end their sessions, all of them. Raises ``WrongUse``."""
    hashed = _hashed(parts, password, name)
    with parts.store.write() as connection:
        person = person_named(connection, name)
        if person is None:
            raise WrongUse(f"there is nobody called {name!r}")
        change_person(connection, person.id, password=hashed)
        end_sessions(connection, person.id)
        add_entry(connection, at=parts.clock(), who=by, act="change password", subject=name)


def take_factor(parts: Parts, *, name: str, by: str) -> None:
    """Take somebody's second factor away, who has lost it and the recovery codes; their sessions end."""
    with parts.store.write() as connection:
        person = person_named(connection, name)
        if person is None:
            raise WrongUse(f"there is nobody called {name!r}")
        change_person(connection, person.id, totp=None, totp_at=None)
        put_recovery_codes(connection, person.id, ())
        end_sessions(connection, person.id)
        add_entry(connection, at=parts.clock(), who=by, act="take second factor", subject=name)


def _hashed(parts: Parts, password: str, name: str) -> str:
    if not LEAST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise WrongUse(f"a password has {LEAST_PASSWORD} to {_LONGEST_PASSWORD} characters")
    if too_well_known(password, name, parts.settings.newsroom.name):
        raise WrongUse("this password is one that everybody tries; a few words that do not belong together are better")
    return _hasher.hash(password)


def _password_is(person: Person | None, password: str) -> bool:
    usable = person is not None and person.disabled_at is None and len(password) <= _LONGEST_PASSWORD
    nobody = _nobody()
    try:
        right = _hasher.verify(person.password if person and usable else nobody, password[:_LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return right and usable


@contextmanager
def _one_of_few() -> Iterator[None]:
    """Let so many passwords be looked at in this moment. Raises ``Crowded``, before a try is counted."""
    if not _hashing.acquire(blocking=False):
        raise Crowded
    try:
        yield
    finally:
        _hashing.release()


@cache
def _nobody() -> str:
    """Return what is checked when a name is unknown, so that the answer takes as long as for a known one.

    Made at the first log-in, whoever it is: to make it takes a tenth of a second.
    """
    return _hasher.hash(secrets.token_hex(16))


def _code_is(parts: Parts, connection: Connection, person: Person, code: str, now: datetime) -> bool:
    if person.totp_at is None:
        return True
    given = code.replace(" ", "").lower()
    if _totp_is(parts, connection, person, given, now):
        return True
    return use_recovery_code(connection, person.id, _digest(given))


def _totp_is(parts: Parts, connection: Connection, person: Person, code: str, now: datetime) -> bool:
    """Tell whether a code is that of now, or of the step before or after (clocks differ), and was not used yet."""
    secret = opened(parts.secret, person.id, person.totp or "")
    if not secret:
        return False
    step, expected = int(now.timestamp()) // _STEP_S, pyotp.TOTP(secret)
    for near in (step, step - 1, step + 1):
        if hmac.compare_digest(expected.at(near * _STEP_S).encode(), code.replace(" ", "").encode()):
            return use_totp_step(connection, person.id, near, step + _STEPS_AHEAD)
    return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
