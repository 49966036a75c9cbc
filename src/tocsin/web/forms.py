"""Forms as browsers and mail programs post them: bounded, decoded, each name with its values."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Path
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tocsin.readers.signup import Fields

Number = Annotated[int, Path(ge=1, le=2**62)]
"""A number in a path, as the store keeps them."""
_MOST_DIGITS = 18
LOOK = ["GET", "HEAD"]
"""Methods that look and change nothing."""
MOST_OCTETS = 32 * 1024
"""Of a form, and of anything else that is posted to a page or to the API."""
MOST_FIELDS = 300


async def posted_form(request: Request) -> Fields:
    """Return the posted form's fields; characters that no form has (NUL) are left out.

    Raises ``HTTPException`` 413 for a form of too many fields and 415 for a body that is no form.
    """
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", ""):
        raise HTTPException(415)
    return fields_of(await request.body())


def number_in(text: str) -> int | None:
    """Return the number that was typed or sent, as the store keeps them (of 18 digits at most), None for other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def fields_of(body: bytes) -> Fields:
    """Return the fields of a URL-encoded form."""
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(413) from error
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value.replace("\0", ""))
    return fields
