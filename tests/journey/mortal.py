"""Run newsroom and sender in one process that kills itself (SIGKILL) at a chosen commit.

``python -m tests.journey.mortal CONFIG ARMED COUNT before|after``: once the file ARMED exists commits are counted, and
the process dies just before or just after the COUNT-th; 0 means never.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tocsin.roles.newsroom import newsroom
from tocsin.roles.play import Role
from tocsin.roles.send import send
from tocsin.settings import load_settings
from tocsin.store.engine import Store
from tocsin.wiring import Parts, assemble


class Fate:
    """Counts commits and ends the process at the one that was chosen."""

    def __init__(self, armed: Path, count: int, when: str) -> None:
        self.armed, self.left, self.when = armed, count, when
        self.lock = threading.Lock()

    @contextmanager
    def around(self, store: Store, **how: Any) -> Iterator[Connection]:
        with WRITE(store, **how) as connection:
            yield connection
            doomed = self.strikes()
            if doomed and self.when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if doomed:
            os.kill(os.getpid(), signal.SIGKILL)

    def strikes(self) -> bool:
        if not self.left or not self.armed.exists():
            return False
        with self.lock:
            self.left -= 1
            return self.left == 0


WRITE = Store.write


def main(config: str, armed: str, count: str, when: str) -> None:
    fate = Fate(Path(armed), int(count), when)
    parts = assemble(load_settings(Path(config)))

    def write(store: Store, **how: Any) -> AbstractContextManager[Connection]:
        return fate.around(store, **how)

    Store.write = write  # type: ignore[method-assign, assignment]
    asyncio.run(serve(parts))


async def serve(parts: Parts) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with asyncio.TaskGroup() as tasks:
        for role in (newsroom, send):
            tasks.create_task(_played(role, parts, stop))


async def _played(role: Role, parts: Parts, stop: asyncio.Event) -> None:
    await role(parts, stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
