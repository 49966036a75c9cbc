"""Files that only their owner can read, such as keys, secrets and readers' mails: written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all; an existing one is kept."""
    with _written_beside(file, content) as fresh, suppress(FileExistsError):
        os.link(fresh, file)


def replace_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read in the place of another, whole or not at all."""
    with _written_beside(file, content) as fresh:
        fresh.replace(file)


@contextmanager
def _written_beside(file: Path, content: bytes) -> Iterator[Path]:
    """Give a file of its own beside ``file``, on the disk with all its ``content``; it leaves nothing behind."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)
