"""Lists of readers as other list managers export them: who may be taken over, and why others may not."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from tocsin.errors import BadInput
from tocsin.model import instant
from tocsin.readers.addresses import Address, BadAddress, parse_address

_LETTERS = re.compile("[^a-z]+")
# Headers without all but their letters, as listmonk, Mailman, Mailchimp, Ghost, phpList and Brevo write them.
_ADDRESS = ("email", "emailaddress", "address", "mail")
_GIVEN = (
    "confirmtime",
    "confirmedat",
    "confirmedon",
    "consentedat",
    "optintime",
    "subscribedat",
    "createdat",
    "entered",
)
_LANGUAGE = ("language", "lang", "locale")
_STATE = ("status", "state", "subscriptionstatus")
_ACTIVE = frozenset({"", "active", "confirmed", "enabled", "subscribed", "yes", "true", "1"})
_MUST_HOLD = ("confirmed", "subscribedtoemails", "optedin")
_MUST_NOT_HOLD = (
    "blacklisted",
    "blocklisted",
    "bounced",
    "unsubscribedat",
    "unsubscribetime",
    "deletedat",
    "optouttime",
)
_NO = frozenset({"", "0", "false", "no", "null", "none"})


class NotARoster(BadInput):
    """This is no list of readers: no column holds e-mail addresses."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One who may be taken over: when they consented, as far as the list says, and in which language they read."""

    address: Address
    given_at: datetime | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, counted from 1: an entry, or why there is none."""

    number: int
    entry: Entry | None
    why_not: str = ""


def roster(text: str, *, smtputf8: bool = False) -> Iterator[Line]:
    """Give what each line of a list says: CSV (``,`` ``;`` or tabs) with a header, or one address a line.

    Who has left there, or never confirmed, is no entry. Raises ``NotARoster`` before the first line.
    """
    rows = _rows(text)
    first = next(rows, (0, []))
    addressed = ["email" if "@" in cell else "" for cell in first[1]]
    headless = any(addressed)
    columns = addressed if headless else [_LETTERS.sub("", cell.lower()) for cell in first[1]]
    if not set(columns) & set(_ADDRESS):
        raise NotARoster
    return (
        _line(number, dict(zip(columns, row, strict=False)), smtputf8=smtputf8)
        for number, row in chain([first] if headless else [], rows)
    )


def _rows(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Give the rows that hold anything, each with the number of its last line."""
    rows = csv.reader(text.removeprefix("\ufeff").replace("\0", "").splitlines(), delimiter=_delimiter(text))
    try:
        for row in rows:
            if any(cells := [cell.strip() for cell in row]):
                yield rows.line_num, cells
    except csv.Error as error:  # a field beyond 128 KB: a quotation mark that is never closed
        raise NotARoster(f"line {rows.line_num}: {error}") from error


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _line(number: int, told: Mapping[str, str], *, smtputf8: bool) -> Line:
    if why_not := _left(told):
        return Line(number, None, why_not)
    try:
        address = parse_address(_first(told, _ADDRESS), smtputf8=smtputf8)
    except BadAddress as error:
        return Line(number, None, str(error) or "no e-mail address")
    given_at = instant(_first(told, _GIVEN).removesuffix(" UTC"))
    return Line(number, Entry(address, given_at, _first(told, _LANGUAGE)[:2].lower()))


def _left(told: Mapping[str, str]) -> str:
    """Return why somebody is no reader there any more, or never was one; nothing if they are."""
    if (state := _first(told, _STATE).lower()) not in _ACTIVE:
        return f"is {state[:40]} there"
    for name in _MUST_HOLD:
        if told.get(name, "yes").lower() in _NO:
            return "has not confirmed there"
    return "has left there" if any(told.get(name, "").lower() not in _NO for name in _MUST_NOT_HOLD) else ""


def _first(told: Mapping[str, str], names: Sequence[str]) -> str:
    return next((told[name] for name in names if told.get(name)), "")
