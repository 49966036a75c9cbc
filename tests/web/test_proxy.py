"""Behind a proxy on the same machine: readers are told apart by what the proxy says of them."""

import asyncio
import socket
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import select

from tests.fakes.site import parts_on
from tests.journey.world import free_port
from tocsin.roles.web import web
from tocsin.settings import Readers, Web
from tocsin.store.engine import Store
from tocsin.store.letters import letters
from tocsin.wiring import Parts


def _asked(port: int, address: str, client: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"X-Forwarded-For": client, "content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/signup", f"email={address}", headers)
    return connection.getresponse().status


async def _sign_ups(parts: Parts, clients: tuple[str, ...]) -> None:
    stop, port = asyncio.Event(), parts.settings.web.port
    serving = asyncio.create_task(web(parts, stop))
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(_listens, port):
            await asyncio.sleep(0.05)
    for number, client in enumerate(clients):
        assert await asyncio.to_thread(_asked, port, f"reader{number}@gmail.com", client) == 200
    stop.set()
    await serving


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_readers_behind_a_proxy_do_not_share_one_cap(store: Store, tmp_path: Path) -> None:
    served = Web(base_url="https://news.example", port=free_port())
    parts = parts_on(store, tmp_path, web=served, readers=Readers(per_client_an_hour=1))
    asyncio.run(_sign_ups(parts, ("198.51.100.1", "203.0.113.2", "203.0.113.2")))
    with store.read() as connection:
        rows = connection.execute(select(letters.c.asked_at, letters.c.send_after).order_by(letters.c.id)).all()
    waits = [(row.send_after - row.asked_at).total_seconds() for row in rows]
    assert waits[0] < 1
    assert waits[1] < 1, "another reader, behind the same proxy"
    assert waits[2] > 600
