"""Behind a proxy on the same machine: readers are told apart by what the proxy says of them."""

import asyncio
import socket
from collections.abc import Callable
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


def _ask(port: int, method: str, path: str, client: str, body: str = "") -> tuple[int, str]:
    """Ask as a proxy does for a ``client``; without one, as a program on this machine."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"X-Forwarded-For": client} if client else {}
    connection.request(method, path, body, {**headers, "content-type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


async def _serve(parts: Parts, meanwhile: Callable[[int], None]) -> None:
    stop, port = asyncio.Event(), parts.settings.web.port
    serving = asyncio.create_task(web(parts, stop))
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(_listens, port):
            await asyncio.sleep(0.05)
    await asyncio.to_thread(meanwhile, port)
    stop.set()
    await serving


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_readers_behind_a_proxy_do_not_share_one_cap(store: Store, tmp_path: Path) -> None:
    served = Web(base_url="https://news.example", port=free_port())
    parts = parts_on(store, tmp_path, web=served, readers=Readers(per_client_an_hour=1))

    def sign_up(port: int) -> None:
        for number, client in enumerate(("8.8.4.1", "8.8.8.2", "8.8.8.2")):
            assert _ask(port, "POST", "/signup", client, f"email=reader{number}@gmail.com")[0] == 200

    asyncio.run(_serve(parts, sign_up))
    with store.read() as connection:
        rows = connection.execute(select(letters.c.asked_at, letters.c.send_after).order_by(letters.c.id)).all()
    waits = [(row.send_after - row.asked_at).total_seconds() for row in rows]
    assert waits[0] < 1
    assert waits[1] < 1, "another reader, behind the same proxy"
    assert waits[2] > 600


def test_how_many_readers_and_holds_there_are_is_told_to_machines_nearby_only(store: Store, tmp_path: Path) -> None:
    parts = parts_on(store, tmp_path, web=Web(base_url="https://news.example", port=free_port()))

    def look(port: int) -> None:
        for near in ("", "10.0.0.7"):
            assert "held_versions" in _ask(port, "GET", "/healthz", near)[1]
            assert "active_subscribers" in _ask(port, "GET", "/metrics", near)[1]
        assert _ask(port, "GET", "/healthz", "8.8.8.2") == (200, '{"status":"ok"}')
        status, text = _ask(port, "GET", "/metrics", "8.8.8.2")
        assert status == 403
        assert "active_subscribers" not in text

    asyncio.run(_serve(parts, look))
