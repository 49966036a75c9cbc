"""A Maildir that other programs deliver into: what is new, what was taken, what was set aside."""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

_DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To", "To")
TAKEN, ASIDE = "taken", "aside"
"""Folders beside ``new``: what was acted on, and what can't be."""


def new_mails(maildir: Path) -> list[Path]:
    """Return the new mails, the oldest first; raise ``OSError`` when the folder can't be read."""
    files = [file for file in (maildir / "new").iterdir() if file.name[0] != "."]
    found = [(since, file) for file in files if (since := _since(file)) is not None]
    return [file for _, file in sorted(found)]


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
    place = maildir / TAKEN
    for file in list(place.iterdir()) if place.is_dir() else ():
        since = _since(file)
        if since is not None and since < (now - keep).timestamp():
            file.unlink(missing_ok=True)
            count += 1
    return count


def _since(file: Path) -> float | None:
    """Return when a mail came, in seconds since 1970; none when somebody else has moved it meanwhile."""
    try:
        return file.lstat().st_mtime
    except FileNotFoundError:
        return None
