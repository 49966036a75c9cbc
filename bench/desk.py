"""How fast an open desk is told: ``python -m bench.desk [--stories 500] [--editors 50] [--updates 100]``.

A real ``tocsin web`` on SQLite serves so many editors, each with a stream of server-sent events over HTTP. An article
joins a random story, again and again; measured is the time from its commit until the last desk has the story's new row
(and until the median desk has it), with the time the web process computed for it. The limit is 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench.options import options_of
from sqlalchemy import Connection

from tocsin.desk import people
from tocsin.model import Article, Band, Origin, Reading, Reason, Route, Verdict
from tocsin.reading.reader import read
from tocsin.settings import Settings, Web
from tocsin.store.clock import wall_clock
from tocsin.store.people import Role
from tocsin.store.stories import ReadArticle, add_article, record_verdict
from tocsin.wiring import Parts, assemble

LIMIT_MS = 100.0
REPORTS = 4
TEXT = (
    "An explosion shook the north harbour on Friday morning. “At least nine people were killed,” the mayor said.\n\n"
    "The fire service said that the fire was under control. Witnesses reported smoke above the grain terminal."
)
REASONS = tuple(Reason(f"reason {number}", points=number, evidence="an explosion shook") for number in range(12))


@cache
def reading_of_all() -> Reading:
    """Return what is read in the text that all of them have: reading it once for each took half of the preparation."""
    return read(Article("a", "Paper", "", TEXT, language="en"))


def report(connection: Connection, number: int, story: int) -> None:
    """Let an article join a story, as the newsroom does it."""
    at, name = wall_clock(), f"story{story:04d}"
    publisher = f"Paper {number % 17}"
    title = f"Explosion number {story} at the north harbour kills nine, mayor says ({number})"
    article = Article(f"a{number}", publisher, title, TEXT, at.isoformat(), "en", f"https://news.example/{number}")
    kept = ReadArticle(number, article, reading_of_all(), at, at, primed=True)
    origins = (Origin("the mayor", (article.id,), ("the same words",)), Origin(publisher, ()))
    band = Band.ALERT if story % 10 == 0 else Band.WATCH
    score = 45.0 + story % 50
    verdict = Verdict(at, article.id, name, 40.0, score, band, Route.DIGEST, "Reported by 2", origins, REASONS)
    add_article(connection, kept)
    record_verdict(connection, kept, verdict, ())


def committed(parts: Parts, number: int, story: int) -> float:
    """Let an article join a story and return when it was committed."""
    with parts.store.write() as connection:
        report(connection, number, story)
    return time.monotonic()


@dataclass
class Desk:
    """One open desk: the articles it has been told of, and when."""

    told: dict[int, float] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self, port: int, token: str) -> None:
        """Follow the stream of events until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        cookie = f"cookie: tocsin_desk={token}\r\n"
        writer.write(f"GET /desk/events HTTP/1.1\r\nhost: desk\r\n{cookie}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"data: "):
                at = time.monotonic()
                self.ready.set()
                for row in json.loads(line[6:])["rows"]:
                    number = int(row["html"].rpartition(")</a></h2>")[0].rpartition("(")[2])
                    self.told.setdefault(number, at)


@contextmanager
def served(
    folder: Path, settings: Settings, *, command: str = "web", more: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``tocsin web``, or another role, with ``more`` settings."""
    config = folder / "tocsin.toml"
    place = f'port = {settings.web.port}\nbase_url = "{settings.web.base_url}"\n'
    config.write_text(f'folder = "{folder}"\n[web]\n{place}{more}')
    arguments = [sys.executable, "-m", "tocsin", command, "--config", str(config)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None and not _answers(settings.web.port):
                time.sleep(0.05)
            yield process
        finally:
            process.terminate()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def cpu_s(pid: int) -> float:
    """Return the seconds a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_load(port: int, token: str) -> tuple[float, int]:
    """Return how many milliseconds the whole page takes, and its octets."""
    began = time.monotonic()
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/desk", headers={"cookie": f"tocsin_desk={token}"})
    with urllib.request.urlopen(asked) as answer:
        size = len(answer.read())
    return (time.monotonic() - began) * 1000, size


def say(text: str) -> None:
    """Say how far it is, on the standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


async def measured(parts: Parts, port: int, token: str, chosen: argparse.Namespace, pid: int) -> dict[str, float]:
    """Return the figures of a run."""
    desks = [Desk() for _ in range(chosen.editors)]
    say(f"{chosen.editors} desks open")
    looking = [asyncio.create_task(desk.look(port, token)) for desk in desks]
    await asyncio.gather(*(asyncio.wait_for(desk.ready.wait(), 60) for desk in desks))
    say("each has the board")
    page_ms, octets = await asyncio.to_thread(first_load, port, token)
    await asyncio.sleep(2)
    last: list[float] = []
    middle: list[float] = []
    began = cpu_s(pid)
    for number in range(10**6, 10**6 + chosen.updates):
        at = await asyncio.to_thread(committed, parts, number, random.randrange(chosen.stories))
        while not all(number in desk.told for desk in desks):
            if time.monotonic() - at > 20:
                raise SystemExit("a desk was never told")
            await asyncio.sleep(0.001)
        times = sorted((desk.told[number] - at) * 1000 for desk in desks)
        last.append(times[-1])
        middle.append(statistics.median(times))
        if len(last) % 20 == 0:
            say(f"{len(last)} of {chosen.updates} updates: the last one took {last[-1]:.0f} ms")
        await asyncio.sleep(random.uniform(0.3, 0.5))
    computed = (cpu_s(pid) - began) / chosen.updates * 1000
    for task in looking:
        task.cancel()
    last.sort()
    return {
        "median_ms": statistics.median(middle),
        "last_desk_median_ms": statistics.median(last),
        "last_desk_p99_ms": last[min(len(last) - 1, round(0.99 * len(last)))],
        "cpu_ms_per_update": computed,
        "page_ms": page_ms,
        "page_kilobytes": octets / 1024,
    }


def main() -> None:
    """Measure and print; exit 1 when the median of the last desk is not within the limit."""
    parser = options_of(__doc__)
    parser.add_argument("--stories", type=int, default=500, help="stories on the board")
    parser.add_argument("--editors", type=int, default=50, help="desks that look on at once")
    parser.add_argument("--updates", type=int, default=100, help="reports that come in, one after the other")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    chosen = parser.parse_args()
    random.seed(7)
    with tempfile.TemporaryDirectory() as scratch, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        folder = Path(scratch)
        settings = Settings(folder=folder, web=Web(port=port, base_url=f"http://127.0.0.1:{port}"))
        parts = assemble(settings)
        for turn in range(REPORTS):
            say(f"report {turn + 1} of {REPORTS} of each of {chosen.stories} stories is kept")
            with parts.store.write() as connection:
                for story in range(chosen.stories):
                    report(connection, turn * chosen.stories + story + 1, story)
        people.hire(parts, name="mara", role=Role.EDITOR, password="a long and honest one", by="bench")
        token = people.enter(
            parts, name="mara", password="a long and honest one", code="", client="192.0.2.1", agent="bench"
        )
        with served(folder, settings) as process:
            figures = asyncio.run(measured(parts, port, token, chosen, process.pid))
    if chosen.json:
        print(json.dumps({name: round(value, 1) for name, value in figures.items()}))
    else:
        print(f"{chosen.stories} stories, {chosen.editors} editors, {chosen.updates} updates")
        for name, value in figures.items():
            print(f"  {name.replace('_', ' '):24} {value:10.1f}")
    sys.exit(figures["last_desk_median_ms"] > LIMIT_MS)


if __name__ == "__main__":
    main()
