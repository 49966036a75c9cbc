"""The readers' site as it runs: real HTTP on a free port, real SMTP into an inbox, jobs done as they come."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvicorn
from fastapi import APIRouter

from tocsin.demo.inbox import Inbox, Received
from tocsin.jobs.embedded import EmbeddedJobs
from tocsin.sending.letters import LETTER, write_letter
from tocsin.settings import Mail, Newsroom, Readers, Settings, Web
from tocsin.store.clock import Clock, wall_clock
from tocsin.store.engine import Store
from tocsin.web.app import create_app
from tocsin.wiring import Parts

Fields = Mapping[str, str | list[str]]
Routers = Callable[[Parts], Sequence[APIRouter]]

SECRET = b"test" * 8
_LINK = re.compile(r"https?://[^\s<>\"]+")


def parts_on(store: Store, folder: Path, *, clock: Clock = wall_clock, base: str = "", **settings: Any) -> Parts:
    """Return the parts of a small newsroom on a store."""
    chosen = {
        "newsroom": Newsroom(name="The Daily Test", postal_address="1 Test Street, Testville"),
        "web": Web(base_url=base or "http://127.0.0.1:1"),
        "mail": Mail(security="none", sender="alerts@daily.example", return_path="bounces@daily.example"),
        "readers": Readers(per_client_an_hour=10_000, per_domain_an_hour=10_000),
        **settings,
    }
    return Parts(Settings(folder=folder, **chosen), store, EmbeddedJobs(store, clock), SECRET, clock)


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

    def letter_to(self, address: str, kind: str = "/", after: int = 0) -> Received:
        """Wait for a letter to an address that has a link of a kind, past the first ``after`` of all; the newest."""

        def wanted(one: Received) -> bool:
            return one.id > after and address in one.to and bool(links_of(one, kind))

        self.wait_for(wanted)
        return [one for one in self.inbox.messages if wanted(one)][-1]

    def wait_for(self, wanted: Callable[[Received], bool]) -> Received:
        """Wait for a letter that is ``wanted``."""
        found = asyncio.run_coroutine_threadsafe(self.inbox.wait_for(wanted, 15), self.loop).result()
        assert found is not None, "no such letter came"
        return found

    def link_to(self, address: str, kind: str, after: int = 0) -> str:
        """Return the link of a kind (``/confirm/``) in the newest letter to an address that has one."""
        return links_of(self.letter_to(address, kind, after), kind)[0]


def links_of(letter: Received, kind: str = "/") -> list[str]:
    """Return the links of a letter's plain text that contain ``kind``."""
    return [link for link in _LINK.findall(letter.body("plain")) if kind in link]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def ask(site: Site, method: str, path: str, form: Fields | bytes | None = None, **headers: str) -> Answer:
    """Ask the site for a path or a whole address, as a browser without cookies does; names of headers with "_"."""
    connection = HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is not None:
        sent.setdefault("content-type", "application/x-www-form-urlencoded")
    body = urlencode(form, doseq=True) if isinstance(form, Mapping) else form
    connection.request(method, path.removeprefix(site.base), body, sent)
    answer = connection.getresponse()
    told = Answer(answer.status, answer.msg, answer.read())
    connection.close()
    return told


def signed_up(site: Site, address: str, **form: str | list[str]) -> str:
    """Sign an address up, confirm it, and return the reader's mailed token."""
    before = len(site.inbox.messages)
    assert ask(site, "POST", "/signup", {"email": address, **form}).status == 200
    thanks = ask(site, "POST", site.link_to(address, "/confirm/", before))
    assert thanks.status == 200
    found = re.search(r"/preferences/([\w-]+)", thanks.text)
    assert found is not None
    return found[1]


@contextmanager
def running_site(store: Store, folder: Path, more: Routers = lambda parts: (), **settings: Any) -> Iterator[Site]:
    """Serve the site, and the routers that ``more`` makes, on a store for as long as the block lasts."""
    begun: list[Site] = []
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(store, folder, more, settings, begun, ready)))
    thread.start()
    assert ready.wait(20)
    site = begun[0]
    try:
        yield site
    finally:
        site.loop.call_soon_threadsafe(site.stop.set)
        thread.join(20)


async def _serve(
    store: Store, folder: Path, more: Routers, settings: dict[str, Any], begun: list[Site], ready: threading.Event
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with Inbox(settings.get("clock", wall_clock)) as inbox:
        parts = parts_on(store, folder, base=base, **settings)
        parts.settings.mail.port = inbox.port
        site = Site(parts, inbox, asyncio.get_running_loop())
        server = uvicorn.Server(uvicorn.Config(create_app(parts, more=more(parts)), log_config=None, lifespan="off"))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve([listening]))
            tasks.create_task(parts.jobs.work({LETTER: partial(write_letter, parts)}, site.stop))
            begun.append(site)
            ready.set()
            await site.stop.wait()
            server.should_exit = True
