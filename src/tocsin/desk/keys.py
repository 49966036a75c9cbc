"""API keys: a program acts as the person who made its key, within the key's scopes and that person's role.

A key is a random token of 256 bits, shown once; the store keeps its hash. It ends when somebody ends it, and is of no
use while its person is disabled. What it does is in the audit log under the person's name.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tocsin.errors import WrongUse
from tocsin.store.audit import add_entry
from tocsin.store.keys import ApiKey, add_key, end_key, key_of, keys_in_force, use_key
from tocsin.store.people import Person, Role, person_named, person_of
from tocsin.wiring import Parts

PREFIX = "tocsin_"
"""A key begins so, that scanners of leaked secrets can know it."""
_LONGEST_NAME = 100
_TOUCH = timedelta(minutes=1)


class Scope(StrEnum):
    """What a key may do: read what the desk sees, or also hold, drop and send as an approver."""

    READ = "read"
    APPROVE = "approve"


LEAST = {Scope.READ: Role.VIEWER, Scope.APPROVE: Role.APPROVER}
"""The role that a person needs for a scope, when the key is made and whenever it is used."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks with a key."""

    person: Person
    key: ApiKey

    def may(self, scope: Scope) -> bool:
        """Tell whether the key has a scope, and its person still the role for it."""
        return scope in self.key.scopes and self.person.role.may(LEAST[scope])


def make_key(parts: Parts, *, person: str, name: str, scopes: tuple[Scope, ...], by: str) -> str:
    """Make a key for a person and return it, which nobody can do again. Raises ``WrongUse``."""
    token, now = PREFIX + secrets.token_urlsafe(32), parts.clock()
    chosen = tuple(dict.fromkeys((Scope.READ, *scopes)))
    with parts.store.write() as connection:
        owner = person_named(connection, person)
        if owner is None or owner.disabled_at is not None:
            raise WrongUse(f"there is nobody called {person!r}")
        if not 0 < len(name.strip()) <= _LONGEST_NAME:
            raise WrongUse(f"a key needs a name of at most {_LONGEST_NAME} characters: what uses it")
        if lacking := [scope for scope in chosen if not owner.role.may(LEAST[scope])]:
            raise WrongUse(f"the role {owner.role} of {person!r} has no part in the scope {lacking[0]!r}")
        add_key(connection, name=name.strip(), person=owner.id, digest=_digest(token), scopes=chosen, at=now)
        detail = f"for {person}: {', '.join(chosen)}"
        add_entry(connection, at=now, who=by, act="make key", subject=name.strip(), detail=detail)
    return token


def holder_of(parts: Parts, token: str) -> Holder | None:
    """Return who a key belongs to; None when it is unknown or ended, or its person may not log in."""
    now = parts.clock()
    with parts.store.read() as connection:
        key = key_of(connection, _digest(token)) if token.startswith(PREFIX) else None
        person = person_of(connection, key.person) if key and key.ended_at is None else None
    if key is None or person is None or person.disabled_at is not None:
        return None
    if key.used_at is None or now - key.used_at > _TOUCH:
        with parts.store.write() as connection:
            use_key(connection, key.id, now)
    return Holder(person, key)


def keys(parts: Parts) -> tuple[tuple[ApiKey, str], ...]:
    """Return the keys in force, each with its person's name."""
    with parts.store.read() as connection:
        found = keys_in_force(connection)
        people = {key.person: person_of(connection, key.person) for key in found}
    return tuple((key, person.name) for key in found if (person := people[key.person]))


def end(parts: Parts, number: int, *, by: str, person: str | None = None) -> ApiKey:
    """End a key for good; of ``person`` only, if that is given. Raises ``WrongUse`` when there is no such key."""
    mine = {key.id: key for key, name in keys(parts) if person in (None, name)}
    with parts.store.write() as connection:
        if number not in mine or not end_key(connection, number, parts.clock()):
            raise WrongUse(f"there is no key {number} in force")
        add_entry(connection, at=parts.clock(), who=by, act="end key", subject=mine[number].name)
    return mine[number]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
