"""Write what a database of today's schema holds after a day of the demo."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from sqlalchemy import MetaData, select

from tests.fakes.site import links_of
from tocsin.demo.play import EDITOR, NAME, Demo, running
from tocsin.demo.publisher import Sample, load_samples
from tocsin.desk.approval import amend
from tocsin.model import VersionKind
from tocsin.readers.tokens import Tokens
from tocsin.store.alerts import public_versions
from tocsin.store.engine import Store

READERS = ("anna@example.com", "boris@example.com", "vera@example.com")
CHOICES = {
    "everything": "on", "topics": "medtop:16000000", "new_places": "Kherson", "phrases": "ferry", "pace": "daily",
    "quiet_from": "22:00", "quiet_to": "07:00", "zone": "Europe/Kyiv", "language": "uk",
}  # fmt: skip


async def live(file: Path) -> None:
    """Play the day and write its rows."""
    with as_file(files("tocsin.demo") / "samples") as folder:
        samples = load_samples(sorted(folder.iterdir()))
    async with running(samples, 0, "push") as demo:
        await demo.ready()
        for address in READERS:
            await _sign_up(demo, address)
        await _choose(demo)
        for sample in samples:
            await _publish(demo, sample)
        await _correct(demo)
        file.write_text(json.dumps(rows_of(demo.parts.store), ensure_ascii=False, indent=0), encoding="utf-8")


async def _sign_up(demo: Demo, address: str) -> None:
    async with aiohttp.ClientSession(demo.base) as session:
        await session.post("/signup", data={"email": address, "offers": "on"})
        letter = await demo.inbox.wait_for(lambda message: address in message.to, 15)
        assert letter is not None
        await session.post(urlsplit(links_of(letter, "/confirm/")[0]).path)


async def _choose(demo: Demo) -> None:
    """Let one reader choose a digest, another ask for all links and a change of address, a third leave."""
    with demo.parts.store.read() as connection:
        numbers = [row[0] for row in connection.exec_driver_sql("SELECT id FROM subscribers ORDER BY id")]
    tokens = [Tokens(demo.parts.secret).mailed(number) for number in numbers]
    async with aiohttp.ClientSession(demo.base) as session:
        await session.post(f"/preferences/{tokens[0]}", data=CHOICES)
        await session.post(f"/unsubscribe/{tokens[2]}")
        await session.post("/signup", data={"email": "never.confirmed@example.com", "offers": "on"})


async def _publish(demo: Demo, sample: Sample) -> None:
    """Publish a sample and leave the service time for all that follows."""
    demo.clock.ahead_to(sample.article.published_at)
    demo.publisher.publish(sample, demo.clock())
    await demo.publisher.push(sample, demo.clock(), f"{demo.base}/hooks/articles", NAME)
    await asyncio.sleep(5)


async def _correct(demo: Demo) -> None:
    """Correct the newest alert, and wait until the correction has been sent."""
    parts = demo.parts
    with parts.store.write() as connection:
        newest = public_versions(connection, 1)[0]
        kind, note = VersionKind.CORRECTION, "A figure was wrong."
        amend(parts, connection, newest.id, kind, note=note, by=EDITOR, at=parts.clock())
    await asyncio.sleep(5)


def rows_of(store: Store) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table, parents before children."""
    schema = MetaData()
    with store.read() as connection:
        schema.reflect(connection)
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in schema.sorted_tables
        }


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1])))
