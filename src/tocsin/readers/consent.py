"""Consent that can be proved: a chain of records, each sealing the one before, that survives erasure whole.

Each fact of a record (who, how, which form, what wording …) is committed to by a salted hash of its own, and the chain
holds only the commitments. So a fact can be erased alone (a network address after 30 days) or with all others (the
reader asks for it), and what stays proves that a record was there, when, for what purpose, and that none was
changed or taken out; without the salt nothing can be guessed from it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

GENESIS = "0" * 64
"""What the first record refers to."""


class Purpose(StrEnum):
    """What a consent is for; each is asked for, and withdrawn, by itself."""

    ALERTS = "alerts"
    OFFERS = "offers"


class Act(StrEnum):
    """What happened to a consent; *moved* carries it over to the reader's new address."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact under its commitment (SHA-256 of salt, name and value); salt and value are None once erased."""

    commitment: str
    salt: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """One link of the chain."""

    number: int
    at: datetime
    purpose: Purpose
    act: Act
    facts: Mapping[str, Fact]
    previous: str
    seal: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking the chain found: how many records, the last seal, and what is broken (number and why)."""

    records: int
    head: str
    broken: tuple[tuple[int, str], ...]


def commit(facts: Mapping[str, str], salt: Callable[[], str]) -> dict[str, Fact]:
    """Return each fact under a commitment with a fresh salt of its own (at least 128 bits)."""
    return {name: _fact(name, value, salt()) for name, value in facts.items()}


def _fact(name: str, value: str, salt: str) -> Fact:
    return Fact(_hash(salt, name, value), salt, value)


def erased(facts: Mapping[str, Fact], names: Iterable[str]) -> dict[str, Fact]:
    """Return the facts with the named ones erased down to their commitments."""
    gone = frozenset(names)
    return {name: Fact(fact.commitment, None, None) if name in gone else fact for name, fact in facts.items()}


def seal(previous: str, at: datetime, purpose: Purpose, act: Act, facts: Mapping[str, Fact]) -> str:
    """Return the hash that a record adds to the chain: over the link before it and all that it commits to."""
    commitments = [[name, facts[name].commitment] for name in sorted(facts)]
    return _hash(previous, at.isoformat(timespec="microseconds"), purpose, act, json.dumps(commitments))


def check(records: Iterable[Record]) -> Checked:
    """Follow the chain from its beginning and say what doesn't fit."""
    head, count = GENESIS, 0
    broken: list[tuple[int, str]] = []
    for record in records:
        broken += [(record.number, why) for why in _faults(record, head)]
        head, count = record.seal, count + 1
    return Checked(count, head, tuple(broken))


def _faults(record: Record, head: str) -> Iterable[str]:
    if record.previous != head:
        yield "does not follow the record before it: one was changed, put in or taken out"
    if not hmac.compare_digest(record.seal, seal(record.previous, record.at, record.purpose, record.act, record.facts)):
        yield "its time, purpose, act or commitments were changed"
    for name, fact in record.facts.items():
        whole = fact.salt is not None and fact.value is not None
        if whole and _fact(name, str(fact.value), str(fact.salt)).commitment != fact.commitment:
            yield f"its {name} was changed"


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
