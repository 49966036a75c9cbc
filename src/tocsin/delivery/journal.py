"""A sender's outcomes between the relay's answer and the store's commit, in files that outlive the process.

Two files take turns: while the outcomes in one are being committed, new ones go to the other. They are written without
fsync: a process that is killed loses nothing; a machine that loses power loses what had not been committed.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Journal:
    """Lines of outcomes, held locked for as long as the process lives."""

    def __init__(self, file: Path) -> None:
        """Create the two files ``file`` (which carries the lock) and its twin."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self._files = [os.open(f, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600) for f in (file, _twin(file))]
        fcntl.flock(self._files[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._now = 0

    def note(self, lines: bytes) -> None:
        """Write lines down, at once; each ends with a line feed."""
        os.write(self._files[self._now], lines)

    def turn(self) -> None:
        """Take the other file from now on."""
        self._now = 1 - self._now

    def forget(self) -> None:
        """Empty the file that is not in use: all in it is in the store."""
        os.ftruncate(self._files[1 - self._now], 0)

    def close(self, *, keep: bool = False) -> None:
        """Give the files up; remove them unless they still hold what the store does not."""
        if not keep:
            remove(self.file)
        for number in self._files:
            os.close(number)


def read_orphan(file: Path) -> list[bytes] | None:
    """Return the whole lines of a journal whose process is gone; None while it lives. A missing file has no lines."""
    try:
        number = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return []
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    finally:
        os.close(number)
    return [line for part in (file, _twin(file)) for line in _whole_lines(part)]


def remove(file: Path) -> None:
    """Remove a journal's files."""
    file.unlink(missing_ok=True)
    _twin(file).unlink(missing_ok=True)


def _twin(file: Path) -> Path:
    return file.with_suffix(".twin")


def _whole_lines(file: Path) -> list[bytes]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return []
    return content.split(b"\n")[:-1]
