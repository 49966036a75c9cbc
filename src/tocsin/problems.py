"""What libraries find wrong with a value or a file, in words for whoever wrote it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tocsin.errors import TocsinError

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


def text_of(file: Path, blame: type[TocsinError]) -> str:
    """Return the text of a file, or raise ``blame`` with the file's name and what is wrong with it."""
    try:
        return file.read_text(encoding="utf-8-sig")  # with the byte order mark that Windows puts before
    except OSError as error:
        raise blame(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise blame(f"{file}: it is not text in UTF-8 (byte {error.start})") from error


def toml_of(file: Path, blame: type[TocsinError]) -> dict[str, Any]:
    """Return what a TOML file says, or raise ``blame`` as ``text_of`` does."""
    try:
        return tomllib.loads(text_of(file, blame))
    except tomllib.TOMLDecodeError as error:
        raise blame(f"{file}: {error}") from error
