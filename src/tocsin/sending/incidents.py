"""Putting an incident right: lost addresses are written to again, those refused for our sake are tried again.

An incident is what one version met at one domain in a span of time: a provider that answered "no such user" to all for
an hour, a relay that refused us before its breaker tripped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tocsin.delivery.outcomes import for_our_sake
from tocsin.errors import WrongUse
from tocsin.readers.addresses import address_key, parse_address
from tocsin.sending.ledger import news_for
from tocsin.sending.sender import SEND
from tocsin.store.alerts import known_version
from tocsin.store.audit import add_entry
from tocsin.store.outcomes import refusals_of, reopen_version, try_refused_again
from tocsin.store.rests import end_rest
from tocsin.store.subscribers import subscriber_at
from tocsin.store.suppressions import Suppressed, Which, lift, lift_bounces, suppress, suppression_of
from tocsin.wiring import Parts


@dataclass(frozen=True, slots=True)
class Undone:
    """How many suppressions were lifted, and how many readers the alert is on its way to again."""

    lifted: int
    tried_again: int


def undo(parts: Parts, which: Which, *, by: str, again: bool) -> Undone:
    """Lift the suppressions of an incident; with ``again`` also send the version to those, while it is news.

    Raises ``WrongUse`` when nothing says which, or ``again`` is asked of no version or of one that is no news any more.
    """
    if which == Which():
        raise WrongUse("say which: a version, a domain, or since when")
    now, count = parts.clock(), 0
    with parts.store.write() as connection:
        lifted = lift_bounces(connection, which)
        if again:
            if which.version is None:
                raise WrongUse("to try again, name the version")
            count = _again(parts, connection, which.version, lifted)
        told = f"{len(lifted)} lifted, {count} tried again"
        add_entry(connection, at=now, who=by, act="undo suppressions", subject=_named(which), detail=told)
    return Undone(len(lifted), count)


def retry(parts: Parts, version: int, *, by: str) -> int:
    """Send a version, while it is news, to those who were refused for our sake (policy, login); count them.

    Raises ``WrongUse`` when it can't be sent any more.
    """
    with parts.store.write() as connection:
        count = _again(parts, connection, version, ())
        detail = f"{count} who were refused for our sake"
        add_entry(connection, at=parts.clock(), who=by, act="try again", subject=f"version {version}", detail=detail)
    return count


def _again(parts: Parts, connection: Connection, number: int, lifted: tuple[str, ...]) -> int:
    now, version = parts.clock(), known_version(connection, number)
    if version.approved_at is None:
        raise WrongUse(f"version {number} was sent to nobody")
    ours = [reply for reply, code, text in refusals_of(connection, number) if for_our_sake(code, text)]
    if now - version.approved_at > news_for(version.kind, version.band) or not reopen_version(connection, number):
        raise WrongUse(f"version {number} is no news any more, was stopped, or a newer one has taken its place")
    count = try_refused_again(connection, number, ours, lifted)
    parts.jobs.enqueue(connection, SEND, str(number), key=f"{SEND}:{number}")
    return count


def _named(which: Which) -> str:
    parts = [f"version {which.version}" if which.version is not None else "", which.domain or ""]
    spans = [f"{word} {at:%Y-%m-%dT%H:%M}" for word, at in (("since", which.since), ("until", which.until)) if at]
    return " ".join(part for part in (*parts, *spans) if part)[:200]


def wake_domain(parts: Parts, domain: str, *, by: str) -> None:
    """Let mail leave to a domain again before its rest is over. Raises ``WrongUse`` if it does not rest."""
    with parts.store.write() as connection:
        if not end_rest(connection, domain.lower(), parts.clock()):
            raise WrongUse(f"{domain} does not rest")
        add_entry(connection, at=parts.clock(), who=by, act="resume", subject=domain[:200])


def block(parts: Parts, address: str, *, by: str) -> None:
    """Suppress an address until a person lifts it. Raises ``BadAddress``."""
    key = address_key(parts.secret, parse_address(address, smtputf8=True))
    with parts.store.write() as connection:
        suppress(connection, key, Suppressed.BLOCKED, parts.clock())
        _note(connection, parts.clock(), by, "block", key)


def lift_one(parts: Parts, address: str, *, by: str) -> Suppressed | None:
    """Lift the suppression of one address, whatever its reason, and return this. Raises ``BadAddress``."""
    key = address_key(parts.secret, parse_address(address, smtputf8=True))
    with parts.store.write() as connection:
        reason = suppression_of(connection, key)
        if reason is not None:
            lift(connection, key, reason)
            _note(connection, parts.clock(), by, f"lift {reason}", key)
    return reason


def _note(connection: Connection, at: datetime, by: str, act: str, key: str) -> None:
    """Note it under the reader's number: an address in the log would outlive its erasure."""
    reader = subscriber_at(connection, key)
    add_entry(connection, at=at, who=by, act=act, subject=f"reader {reader.id}" if reader else "reader unknown")
