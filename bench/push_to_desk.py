"""From a push to the story on an open desk: ``python -m bench.push_to_desk [--pushes 30] [--stories 450]``.

A real ``tocsin run`` on SQLite, with so many stories on its board, takes signed pushes over HTTP, each of a story of
its own; an editor's desk follows the stream of server-sent events. Measured is the time from the moment before the push
is sent to the moment when the desk has the story's row: kept, read, grouped, judged, gathered, rendered, streamed. The
limit is one second.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.desk import report, served
from bench.options import options_of

from tocsin.desk import people
from tocsin.intake.webhook import sign
from tocsin.settings import Settings, Web
from tocsin.store.clock import wall_clock
from tocsin.store.people import Role
from tocsin.wiring import assemble

LIMIT_MS = 1000.0
SECRET = "whsec_" + "dGVzdA" * 8
EVENTS = (
    "An explosion shook the grain terminal of {town} and killed {count} people, the fire service said",
    "The dam above {town} was breached and killed {count} people, the governor said",
    "A ferry ran aground off {town} and {count} people were killed, the coastguard said",
    "An earthquake hit {town} and killed {count} people, the mayor said",
)
"""What deserves a row: stories that ask for nothing are not on the board."""


def article(number: int) -> dict[str, str]:
    """Return an article of a town, and in words, that no other has."""
    chance = random.Random(number)
    words = ["".join(chance.choices("bdfglmnrstaeiou", k=7)) for _ in range(40)]
    what = EVENTS[number % len(EVENTS)].format(town=words[0].title(), count=11 + 7 * number)
    return {
        "id": f"push{number}",
        "url": f"https://wire.example/{number}",
        "title": f"{what} ({number})",
        "content": f"<p>{what} on Friday.</p><p>{' '.join(words)}.</p>",
        "published": wall_clock().isoformat(),
        "urgency": "2",
        "language": "en",
    }


def push(port: int, told: dict[str, str]) -> None:
    """Push an article, signed."""
    body, message, stamp = json.dumps(told).encode(), f"msg_{secrets.token_hex(8)}", str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": sign(SECRET, message, stamp, body),
    }
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/hooks/articles", body, headers)):
        return


class Desk:
    """An open desk that notes when each headline came."""

    def __init__(self) -> None:
        self.html: list[tuple[float, str]] = []
        self.ready = asyncio.Event()

    async def look(self, port: int, token: str) -> None:
        """Follow the stream of events until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        writer.write(f"GET /desk/events HTTP/1.1\r\nhost: desk\r\ncookie: tocsin_desk={token}\r\n\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"data: "):
                self.html.append((time.monotonic(), line.decode()))
                self.ready.set()

    async def shown(self, headline: str, since: float) -> float:
        """Return the milliseconds from ``since`` until a row with a headline came."""
        for _ in range(20_000):
            for at, html in self.html:
                if headline in html:
                    return (at - since) * 1000
            await asyncio.sleep(0.001)
        raise SystemExit(f"the desk was never told of {headline!r}")


async def measured(port: int, token: str, pushes: int) -> list[float]:
    """Return the milliseconds of each push."""
    desk, took = Desk(), []
    looking = asyncio.create_task(desk.look(port, token))
    await asyncio.wait_for(desk.ready.wait(), 60)
    await asyncio.sleep(3)
    for number in range(pushes + 1):
        desk.html.clear()
        told, began = article(number), time.monotonic()
        await asyncio.to_thread(push, port, told)
        took.append(await desk.shown(f"({number})", began))
        await asyncio.sleep(random.uniform(0.4, 0.8))
    looking.cancel()
    return took[1:]  # the first one wakes a process that has not read anything yet


def main() -> None:
    """Measure and print; exit 1 when the median is beyond the limit."""
    parser = options_of(__doc__)
    parser.add_argument("--pushes", type=int, default=30, help="articles pushed, one after the other")
    parser.add_argument("--stories", type=int, default=450, help="on the board (of 500 rows) before the first push")
    chosen = parser.parse_args()
    random.seed(7)
    with tempfile.TemporaryDirectory() as scratch, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        folder = Path(scratch)
        (folder / "push.secret").write_text(SECRET)
        (folder / "sources.toml").write_text('[[source]]\nname = "Wire"\npublisher = "Wire"\npush = true\ntier = 2\n')
        more = f'[intake]\nsources = "{folder}/sources.toml"\npush_secret_file = "{folder}/push.secret"\n'
        settings = Settings(folder=folder, web=Web(port=port, base_url=f"http://127.0.0.1:{port}"))
        parts = assemble(settings)
        with parts.store.write() as connection:
            for number in range(chosen.stories):
                report(connection, 10**6 + number, number)
        people.hire(parts, name="mara", role=Role.EDITOR, password="a long and honest one", by="bench")
        token = people.enter(
            parts, name="mara", password="a long and honest one", code="", client="192.0.2.1", agent="bench"
        )
        with served(folder, settings, command="run", more=more):
            took = sorted(asyncio.run(measured(port, token, chosen.pushes)))
    median, p99 = statistics.median(took), took[min(len(took) - 1, round(0.99 * len(took)))]
    print(f"{len(took)} pushes, {chosen.stories} stories: median {median:.0f} ms, 99 in 100 {p99:.0f} ms")
    sys.exit(median > LIMIT_MS)


if __name__ == "__main__":
    main()
