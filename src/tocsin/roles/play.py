"""Playing one role in this process, until it is told to stop."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import cast

import structlog

from tocsin.collector import uncollected
from tocsin.errors import TocsinError
from tocsin.wiring import Parts

log = structlog.get_logger()

Role = Callable[[Parts, asyncio.Event], Awaitable[None]]

LIFELINE = "TOCSINLIFELINE"
"""In a role's environment the number of a pipe that ends with the tree's root: a role must not outlive it unseen."""


def role_called(name: str) -> Role:
    """Return a role (``web``, ``newsroom``, ``send``, ``mailroom``); the libraries of the others are never loaded."""
    with uncollected():
        return cast(Role, getattr(importlib.import_module(f"tocsin.roles.{name}"), name))


def play(role: Role, parts: Parts) -> None:
    """Play one role in this process until SIGTERM or SIGINT; what is in hand is finished first."""
    try:
        asyncio.run(until_told(lambda stop: role(parts, stop)))
    except ExceptionGroup as group:  # of tasks that ran side by side; what is told to a person is told as one error
        if group.split((TocsinError, OSError))[1]:
            raise
        raise _first_of(group) from group


def _first_of(error: Exception) -> Exception:
    return _first_of(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error


async def until_told(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Do work that ends when the event it is given is set, which SIGTERM, SIGINT or the end of our root do."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if lifeline := os.environ.get(LIFELINE):
        _stop_at_end_of(int(lifeline), stop)
    await work(stop)


def _stop_at_end_of(lifeline: int, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(lifeline)
        log.warning("role.orphaned")
        stop.set()

    loop.add_reader(lifeline, ended)
