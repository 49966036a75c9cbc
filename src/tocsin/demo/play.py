"""The demo: the real service on loopback, one reader, and a story that breaks."""

from __future__ import annotations

import asyncio
import re
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tocsin.demo.inbox import Inbox, Received, router
from tocsin.demo.publisher import Publisher, Sample
from tocsin.desk.people import hire
from tocsin.errors import Permanent
from tocsin.private_files import write_private
from tocsin.roles import play
from tocsin.roles.newsroom import newsroom
from tocsin.roles.send import send
from tocsin.roles.web import web
from tocsin.settings import Intake, Mail, Newsroom, Settings, Web
from tocsin.store.alerts import Version, public_versions
from tocsin.store.intake import active_sources
from tocsin.store.leases import leases
from tocsin.store.people import Role
from tocsin.store.switches import LIVE, MODE, turn
from tocsin.wiring import Parts, assemble

NAME = "The Harbour Post"
READER = "reader@demo.example"
EDITOR, PASSWORD = "editor", "nothing leaves here"
"""Who may sit at the demo's desk, which listens on loopback only."""
FIRST_ALERT_S = 40.0
"""How long the first alert may take, from the demo's start."""
COMMITTED_S = 20.0
"""How long a slow disk may take to note an acceptance."""

By = Literal["push", "feed"]
_LINK = re.compile(r"http://\S+/confirm/[\w.~-]+")


class DemoFailed(Permanent):
    """The demo did not get as far as the story."""


class DemoClock:
    """A clock that starts on the day of the articles and runs as fast as any; it can jump ahead, never back."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._zero = time.monotonic()

    def __call__(self) -> datetime:
        """Return the demo's present instant."""
        return self._start + timedelta(seconds=time.monotonic() - self._zero)

    def ahead_to(self, moment: datetime | None) -> None:
        """Jump to ``moment`` if it is still to come."""
        if moment is not None and moment > self():
            self._start += moment - self()


@dataclass(frozen=True, slots=True)
class Arrival:
    """An alert in the inbox: the instants of each stage, and the message."""

    published: datetime
    version: Version
    message: Received

    def stages_ms(self) -> dict[str, float]:
        """Return each stage in milliseconds since publication."""
        stages = {"published": self.published, "seen": self.version.seen_at, **self.version.stages}
        if self.version.accepted_at is not None:
            stages["first_accepted"] = self.version.accepted_at
        return {name: round((at - self.published) / timedelta(milliseconds=1), 1) for name, at in stages.items()}


class Demo:
    """A running demo: publish a sample and see its alert arrive."""

    def __init__(self, parts: Parts, clock: DemoClock, publisher: Publisher, inbox: Inbox, by: By) -> None:
        self.parts = parts
        self.clock = clock
        self.publisher = publisher
        self.inbox = inbox
        self.by = by

    @property
    def base(self) -> str:
        """Address of the site."""
        return self.parts.settings.web.base_url

    async def sign_up(self, address: str) -> None:
        """Sign a reader up as a person would: the form, the mail, the link, the button."""
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{self.base}/signup", data={"email": address}) as answer:
                if answer.status != 200:
                    raise DemoFailed(f"the sign-up form answered {answer.status}")
            letter = await self.inbox.wait_for(lambda message: bool(_LINK.search(message.body("plain"))), 15)
            link = _LINK.search(letter.body("plain")) if letter else None
            if link is None:
                raise DemoFailed("no confirmation came")
            async with session.post(link.group()) as answer:
                if answer.status != 200:
                    raise DemoFailed(f"the confirmation answered {answer.status}")

    async def publish(self, sample: Sample, timeout_s: float) -> Arrival | None:
        """Publish a sample and return its alert; None when none came in time (not every story deserves one)."""
        before = len(self.inbox.messages)
        self.clock.ahead_to(sample.article.published_at)
        published = self.clock()
        self.publisher.publish(sample, published)
        if self.by == "push":
            await self.publisher.push(sample, published, f"{self.base}/hooks/articles", NAME)
        message = await self.inbox.wait_for(lambda message: message.id > before and _is_alert(message), timeout_s)
        return None if message is None else Arrival(published, await self._version(), message)

    async def _version(self) -> Version:
        """Return the newest version, once its first acceptance is in the store (some milliseconds after the inbox)."""
        for _ in range(int(COMMITTED_S / 0.01)):
            with self.parts.store.read() as connection:
                newest = public_versions(connection, 1)
            if newest and newest[0].accepted_at is not None:
                return newest[0]
            await asyncio.sleep(0.01)
        raise DemoFailed("the inbox has a message that the store does not know as accepted")

    async def ready(self) -> None:
        """Wait until the newsroom works: the feed was fetched (what it has then is old), and a judge has its lease."""
        while True:
            with self.parts.store.read() as connection:
                primed = [polling.primed_at is not None for polling in active_sources(connection)]
                judging = connection.execute(leases.select()).first() is not None
            if primed and all(primed) and judging:
                return
            await asyncio.sleep(0.05)


