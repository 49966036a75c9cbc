"""Logs: one line an event, as JSON when nobody watches, in colour on a terminal; never an address or a token."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from tocsin.readers.tokens import LOOK as TOKEN

# Looked for where a word begins only, and no word is gone through twice: what is logged may quote a megabyte of one.
_ADDRESS = re.compile(r"(?<![^\s<>\"'(),;:=\[\]@])[^\s<>\"'(),;:=\[\]@]++@[^\s<>\"'(),;:\[\]]++")
_SECRET = ("address", "email", "recipient", "token", "password", "secret", "to")


def _without_secrets(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what names a person or opens a door: by the name it has, and inside of texts such as a relay's replies."""
    for name, value in event.items():
        if name in _SECRET:
            event[name] = "…"
        elif isinstance(value, str):
            event[name] = TOKEN.sub("…", _ADDRESS.sub("…@…", value))
    return event


class _Lasting:
    """A stream to log to. What its disk has no room for is lost, or told later: it must not end a service."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def log_to_stderr(least: str = "info", *, for_good: bool = True) -> None:
    """Write events from level ``least`` on to the standard error; ``for_good`` is quicker, and can't be changed."""
    shown: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lasting(sys.stderr))),
        cache_logger_on_first_use=for_good,
    )
