"""Playing one role in this process, until it is told to stop, also over times when the database is away."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast

import structlog
from sqlalchemy import select

from tocsin.collector import uncollected
from tocsin.errors import TocsinError
from tocsin.store.engine import Store, StoreBusy
from tocsin.wiring import Parts

log = structlog.get_logger()

Role = Callable[[Parts, asyncio.Event], Awaitable[None]]

LIFELINE = "TOCSINLIFELINE"
"""In a role's environment the number of a pipe that ends with the tree's root: a role must not outlive it unseen."""


_FIRST_LOOK_S, _LAST_LOOK_S = 0.2, 10.0
"""Seconds between looks whether a database is back: as soon as it may be, and after a while."""


def role_called(name: str) -> Role:
    """Return a role (``web``, ``newsroom``, ``send``, ``mailroom``); the libraries of the others are never loaded."""
    with uncollected():
        return cast(Role, getattr(importlib.import_module(f"tocsin.roles.{name}"), name))


def play(role: Role, parts: Parts) -> None:
    """Play one role in this process until SIGTERM or SIGINT; what is in hand is finished first.

    When the database goes away, what is in hand is finished or kept as well; the role begins anew when it is back.
    """
    while not _ends(role, parts):
        stop = asyncio.Event()
        asyncio.run(until_told(partial(_until_back, parts.store), stop))
        if stop.is_set():
            return


def _ends(role: Role, parts: Parts) -> bool:
    """Play a role once; tell whether it was told to end, and not only left by its database."""
    stop = asyncio.Event()
    try:
        _play(role, parts, stop)
    except StoreBusy as error:
        log.warning("store.away", error=str(error), then="waiting until it is back")
        return stop.is_set()
    return True


def _play(role: Role, parts: Parts, stop: asyncio.Event) -> None:
    try:
        asyncio.run(until_told(partial(role, parts), stop))
    except ExceptionGroup as group:  # of tasks that ran side by side; what is told to a person is told as one error
        if group.split((TocsinError, OSError))[1]:
            raise
        raise _first_of(group) from group


def _first_of(error: Exception) -> Exception:
    return _first_of(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error


async def _until_back(store: Store, stop: asyncio.Event) -> None:
    """Wait until the database answers, or we are told to stop; look less and less often."""
    pause_s = _FIRST_LOOK_S
    while not await asyncio.to_thread(_answers, store):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)
        if stop.is_set():
            return
        pause_s = min(pause_s * 2, _LAST_LOOK_S)
    log.warning("store.back")


def _answers(store: Store) -> bool:
    try:
        with store.read() as connection:
            return bool(connection.scalar(select(1)))
    except StoreBusy:
        return False


async def until_told(work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event | None = None) -> None:
    """Do work that ends when the event it is given is set, which SIGTERM, SIGINT or the end of our root do."""
    stop = stop or asyncio.Event()
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