def _is_alert(message: Received) -> bool:
    return message.message["List-Id"] is not None


@asynccontextmanager
async def running(samples: Sequence[Sample], port: int, by: By) -> AsyncIterator[Demo]:
    """Run the service, the publisher and the inbox on loopback, in a folder that is gone afterwards."""
    starts = [sample.article.published_at for sample in samples if sample.article.published_at]
    clock = DemoClock(min(starts, default=datetime.now(UTC)))
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-demo-"))
        inbox = await stack.enter_async_context(Inbox(clock))
        publisher = await stack.enter_async_context(Publisher(NAME))
        settings = _settings(Path(folder), port or _free_port(), inbox.port, publisher)
        _check_free(settings.web.port)
        parts = assemble(settings, clock)
        stack.callback(parts.store.close)
        with parts.store.write() as connection:
            turn(connection, MODE, LIVE)
        hire(parts, name=EDITOR, role=Role.ADMIN, password=PASSWORD, by="demo")
        tasks = await stack.enter_async_context(_service(parts, inbox))
        await _until_up(settings.web.base_url, tasks)
        yield Demo(parts, clock, publisher, inbox, by)


@asynccontextmanager
async def _service(parts: Parts, inbox: Inbox) -> AsyncIterator[Sequence[asyncio.Future[None]]]:
    """Play the roles in this process, the web with the inbox's pages."""
    stop = asyncio.Event()
    plays: list[play.Role] = [partial(web, more=[router(inbox)]), newsroom, send]
    tasks = [asyncio.ensure_future(role(parts, stop)) for role in plays]
    try:
        yield tasks
    finally:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)


def _settings(folder: Path, port: int, smtp_port: int, publisher: Publisher) -> Settings:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(folder / "dkim.pem", pem)
    write_private(folder / "push.secret", publisher.secret.encode())
    sources = folder / "sources.toml"
    sources.write_text(
        f'[[source]]\nname = "{NAME}"\npublisher = "{NAME}"\nurl = "{publisher.base}/feed.xml"\npush = true\n'
        'secret_file = "push.secret"\ntier = 1\nmay_alert_alone = true\n',
        encoding="utf-8",
    )
    return Settings(
        folder=folder,
        newsroom=Newsroom(
            name=NAME, postal_address="1 Quay Street, Norhaven (an invented place)", contact="desk@demo.example"
        ),
        web=Web(port=port, base_url=f"http://127.0.0.1:{port}"),
        mail=Mail(
            sender="alerts@demo.example",
            return_path="bounces@demo.example",
            port=smtp_port,
            security="none",
            dkim_domain="demo.example",
            dkim_key_file=folder / "dkim.pem",
        ),
        intake=Intake(sources=sources, networks=("127.0.0.0/8",)),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoFailed(f"port {port} is taken: choose another with --port (0 takes a free one)") from error


async def _until_up(base: str, tasks: Sequence[asyncio.Future[None]]) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(300):
            for task in tasks:
                if task.done():
                    task.result()
                    raise DemoFailed("a role of the service ended")
            try:
                async with session.get(f"{base}/healthz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    raise DemoFailed("the site did not come up in 30 s")
