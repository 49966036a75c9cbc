"""How guessing a password is slowed down without letting a stranger lock somebody out (OWASP's device cookies).

Failures are counted by network, and by name over all networks. A browser that has logged in as that name before carries
a mark of it, and is counted by itself: whatever strangers do, it may try.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from tocsin.errors import Refused
from tocsin.readers.addresses import customer_of
from tocsin.store.people import attempt_before, forget_attempts, note_attempt, take_attempts_back


class TooManyTries(Refused):
    """There were too many failed attempts.

    ``wait`` is how long until the next one is looked at.
    """

    def __init__(self, until: datetime, now: datetime) -> None:
        self.wait = until - now
        minutes = math.ceil(self.wait / timedelta(minutes=1))
        at = now + timedelta(minutes=minutes)
        span = "in a minute" if minutes <= 1 else f"in {minutes} minutes"
        super().__init__(f"try again {span}, at {at:%H:%M} UTC, or log in where you have logged in before")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` failures in ``span`` under a key, which is hashed: names and addresses are not kept."""

    key: str
    most: int
    span: timedelta


_MOST, _SPAN = 8, timedelta(minutes=15)
_MOST_OF_A_NAME, _SPAN_OF_A_NAME = 50, timedelta(hours=1)
"""Of a name from everywhere: who has seven networks or more to guess from is slowed down too."""


def limits_at_entrance(secret: bytes, name: str, client: str, device: str) -> tuple[Limit, ...]:
    """Return what limits a log-in as ``name`` from the address ``client``, in a browser that carries ``device``."""
    if knows(secret, name, device):
        return (Limit(_hashed(secret, f"device {device}"), _MOST, _SPAN),)
    return (
        Limit(_hashed(secret, f"client {customer_of(client)}"), _MOST, _SPAN),
        Limit(_hashed(secret, f"name {name.casefold()}"), _MOST_OF_A_NAME, _SPAN_OF_A_NAME),
    )


def limits_at_desk(secret: bytes, person: int) -> tuple[Limit, ...]:
    """Return what limits a password that is asked for again: only who sits at the desk is counted here."""
    return (Limit(_hashed(secret, f"seat {person}"), _MOST, _SPAN),)


def device_of(secret: bytes, name: str) -> str:
    """Return a mark for a browser that has logged in as ``name``: it opens nothing by itself."""
    number = secrets.token_urlsafe(12)
    return f"{number}.{_hashed(secret, f'mark {number} {name.casefold()}')}"


def knows(secret: bytes, name: str, device: str) -> bool:
    """Tell whether a browser's mark is of that name."""
    number, _, seal = device.partition(".")
    return hmac.compare_digest(seal.encode(), _hashed(secret, f"mark {number} {name.casefold()}").encode())


def begin_try(connection: Connection, limits: tuple[Limit, ...], now: datetime) -> tuple[int, ...]:
    """Count a try before it is looked at, so that many at once are no way around; raise ``TooManyTries``.

    Returned are its numbers, to be taken back by ``was_right``.
    """
    forget_attempts(connection, now - _SPAN_OF_A_NAME, now + _SPAN_OF_A_NAME)
    filled = [(attempt_before(connection, one.key, now - one.span, one.most), one.span) for one in limits]
    if waits := [at + span for at, span in filled if at is not None]:
        raise TooManyTries(max(waits), now)
    return tuple(_noted(connection, limits, now))


def _noted(connection: Connection, limits: tuple[Limit, ...], now: datetime) -> Iterator[int]:
    for one in limits:
        yield note_attempt(connection, one.key, now)


def was_right(connection: Connection, tries: tuple[int, ...]) -> None:
    """Take back what ``begin_try`` has counted: it was no failure."""
    take_attempts_back(connection, tries)


def _hashed(secret: bytes, text: str) -> str:
    return hmac.new(secret, f"attempt {text}".encode(), hashlib.sha256).hexdigest()
