"""A world for the service: a publisher, an inbox, a configuration, readers; all real, all on loopback."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.fakes.publisher import Publisher
from tocsin.demo.inbox import Inbox, Received
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.interests import ALL_NEWS
from tocsin.settings import Settings, load_settings
from tocsin.store.engine import Store
from tocsin.store.preferences import choose
from tocsin.store.subscribers import activate, add_subscriber
from tocsin.store.switches import LIVE, MODE, turn
from tocsin.wiring import assemble

ROOT = Path(__file__).resolve().parent.parent.parent
STORY = "At least 14 killed as passenger ferry capsizes in storm, coastguard says"
TEXT = (
    "<p>At least 14 people were killed when a passenger ferry capsized in a storm on Friday, the coastguard said.</p>"
    "<p>The ferry sent a distress call at 6.40am, the coastguard said in a statement. The search goes on.</p>"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def feed(*entries: tuple[str, datetime]) -> bytes:
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><pubDate>{format_datetime(at)}</pubDate>"
        f"<description><![CDATA[{TEXT * 4}]]></description></item>"
        for title, at in entries
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title>{items}</channel></rss>'.encode()


class World:
    """Where one service lives, across its deaths."""

    def __init__(self, folder: Path, publisher: Publisher, inbox: Inbox, database: str = "") -> None:
        self.folder, self.publisher, self.inbox = folder, publisher, inbox
        self.armed = folder / "armed"
        self.config = folder / "tocsin.toml"
        self.port = free_port()
        self.publisher.gives("/feed", feed())
        (folder / "sources.toml").write_text(
            f'[[source]]\nname = "Post"\nurl = "{publisher.url("/feed")}"\ntier = 1\nmay_alert_alone = true\n'
        )
        self.config.write_text(
            f'folder = "{folder}/var"\ndatabase = "{database}"\n'
            f'[web]\nport = {self.port}\nbase_url = "http://127.0.0.1:{self.port}"\n'
            f'[mail]\nport = {inbox.port}\nsecurity = "none"\nsender = "alerts@post.example"\n'
            'return_path = "bounces@post.example"\n'
            f'[intake]\nsources = "{folder}/sources.toml"\nnetworks = ["127.0.0.0/8"]\n'
        )
        self.settings: Settings = load_settings(self.config)
        parts = assemble(self.settings)
        self.store: Store = parts.store
        with self.store.write() as connection:
            turn(connection, MODE, LIVE)
            for number in range(3):
                address = parse_address(f"reader{number}@example.org")
                key = address_key(parts.secret, address)
                now = datetime.now(UTC)
                reader = add_subscriber(
                    connection, address=address.written, address_key=key, language="en", zone="UTC", at=now
                )
                activate(connection, reader, now)
                choose(connection, reader, (ALL_NEWS,))

    @contextmanager
    def service(self, count: int = 0, when: str = "after") -> Iterator[subprocess.Popen[bytes]]:
        """Run the service; with a ``count`` it dies at that commit after the story broke."""
        self.poll_now()
        command = [sys.executable, "-m", "tests.journey.mortal", self.config, self.armed, str(count), when]
        with (self.folder / "service.log").open("ab") as log:
            process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stderr=log, stdout=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def poll_now(self) -> None:
        """Make the feed due, so that a test need not wait for its turn."""
        with self.store.write() as connection:
            connection.exec_driver_sql("UPDATE sources SET due_at = 0, asked_at = NULL")

    def polled(self) -> bool:
        """Tell whether the feed was asked since ``poll_now``."""
        with self.store.read() as connection:
            asked = "SELECT count(*) FROM sources WHERE asked_at IS NOT NULL"
            return connection.exec_driver_sql(asked).scalar() == 1

    def serves(self) -> bool:
        """Tell whether the site takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def primed(self) -> bool:
        with self.store.read() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM sources WHERE primed_at IS NOT NULL").scalar() == 1

    def break_story(self) -> None:
        """Publish the story."""
        self.publisher.gives("/feed", feed((STORY, datetime.now(UTC) - timedelta(seconds=1))))
        self.armed.touch()
        self.poll_now()

    def alerts(self) -> list[Received]:
        return [message for message in self.inbox.messages if message.message["List-Id"] is not None]

    def log(self) -> str:
        file = self.folder / "service.log"
        return file.read_text(errors="replace")[-4000:] if file.exists() else ""


async def until(
    true: Callable[[], object],
    timeout_s: float,
    log: Callable[[], str],
    alive: subprocess.Popen[bytes] | None = None,
) -> None:
    """Wait until ``true()``, looking 50 times a second; fail with the log, at once if a service has ended before."""
    end = time.monotonic() + timeout_s
    while not true():
        assert alive is None or alive.poll() is None, f"the service has ended\n{log()}"
        assert time.monotonic() < end, f"not in {timeout_s} s\n{log()}"
        await asyncio.sleep(0.02)
