"""What a reader may do with all that is kept about them: see it, take it along, move it, have it erased.

Each needs a link that was mailed a moment ago, for alerts get forwarded and their links with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from tocsin.readers.addresses import Address, address_key, parse_address
from tocsin.readers.consent import Act, Purpose, Record
from tocsin.readers.tokens import Purpose as TokenPurpose
from tocsin.readers.tokens import Tokens
from tocsin.sending.letters import ACCOUNT_LIFE, queue_letter, turn_for
from tocsin.store.consents import consents_of, erase_facts
from tocsin.store.letters import LetterKind, answered, forget_letters
from tocsin.store.moves import Move, add_move, forget_moves, move_of
from tocsin.store.preferences import forget_preferences, interests_of, stops_of
from tocsin.store.received import received_by
from tocsin.store.retention import forget_pending
from tocsin.store.signups import forget_sign_ups
from tocsin.store.subscribers import Subscriber, SubscriberState, change_subscriber, subscriber_at, subscriber_of
from tocsin.store.suppressions import BY_CONFIRMING, Suppressed, lift, suppress
from tocsin.subscribers.signing_up import record
from tocsin.wiring import Parts

_CLOCKS_DIFFER = timedelta(minutes=5)
"""A letter is written on one machine and its link opened on another, whose clock may be a little behind."""


class Moved(StrEnum):
    """What a link to confirm a new address led to."""

    DONE = "done"
    WAITING = "waiting"
    TAKEN = "taken"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Account:
    """A reader with the records of their consents."""

    reader: Subscriber
    records: tuple[Record, ...]


def send_link(parts: Parts, address: Address, client: str) -> None:
    """Mail a reader's links to their address; whoever asked learns nothing of whether there is such a reader."""
    with parts.store.write() as connection:
        known = subscriber_at(connection, address_key(parts.secret, address))
        turn = turn_for(parts, connection, LetterKind.LINK, address, client)
        if known is not None and known.state is not SubscriberState.PENDING and turn is not None:
            queue_letter(
                parts,
                connection,
                LetterKind.LINK,
                known.id,
                to=address,
                language=known.language,
                client=client,
                turn=turn,
            )


def account_of(parts: Parts, token: str) -> Account | None:
    """Return the account that a fresh link opens, or None."""
    longest = ACCOUNT_LIFE + _CLOCKS_DIFFER
    number = Tokens(parts.secret).read_timed(TokenPurpose.ACCOUNT, token, parts.clock(), longest)
    if number is None:
        return None
    with parts.store.read() as connection:
        reader = subscriber_of(connection, number)
        if reader is None or reader.address is None:
            return None
        return Account(reader, consents_of(connection, number))


def export(parts: Parts, account: Account) -> dict[str, Any]:
    """Return all that is kept about a reader, as plain values for JSON."""
    reader = account.reader
    with parts.store.read() as connection:
        wanted, stopped = interests_of(connection, reader.id), stops_of(connection, reader.id)
        received = received_by(connection, reader.id)
    return {
        "subscriber": {name: value for name, value in asdict(reader).items() if name != "address_key"},
        "interests": [asdict(interest) for interest in wanted],
        "stopped": [asdict(stop) for stop in stopped],
        "consents": [_exported(record) for record in account.records],
        "alerts": [asdict(delivery) for delivery in received],
    }


def _exported(record: Record) -> dict[str, Any]:
    facts = {name: fact.value for name, fact in record.facts.items()}
    return {"number": record.number, "at": record.at, "purpose": record.purpose, "act": record.act, "facts": facts}


def erase(parts: Parts, reader: Subscriber) -> None:
    """Erase a reader: what stays is the consent log's sealed shell and a keyed hash, so that nobody is signed up again.

    The number stays too, without a person to it: links in old mails go on answering, and totals stay right.
    """
    with parts.store.write() as connection:
        _withdraw_all(parts, connection, reader, "erasure")
        _empty(parts, connection, reader)
        if reader.address_key is not None:
            forget_letters(connection, reader.address_key)
            suppress(connection, reader.address_key, Suppressed.ERASED, parts.clock())


