"""The process tree of a running service: each role a process that is started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from tocsin.roles.play import LIFELINE, until_told
from tocsin.settings import Settings

log = structlog.get_logger()

_STEADY_S = 30.0
"""A role that ran so long before it died is started again at once; one that dies sooner waits longer each time."""


def run_tree(names: Sequence[str], config: Path | None) -> None:
    """Run each role named as a process of its own and keep them running until SIGTERM or SIGINT.

    If this process is killed, they finish what they have in hand and end: the next root starts its own.
    """
    asyncio.run(until_told(lambda stop: _tree(names, config, stop)))


def processes_of(settings: Settings) -> tuple[str, ...]:
    """Return the role of each process of the tree: one of each, and as many senders as there is a use for."""
    mailroom = ["mailroom"] if settings.returned.mailroom else []
    return ("web", "newsroom", *mailroom, *["send"] * settings.mail.senders)


async def _tree(roles: Sequence[str], config: Path | None, stop: asyncio.Event) -> None:
    theirs, ours = os.pipe()
    try:
        async with asyncio.TaskGroup() as group:
            for name in roles:
                group.create_task(_keep_running(name, config, stop, theirs))
    finally:
        os.close(theirs)
        os.close(ours)


async def _keep_running(role: str, config: Path | None, stop: asyncio.Event, lifeline: int) -> None:
    environment = {**os.environ, LIFELINE: str(lifeline)}
    # -P: a file that happens to lie in the folder of the call, such as web.py, is not ours to import.
    arguments = [sys.executable, "-P", "-m", "tocsin", role, *(["--config", str(config)] if config else [])]
    died = 0
    while not stop.is_set():
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(*arguments, env=environment, pass_fds=[lifeline])
        log.info("role.started", role=role, pid=process.pid)
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await ended
            return
        stopping.cancel()
        died = 0 if time.monotonic() - began > _STEADY_S else died + 1
        log.error("role.died", role=role, status=process.returncode, deaths=died)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s(died))


def pause_s(deaths: int) -> float:
    """Return how long to wait before a role that died so often in a row is started again.

    One whose database is away dies thousands of times in a night: the doubling must end before a float does.
    """
    return min(0.2 * 2.0 ** min(deaths, 10), 30.0)
