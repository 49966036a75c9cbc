"""The web role: the site, the hooks, the desk and the public pages."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator, Sequence

import uvicorn
from fastapi import APIRouter

from tocsin.desk.sealing import seal_all
from tocsin.errors import Permanent
from tocsin.web import health, hooks, hooks_mail, hooks_websub
from tocsin.web.app import create_app
from tocsin.web.patience import Patient
from tocsin.wiring import Parts


class Unheard(Permanent):
    """The site can't listen at its address."""


async def web(parts: Parts, stop: asyncio.Event, *, more: Sequence[APIRouter] = ()) -> None:
    """Serve the site, the hooks and the public pages until ``stop`` is set."""
    place, intake = parts.settings.web, parts.settings.intake
    pushing = hooks.Pushing(intake.sources, intake.push_secret_file)
    ours = [
        hooks.router(parts, pushing.now),
        hooks_mail.router(parts),
        hooks_websub.router(parts),
        health.router(parts),
    ]
    await asyncio.to_thread(seal_all, parts)
    app = create_app(parts, more=[*ours, *more])
    config = uvicorn.Config(
        app,
        http=Patient,
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


class _Server(uvicorn.Server):
    """A server that leaves signals to the role's own ``stop``."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield
