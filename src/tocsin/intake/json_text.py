"""JSON from strangers: one way to read it, and no character in it that can't be kept or sent."""

from __future__ import annotations

import json
import re
from typing import Any

from tocsin.errors import BadInput

_UNFIT = re.compile("[\0\ud800-\udfff]")
"""NUL, and halves of a surrogate pair: JSON may escape them, but no UTF-8 text, mail or PostgreSQL holds them."""


class NotJson(BadInput):
    """It is not JSON."""


def json_value(text: str | bytes) -> Any:
    """Return the value of a JSON text, with U+FFFD for characters that are none. Raises NotJson."""
    try:
        return _fit(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def _fit(value: Any) -> Any:
    match value:
        case str():
            return _UNFIT.sub("\ufffd", value)
        case list():
            return [_fit(one) for one in value]
        case dict():
            return {_fit(name): _fit(one) for name, one in value.items()}
        case _:
            return value
