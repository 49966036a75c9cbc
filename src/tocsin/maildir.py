"""A Maildir that other programs deliver into: what is new, what was taken, what was set aside."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

_DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To", "To")
TAKEN, ASIDE = "taken", "aside"
"""Folders beside ``new``: what was acted on, and what can't be."""


def new_mails(maildir: Path) -> list[Path]:
    """Return the new mails, the oldest first; raise ``OSError`` when the folder can't be read."""
    with os.scandir(maildir / "new") as entries:
        found = [(entry.stat(follow_symlinks=False).st_mtime, entry.name) for entry in entries if entry.name[0] != "."]
    return [maildir / "new" / name for _, name in sorted(found)]


def read_mail(file: Path, most: int) -> bytes:
    """Return the first ``most`` octets of a mail; raise ``OSError`` for what is no plain file, or is gone."""
    number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(number, "rb") as handle:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise IsADirectoryError(f"{file} is no plain file")
        return handle.read(most)


def recipients_in(raw: bytes) -> str:
    """Return whom a delivered mail came to, by the fields that mail servers add; the signed tag may be in any."""
    head = message_from_bytes(raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")[0], policy=policy.compat32)
    return ", ".join(str(value) for name in _DELIVERED for value in head.get_all(name, []))[:4000]


def put(file: Path, folder: str) -> None:
    """Move a mail into a folder of its Maildir; one that somebody else has moved meanwhile is no matter."""
    place = file.parent.parent / folder
    place.mkdir(mode=0o700, exist_ok=True)
    try:
        file.rename(place / file.name)
    except FileNotFoundError:
        return


def clear_taken(maildir: Path, now: datetime, keep: timedelta) -> int:
    """Remove what was taken longer than ``keep`` ago; count it. What was set aside stays until a person looks."""
    count = 0
    for file in _taken(maildir):
        if file.stat().st_mtime < (now - keep).timestamp():
            file.unlink(missing_ok=True)
            count += 1
    return count


def _taken(maildir: Path) -> Iterator[Path]:
    place = maildir / TAKEN
    yield from place.iterdir() if place.is_dir() else ()
