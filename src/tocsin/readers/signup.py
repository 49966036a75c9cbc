"""What a sign-up form said, and whether it can be acted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tocsin.readers.addresses import Address, BadAddress, NeedsSmtputf8, parse_address
from tocsin.readers.suggest import suggested_domain

Fields = dict[str, tuple[str, ...]]
"""A form as it was posted: each name with its values."""

HONEYPOT = "website"
"""A field that people never see and form-filling programs fill."""
MOST_TOPICS = 50


@dataclass(frozen=True, slots=True)
class SignUp:
    """A form that can be acted on."""

    address: Address
    topics: tuple[str, ...]
    flash_only: bool
    offers: bool


class Problem(StrEnum):
    """What is wrong with the address of a form; one left empty is invalid too."""

    INVALID = "invalid"
    NEEDS_SMTPUTF8 = "needs smtputf8"
    MISTYPED = "mistyped"


@dataclass(frozen=True, slots=True)
class Slip:
    """A form that comes back to its reader. ``suggestion`` is the address that may have been meant."""

    problem: Problem
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as its reader filled it in, to be shown again."""

    email: str = ""
    topics: tuple[str, ...] = ()
    flash_only: bool = False
    offers: bool = False
    back: str = ""
    proof: str = ""


def filled(fields: Fields) -> Filled:
    """Return what a form says, right or wrong."""
    return Filled(
        (_first(fields, "meant") or _first(fields, "email"))[:500],
        fields.get("topics", ())[:MOST_TOPICS],
        bool(_first(fields, "flash_only")),
        bool(_first(fields, "offers")),
        _first(fields, "back"),
        _first(fields, "proof"),
    )


def read_sign_up(fields: Fields, *, offered: Callable[[str], bool], smtputf8: bool) -> SignUp | Slip | None:
    """Return the sign-up, or why it can't be acted on; None when a program filled the honeypot: nobody has signed up.

    Topics that are not ``offered`` are left out. The field ``sure`` says that the reader has seen the suggestion and
    means what they typed.
    """
    if _first(fields, HONEYPOT):
        return None
    form = filled(fields)
    try:
        address = parse_address(form.email, smtputf8=smtputf8)
    except NeedsSmtputf8:
        return Slip(Problem.NEEDS_SMTPUTF8)
    except BadAddress:
        return Slip(Problem.INVALID)
    meant = suggested_domain(address.domain)
    if meant is not None and not _first(fields, "sure"):
        return Slip(Problem.MISTYPED, f"{address.written.rpartition('@')[0]}@{meant}")
    topics = tuple(dict.fromkeys(filter(offered, form.topics)))
    return SignUp(address, topics, form.flash_only, form.offers)


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "").strip()
