"""The readers' site as it runs: real HTTP on a free port, real SMTP into an inbox, jobs done as they come."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from tocsin.demo.inbox import Inbox, Received
from tocsin.jobs.embedded import EmbeddedJobs
from tocsin.letters import LETTER, write_letter
from tocsin.settings import Mail, Newsroom, Readers, Settings, Web
from tocsin.store.engine import Store
from tocsin.web.app import create_app
from tocsin.wiring import Clock, Parts, wall_clock

SECRET = b"test" * 8
_LINK = re.compile(r"https?://[^\s<>\"]+")


def parts_on(store: Store, folder: Path, *, clock: Clock = wall_clock, base: str = "", **settings: Any) -> Parts:
    """Return the parts of a small newsroom on a store."""
    chosen = {
        "newsroom": Newsroom(name="The Daily Test", postal_address="1 Test Street, Testville"),
        "web": Web(base_url=base or "http://127.0.0.1:1"),
        "mail": Mail(security="none", sender="alerts@daily.example", return_path="bounces@daily.example"),
        "readers": Readers(),
        **settings,
    }
    return Parts(Settings(data=folder, **chosen), store, EmbeddedJobs(store, clock), SECRET, clock)


@dataclass
class Site:
    """A running site; ``parts`` are its own."""

    parts: Parts
    inbox: Inbox
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base(self) -> str:
        """Where it is."""
        return self.parts.settings.web.base_url

    def letters_to(self, address: str) -> list[Received]:
        """Return what has come for an address so far."""
        return [one for one in self.inbox.messages if address in one.to]

    def letter_to(self, address: str, kind: str = "/", timeout_s: float = 15) -> Received:
        """Wait for the newest letter to an address that has a link of a kind."""

        def wanted(one: Received) -> bool:
            return address in one.to and bool(links_of(one, kind))

        waiting = asyncio.run_coroutine_threadsafe(self.inbox.wait_for(wanted, timeout_s), self.loop)
        assert waiting.result() is not None, f"no letter with {kind} came"
        return [one for one in self.inbox.messages if wanted(one)][-1]

    def link_to(self, address: str, kind: str) -> str:
        """Return the link of a kind (``/confirm/``) in the newest letter to an address that has one."""
        return links_of(self.letter_to(address, kind), kind)[0]


def links_of(letter: Received, kind: str = "/") -> list[str]:
    """Return the links of a letter's plain text that contain ``kind``."""
    return [link for link in _LINK.findall(letter.body("plain")) if kind in link]


@contextmanager
def running_site(store: Store, folder: Path, **settings: Any) -> Iterator[Site]:
    """Serve the site on a store for as long as the block lasts."""
    begun: list[Site] = []
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(store, folder, settings, begun, ready)))
    thread.start()
    assert ready.wait(20)
    site = begun[0]
    try:
        yield site
    finally:
        site.loop.call_soon_threadsafe(site.stop.set)
        thread.join(20)


async def _serve(
    store: Store, folder: Path, settings: dict[str, Any], begun: list[Site], ready: threading.Event
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with Inbox(settings.get("clock", wall_clock)) as inbox:
        parts = parts_on(store, folder, base=base, **settings)
        parts.settings.mail.port = inbox.port
        site = Site(parts, inbox, asyncio.get_running_loop())
        server = uvicorn.Server(uvicorn.Config(create_app(parts), log_config=None, lifespan="off"))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve([listening]))
            tasks.create_task(parts.jobs.work({LETTER: partial(write_letter, parts)}, site.stop))
            begun.append(site)
            ready.set()
            await site.stop.wait()
            server.should_exit = True
