"""A real SMTP server over real sockets that behaves, or misbehaves, as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING")
DROP = "drop"
"""Said in place of a reply: close the connection at once."""
STALL = "stall"
"""Said in place of a reply: say nothing more."""
LEAVE = "leave"
"""Said in place of a reply: give the good one, then close the connection."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the relay said 250 to, or dropped the connection after."""

    sender: str
    recipient: str
    message: bytes
    accepted: bool


Policy = Callable[[str, str], str | None]
"""Takes a stage (``connect``, ``mail``, ``rcpt``, ``data``, ``end``) and a recipient; None stands for a good reply."""


def yes(stage: str, recipient: str) -> str | None:
    """Accept everything."""
    return None


@dataclass
class Relay:
    """What a running relay is told and has seen."""

    policy: Policy = yes
    extensions: tuple[str, ...] = EXTENSIONS
    tls: ssl.SSLContext | None = None
    password: str | None = None
    delay_s: float = 0.0
    """How long it thinks before each reply."""
    port: int = 0
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def accepted(self) -> list[Received]:
        """What it said 250 to."""
        return [one for one in self.received if one.accepted]


@contextmanager
def running(relay: Relay) -> Iterator[Relay]:
    """Run a relay on a free port of loopback, in a thread of its own, for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    thread = threading.Thread(target=_serve, args=(loop, relay, ready), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def _serve(loop: asyncio.AbstractEventLoop, relay: Relay, ready: threading.Event) -> None:
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(
        asyncio.start_server(lambda r, w: _Conversation(relay, r, w).run(), "127.0.0.1", relay.port)
    )
    relay.port = server.sockets[0].getsockname()[1]
    ready.set()
    loop.run_forever()
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()


class _Hangup(Exception):
    """The conversation is over."""


class _Conversation:
    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.sender: str | None = None
        self.recipient: str | None = None
        self.failed = False

    async def run(self) -> None:
        self.relay.connections += 1
        with contextlib.suppress(_Hangup, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.say("connect", "220 fake ESMTP")
            while line := await self.reader.readline():
                await self.obey(line.decode().rstrip("\r\n"))
        self.writer.close()

    async def say(self, stage: str, good: str) -> bool:
        """Reply as the policy says; tell whether that was well."""
        if self.relay.delay_s:  # else nothing of another conversation may come in between
            await asyncio.sleep(self.relay.delay_s)
        reply = self.relay.policy(stage, self.recipient or "") or good
        if reply == DROP:
            raise _Hangup
        if reply == STALL:
            await asyncio.sleep(3600)
        self.writer.write((good if reply == LEAVE else reply).encode() + b"\r\n")
        await self.writer.drain()
        if reply == LEAVE:
            raise _Hangup
        return reply[0] in "23"

    async def obey(self, line: str) -> None:
        verb = line.split(" ", maxsplit=1)[0].upper()
        self.relay.commands.append(verb)
        match verb:
            case "EHLO":
                lines = ["fake", *self.relay.extensions]
                marks = ["-"] * (len(lines) - 1) + [" "]
                await self.say("ehlo", "\r\n".join(f"250{m}{text}" for m, text in zip(marks, lines, strict=True)))
            case "STARTTLS" if self.relay.tls:
                await self.say("starttls", "220 2.0.0 go ahead")
                await self.writer.start_tls(self.relay.tls)
            case "AUTH":
                await self.auth(line)
            case "MAIL":
                await self.mail(line)
            case "RCPT":
                await self.rcpt(line)
            case "DATA":
                await self.data()
            case "BDAT":
                await self.bdat(int(line.split()[1]))
            case "RSET":
                self.sender = self.recipient = None
                await self.say("rset", "250 2.0.0 ok")
            case "QUIT":
                await self.say("quit", "221 2.0.0 bye")
                raise _Hangup
            case _:
                await self.say("unknown", "500 5.5.2 what?")

    async def auth(self, line: str) -> None:
        for prompt in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6") if line.endswith("LOGIN") else ():
            await self.say("prompt", f"334 {prompt}")
            self.relay.commands.append((await self.reader.readline()).decode().strip())
        given = b64decode(line.rpartition(" ")[2]).rpartition(b"\0")[2].decode() if "PLAIN" in line else None
        if self.relay.password in (None, given):
            await self.say("auth", "235 2.7.0 welcome")
        else:
            await self.say("refused", "535 5.7.8 authentication failed")

    async def mail(self, line: str) -> None:
        if self.sender is not None:
            await self.say("nested", "503 5.5.1 nested MAIL")
        elif await self.say("mail", "250 2.1.0 ok"):
            self.sender = line.split("<", 1)[1].split(">", 1)[0]

    async def rcpt(self, line: str) -> None:
        if self.sender is None:
            await self.say("early", "503 5.5.1 MAIL first")
            return
        self.recipient = line.split("<", 1)[1].split(">", 1)[0]
        if not await self.say("rcpt", "250 2.1.5 ok"):
            self.recipient = None

    async def data(self) -> None:
        if self.recipient is None:
            await self.say("early", "554 5.5.1 no valid recipients")
        elif await self.say("data", "354 go ahead"):
            lines = []
            while (line := await self.reader.readline()) != b".\r\n":
                if not line:
                    raise _Hangup
                lines.append(line.removeprefix(b"."))
            await self.end(b"".join(lines))

    async def bdat(self, size: int) -> None:
        message = await self.reader.readexactly(size)
        if self.recipient is None:
            self.sender = None
            await self.say("early", "554 5.5.1 no valid recipients")
        else:
            await self.end(message)

    async def end(self, message: bytes) -> None:
        sender, recipient = self.sender or "", self.recipient or ""
        reply = self.relay.policy("end", recipient)
        taken = reply is None or reply.startswith("2") or reply == DROP
        if taken:
            self.relay.received.append(Received(sender, recipient, message, reply != DROP))
        self.sender = None
        number = f"4F{len(self.relay.received):08X}"
        await self.say("ended", reply or f"250 2.0.0 Ok: queued as {number}")
        self.recipient = None
