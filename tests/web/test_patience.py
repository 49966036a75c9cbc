"""The site as the web role serves it: who sends a request an octet at a time does not hold a connection for ever."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from tests.fakes.site import parts_on
from tocsin.roles.web import web
from tocsin.settings import Web
from tocsin.store.engine import Store
from tocsin.web import patience

FORM = b"POST /signup HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n"
LEAVING = FORM.replace(b"/signup", b"/unsubscribe/none")


async def dripped(port: int, begun: bytes) -> tuple[bytes, float]:
    """Send the beginning of a request, and then an octet ten times a second; return what came, and when it ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began, got = time.monotonic(), asyncio.create_task(reader.read())
    writer.write(begun)
    while not got.done() and time.monotonic() - began < 20:
        if begun:
            writer.write(b"x")
        await asyncio.sleep(0.1)
    writer.close()
    return await asyncio.wait_for(got, 1), time.monotonic() - began


async def quick(port: int) -> bytes:
    """Ask twice over one connection, with a pause that is no part of a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    await asyncio.sleep(1.5)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    return await asyncio.wait_for(reader.read(), 10)


def test_who_drips_a_request_is_cut_and_nobody_else(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    parts = parts_on(sqlite_store, tmp_path, web=Web(port=port))

    async def run() -> None:
        stop = asyncio.Event()
        serving = asyncio.create_task(web(parts, stop))
        while True:
            try:
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                break
            except OSError:
                await asyncio.sleep(0.05)
        asking = asyncio.create_task(quick(port))
        cut = await asyncio.gather(*[dripped(port, one) for one in (FORM, LEAVING, b"GET / HTTP/1.1\r\nhost: ", b"")])
        twice = await asking
        stop.set()
        await serving
        form, leaving, head, nothing = (text for text, _ in cut)
        assert all(seconds < 8 for _, seconds in cut), cut
        assert b" 408 " in form
        assert b" 200 " in leaving or b" 404 " in leaving, "what needs no body was answered before"
        assert b" 408 " in head
        assert b" 200 " not in nothing
        assert twice.count(b"HTTP/1.1 200") == 2

    asyncio.run(run())
