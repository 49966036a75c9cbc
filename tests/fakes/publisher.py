"""A real HTTP publisher on a loopback socket that behaves as badly as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True)
class Request:
    """One request as it came: path with query, and headers by lower-case name."""

    path: str
    headers: dict[str, str]


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Publisher:
    """Answers each path by its behaviour, 404 elsewhere; ``requests`` holds what was asked, in order."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _visits: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Publisher:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path, with the host written as wished."""
        return f"http://{host}:{self.port}{path}"

    def gives(self, path: str, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Answer a path with a whole body; header names are written with underscores."""
        self.behaviours[path] = answering(body, status, **headers)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in head[1:] if line)
            request = Request(head[0].split()[1], {name.lower(): value.strip() for name, _, value in pairs})
            self.requests.append(request)
            await self.behaviours.get(request.path, answering(b"", "404 Not Found"))(request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def answering(body: bytes, status: str = "200 OK", **headers: str) -> Behaviour:
    """Answer with a status, headers and a whole body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("Content-Length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())

    async def behave(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body)

    return behave


def redirecting(location: str, status: str = "302 Found") -> Behaviour:
    """Answer with a redirect."""
    return answering(b"", status, Location=location)


def dripping(start: bytes, drop: bytes, every_s: float) -> Behaviour:
    """Answer with headers and a start, then a drop of body at a time for ever (a slow-loris body)."""

    async def behave(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 90000\r\n\r\n" + start)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every_s)

    return behave


async def silent(_: Request, writer: asyncio.StreamWriter) -> None:
    """Accept the request and never answer."""
    while not writer.is_closing():
        await asyncio.sleep(0.05)


async def hanging_up(_: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""
    writer.transport.abort()


async def babbling(_: Request, writer: asyncio.StreamWriter) -> None:
    """Answer with what is not HTTP."""
    writer.write(b"\x00\xff\x00 220 smtp ready\r\n\r\n")


async def endless(_: Request, writer: asyncio.StreamWriter) -> None:
    """Send a body without end and without a length, as fast as it is taken."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"<p>" + b"x" * 65536)
        await writer.drain()
