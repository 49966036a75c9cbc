"""A sender's outcomes between the relay's answer and the store's commit, in files that outlive the process.

Two files take turns: while the outcomes in one are being committed, new ones go to the other. They are mapped into
memory, so that a note costs no system call, and never synced: a process that is killed loses nothing; a machine that
loses power loses what had not been committed. What was noted ends at the first zero octet.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from pathlib import Path

ROOM = 1 << 18
"""Octets that a file has at first: some thousand outcomes. It grows when they do not suffice."""


class Journal:
    """Lines of outcomes, held locked for as long as the process lives."""

    def __init__(self, file: Path) -> None:
        """Create the two files ``file`` (which carries the lock) and its twin."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self._pages = [_Pages(one) for one in (file, _twin(file))]
        fcntl.flock(self._pages[0].number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._now = 0

    def note(self, lines: bytes) -> None:
        """Write lines down, at once; each ends with a line feed. Raises ``OSError`` when the disk is full."""
        self._pages[self._now].append(lines)

    def turn(self) -> None:
        """Take the other file from now on."""
        self._now = 1 - self._now

    def forget(self) -> None:
        """Empty the file that is not in use: all in it is in the store."""
        self._pages[1 - self._now].clear()

    def close(self, *, keep: bool = False) -> None:
        """Give the files up; remove them unless they still hold what the store does not."""
        if not keep:
            remove(self.file)
        for pages in self._pages:
            pages.close()


class _Pages:
    """A file in memory. Its place on the disk is taken beforehand: a page that finds none would kill the process."""

    def __init__(self, file: Path) -> None:
        self.number = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
        self._map: mmap.mmap | bytearray = bytearray()
        self._end = 0

    def append(self, lines: bytes) -> None:
        end = self._end + len(lines)
        if end > len(self._map):
            room = max(ROOM, 2 * end)
            os.posix_fallocate(self.number, 0, room)
            self._map = mmap.mmap(self.number, room)
        self._map[self._end : end] = lines
        self._end = end

    def clear(self) -> None:
        self._map[: self._end] = bytes(self._end)
        self._end = 0

    def close(self) -> None:
        if isinstance(self._map, mmap.mmap):
            self._map.close()  # it holds the file, and its lock, by a number of its own
        os.close(self.number)


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
    return content.partition(b"\0")[0].split(b"\n")[:-1]
