"""Bells beside the one-file database: whoever commits rings, and whoever waits sleeps until then.

A bell is a named pipe in a folder beside the file, one for each who waits. Looking twenty times a second whether
somebody has committed took 9% of a core on a night without news; a pipe costs nothing until it is written to.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from secrets import token_hex

import structlog

log = structlog.get_logger()


class Bell:
    """One who waits: readable, in the sense of ``select``, from the first ring until it is hushed."""

    def __init__(self, folder: Path) -> None:
        """Hang a bell in ``folder``. Raises ``OSError`` where that can't be done, such as on a disk without pipes."""
        folder.mkdir(mode=0o700, exist_ok=True)
        name = token_hex(8)
        # It is hung up under a name that is not rung, for one that nobody listens to is taken down by whoever rings.
        fresh, self._place = folder / f".{name}", folder / name
        os.mkfifo(fresh, 0o600)
        # Open for writing as well, it never ends when the last who rang has gone.
        self._pipe = os.open(fresh, os.O_RDWR | os.O_NONBLOCK)
        fresh.rename(self._place)

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
        self._place.unlink(missing_ok=True)
        os.close(self._pipe)


def ring_all(folder: Path) -> None:
    """Ring every bell in ``folder``. What is committed is committed: a bell that can't be rung is told, not raised."""
    try:
        for name in os.listdir(folder):
            if not name.startswith("."):
                _ring(folder / name)
    except FileNotFoundError:  # nobody has ever waited
        return
    except OSError as error:
        log.warning("bells.silent", error=str(error))


def _ring(place: Path) -> None:
    try:
        pipe = os.open(place, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:  # whoever waited was killed
            place.unlink(missing_ok=True)
        elif error.errno != errno.ENOENT:
            raise
        return
    try:
        with contextlib.suppress(BlockingIOError):
            os.write(pipe, b"!")
    finally:
        os.close(pipe)
