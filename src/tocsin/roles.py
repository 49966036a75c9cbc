"""The roles of a running service, and the process tree that keeps them running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from fastapi import APIRouter

from tocsin.errors import Permanent, TocsinError, WrongUse
from tocsin.settings import Settings
from tocsin.sources import load_sources
from tocsin.wiring import Parts

log = structlog.get_logger()

Role = Callable[[Parts, asyncio.Event], Awaitable[None]]

_STEADY_S = 30.0
"""A role that ran so long before it died is started again at once; one that dies sooner waits longer each time."""
LIFELINE = "TOCSINLIFELINE"
"""In a role's environment the number of a pipe that ends with the tree's root: a role must not outlive it unseen."""


async def web(parts: Parts, stop: asyncio.Event, *, more: Sequence[APIRouter] = ()) -> None:
    """Serve the site, the hooks and the public pages until ``stop`` is set."""
    from tocsin.desk.sealing import seal_all
    from tocsin.web import health, hooks, hooks_mail, hooks_websub
    from tocsin.web.app import create_app

    place, intake = parts.settings.web, parts.settings.intake
    signers = hooks.Signers.of(load_sources(intake.sources), intake.push_secret_file)
    ours = [hooks.router(parts, signers), hooks_mail.router(parts), hooks_websub.router(parts), health.router(parts)]
    await asyncio.to_thread(seal_all, parts)
    app = create_app(parts, more=[*ours, *more])
    config = uvicorn.Config(
        app,
        host=place.host,
        port=place.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,  # a desk's stream of events never ends by itself
        forwarded_allow_ips=list(place.proxies),
        proxy_headers=bool(place.proxies),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([_listening(place.host, place.port)]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; uvicorn would end the process without a word of ours."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0]
        raise Unheard(f"{host}, port {port}: {why}. Set host and port under [web] in tocsin.toml") from error


class Unheard(Permanent):
    """The site can't listen at its address."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the role's own ``stop``."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


async def newsroom(parts: Parts, stop: asyncio.Event) -> None:
    """Listen, read and judge until ``stop`` is set."""
    from tocsin.newsroom.book import Book
    from tocsin.newsroom.path import run_newsroom

    await run_newsroom(parts, await asyncio.to_thread(Book, parts), stop)


async def send(parts: Parts, stop: asyncio.Event) -> None:
    """Send what is approved, letters and what else is owed to readers until ``stop`` is set; none waits for another."""
    from tocsin.desk.drills import DRILL, send_drill
    from tocsin.desk.duty import DUTY, plan_duty, watch_over
    from tocsin.desk.grace import GRACE, end_grace
    from tocsin.mailroom.returned import FORWARD, pass_on
    from tocsin.newsroom.afterwards import AFTERWARDS, look_after, plan_afterwards
    from tocsin.sending.digests import DIGEST, LOOK, look_for_due, plan_digests, send_digest
    from tocsin.sending.drain import run_sender
    from tocsin.sending.letters import LETTER, write_letter
    from tocsin.subscribers.offers import OFFERS, push_offers
    from tocsin.subscribers.retention import TIDY, plan_tidying, tidy

    handlers = {
        LETTER: write_letter,
        GRACE: end_grace,
        DRILL: send_drill,
        DUTY: watch_over,
        AFTERWARDS: look_after,
        OFFERS: push_offers,
        TIDY: tidy,
        FORWARD: pass_on,
        LOOK: look_for_due,
        DIGEST: send_digest,
    }
    for plan in (plan_tidying, plan_digests, plan_duty, plan_afterwards):
        await asyncio.to_thread(plan, parts)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_sender(parts, stop))
        tasks.create_task(parts.jobs.work({name: partial(do, parts) for name, do in handlers.items()}, stop))


async def mailroom(parts: Parts, stop: asyncio.Event) -> None:
    """Take returned mail in until ``stop`` is set."""
    from tocsin.mailroom.intake import mailroom

    if not parts.settings.returned.mailroom:
        raise WrongUse("nothing to take mail in by: set lmtp, smtp or maildir under [returned] in tocsin.toml")
    await mailroom(parts, stop)


ROLES: dict[str, Role] = {"web": web, "newsroom": newsroom, "send": send, "mailroom": mailroom}


def play(role: Role, parts: Parts) -> None:
    """Play one role in this process until SIGTERM or SIGINT; what is in hand is finished first."""
    try:
        asyncio.run(_until_told(lambda stop: role(parts, stop)))
    except ExceptionGroup as group:  # of tasks that ran side by side; what is told to a person is told as one error
        if group.split((TocsinError, OSError))[1]:
            raise
        raise _first_of(group) from group


def _first_of(error: Exception) -> Exception:
    return _first_of(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error


async def _until_told(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
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


def run_tree(names: Sequence[str], config: Path | None) -> None:
    """Run each role named as a process of its own and keep them running until SIGTERM or SIGINT.

    If this process is killed, they finish what they have in hand and end: the next root starts its own.
    """
    asyncio.run(_until_told(lambda stop: _tree(names, config, stop)))


def processes_of(settings: Settings) -> tuple[str, ...]:
    """Return the role of each process of the tree: one of each, and as many senders as there is a use for."""
    single = (role for role in ROLES if role != "send" and (role != "mailroom" or settings.returned.mailroom))
    return (*single, *["send"] * settings.mail.senders)


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
            await asyncio.wait_for(stop.wait(), min(0.2 * 2**died, 30.0))
