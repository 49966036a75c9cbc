"""Moments as a person types them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tocsin.errors import WrongUse
from tocsin.model import instant

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_BEFORE = re.compile(r"(\d{1,6})\s*([mhdw])")


def moment(text: str, now: datetime) -> datetime:
    """Return the instant of an ISO 8601 text, or of a length of time before ``now`` (``90m``, ``24h``, ``7d``, ``2w``).

    Raises ``WrongUse`` for anything else.
    """
    before = _BEFORE.fullmatch(text.strip().lower())
    if before is not None:
        try:
            return now - timedelta(**{_UNITS[before[2]]: int(before[1])})
        except OverflowError as error:
            raise WrongUse(f"{text!r} is too long ago") from error
    at = instant(text)
    if at is None:
        raise WrongUse(
            f"{text!r} is neither an ISO 8601 time, such as 2022-11-11T05:30Z, nor a length such as 24h or 7d"
        )
    return at
