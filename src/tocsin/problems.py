"""What Pydantic finds wrong with a value, in words for whoever wrote it; Typer asks it too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "int_parsing": "{input!r} is no whole number",
    "int_type": "{input!r} is no whole number",
    "int_from_float": "{input!r} is no whole number",
    "float_parsing": "{input!r} is no number",
    "float_type": "{input!r} is no number",
    "bool_parsing": "{input!r} is neither true nor false",
    "bool_type": "{input!r} is neither true nor false",
    "string_type": "{input!r} is no text: put it in quotes",
    "path_type": "{input!r} is no path: put it in quotes",
    "literal_error": "{input!r} is none of {expected}",
    "greater_than_equal": "{input} is too small: {ge} is the least",
    "greater_than": "{input} is too small: it must be above {gt}",
    "less_than_equal": "{input} is too large: {le} is the most",
    "missing": "it is missing",
}
"""By the kind of problem; of any other kind the library's own words are told."""


def in_words(problem: Mapping[str, Any]) -> str:
    """Return what one of ``ValidationError.errors()`` says; of a ``ValueError`` of ours, its own words alone."""
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return str(context["error"])
    words = _WORDS.get(problem["type"])
    return words.format(input=problem["input"], **context) if words else str(problem["msg"])
