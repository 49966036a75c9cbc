"""Bells beside the one-file database: whoever commits rings, and whoever waits sleeps until then.

A bell is a named pipe beside the file, one for each who waits, and hangs in a folder for each thing that it is rung
for: any commit, or a job of one name. Looking twenty times a second whether somebody has committed took 9% of a core on
a night without news; a pipe costs nothing until it is written to. With a hundred busy feeds a sender that heard of
every commit of the newsroom took a twelfth of a core, and a quarter in a busy minute, to find that none was for it.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from secrets import token_hex

import structlog

log = structlog.get_logger()

ANY_COMMIT = "commit"
"""What rings with every commit that somebody may wait for."""


class Bell:
    """One who waits: readable, in the sense of ``select``, from the first ring until it is hushed."""

    def __init__(self, folder: Path, rung_for: Collection[str] = (ANY_COMMIT,)) -> None:
        """Hang a bell in ``folder``. Raises ``OSError`` where that can't be done, such as on a disk without pipes."""
        folder.mkdir(mode=0o700, exist_ok=True)
        name = token_hex(8)
        self._places = [folder / reason / name for reason in rung_for]
        # It is hung up under a name that is not rung, for one that nobody listens to is taken down by whoever rings.
        fresh = folder / f".{name}"
        os.mkfifo(fresh, 0o600)
        # Open for writing as well, it never ends when the last who rang has gone.
        self._pipe = os.open(fresh, os.O_RDWR | os.O_NONBLOCK)
        try:
            for place in self._places:
                place.parent.mkdir(mode=0o700, exist_ok=True)
                place.hardlink_to(fresh)
        except OSError:
            self.close()
            raise
        finally:
            fresh.unlink()

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._pipe

    def ring(self) -> None:
        """Ring this one alone: its own thread is to stop waiting."""
        with contextlib.suppress(BlockingIOError):  # it rings already, thousands of times
            os.write(self._pipe, b"!")

    def hush(self) -> bool:
        """Stop ringing; tell whether it had been rung."""
        try:
            return bool(os.read(self._pipe, 65536))
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Take the bell down."""
        for place in self._places:
            place.unlink(missing_ok=True)
        os.close(self._pipe)


def ring_all(folder: Path, reasons: Iterable[str] = (ANY_COMMIT,)) -> None:
    """Ring every bell in ``folder`` that is rung for one of ``reasons``.

    What is committed is committed: a bell that can't be rung is told, not raised.
    """
    for reason in reasons:
        place = os.path.join(folder, reason)  # this stands in the way of every commit: a Path takes three times as long
        try:
            for name in os.listdir(place):
                _ring(os.path.join(place, name))
        except FileNotFoundError:  # nobody has ever waited for this
            continue
        except OSError as error:
            log.warning("bells.silent", error=str(error))


def _ring(place: str) -> None:
    try:
        pipe = os.open(place, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:  # whoever waited was killed
            Path(place).unlink(missing_ok=True)
        elif error.errno != errno.ENOENT:
            raise
        return
    try:
        with contextlib.suppress(BlockingIOError):
            os.write(pipe, b"!")
    finally:
        os.close(pipe)