def _empty(parts: Parts, connection: Connection, reader: Subscriber) -> None:
    """Leave of a reader the number and the consent log's sealed shell."""
    erase_facts(connection, reader.id)
    forget_preferences(connection, reader.id)
    forget_sign_ups(connection, reader.id)
    forget_moves(connection, reader.id)
    change_subscriber(
        connection,
        reader.id,
        state=SubscriberState.ERASED,
        address=None,
        address_key=None,
        offers=False,
        ended_at=parts.clock(),
    )


def _withdraw_all(parts: Parts, connection: Connection, reader: Subscriber, how: str) -> None:
    for purpose in _agreed_to(reader):
        record(parts, connection, reader.id, purpose, Act.WITHDRAWN, {"how": how})


def _agreed_to(reader: Subscriber) -> Iterator[Purpose]:
    """Give the purposes that a reader's consent holds for now."""
    if reader.state is SubscriberState.ACTIVE:
        yield Purpose.ALERTS
    if reader.offers:
        yield Purpose.OFFERS


def ask_to_move(parts: Parts, reader: Subscriber, to: Address, client: str) -> None:
    """Ask, at the new address, for a change of address to be confirmed."""
    with parts.store.write() as connection:
        turn = turn_for(parts, connection, LetterKind.MOVE, to, client)
        if turn is None:
            return
        number = add_move(connection, reader.id, to.written, parts.clock())
        queue_letter(
            parts, connection, LetterKind.MOVE, number, to=to, language=reader.language, client=client, turn=turn
        )


def move_waiting(parts: Parts, token: str) -> tuple[Moved, Move | None]:
    """Tell what a link to confirm a new address stands for, and change nothing."""
    number = Tokens(parts.secret).read_timed(TokenPurpose.MOVE, token, parts.clock())
    with parts.store.read() as connection:
        waiting = None if number is None else move_of(connection, number)
    return (Moved.VOID, None) if waiting is None else (Moved.WAITING, waiting)


def move(parts: Parts, token: str) -> Moved:
    """Change a reader's address to the confirmed one, tell the old one, and keep the history.

    A sign-up that waits at the new address is forgotten, and what is kept of a reader who has left there is erased:
    whoever reads there has just said what they want, and could not reach the old account any more.
    """
    number = Tokens(parts.secret).read_timed(TokenPurpose.MOVE, token, parts.clock())
    with parts.store.write() as connection:
        waiting = None if number is None else move_of(connection, number)
        reader = None if waiting is None else subscriber_of(connection, waiting.subscriber)
        if waiting is None or reader is None or reader.address is None:
            return Moved.VOID
        to, old = parse_address(waiting.address, smtputf8=True), parse_address(reader.address, smtputf8=True)
        key = address_key(parts.secret, to)
        there = subscriber_at(connection, key)
        if there is not None and there.state is SubscriberState.PENDING:
            forget_pending(connection, there.id)
        elif there is not None and there.id != reader.id and _has_left(there):
            _empty(parts, connection, there)
        elif there not in (None, reader):
            return Moved.TAKEN
        change_subscriber(connection, reader.id, address=to.written, address_key=key)
        _put_move_on_record(parts, connection, reader, old=old, new=to)
        forget_moves(connection, reader.id)
        lift(connection, key, *BY_CONFIRMING)
        answered(connection, key, LetterKind.MOVE)
        return Moved.DONE


def _has_left(reader: Subscriber) -> bool:
    """Tell whether a reader gets nothing from us, and never complained of what came."""
    return reader.state is SubscriberState.UNSUBSCRIBED and not reader.offers


def _put_move_on_record(
    parts: Parts, connection: Connection, reader: Subscriber, *, old: Address, new: Address
) -> None:
    facts = {
        "old address": old.written,
        "new address": new.written,
        "confirmed by": "the link mailed to the new address",
    }
    for purpose in _agreed_to(reader):
        record(parts, connection, reader.id, purpose, Act.MOVED, facts)
    now = parts.clock()
    queue_letter(parts, connection, LetterKind.MOVED, reader.id, to=old, language=reader.language, client="", turn=now)
