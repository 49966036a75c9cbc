"""Reaching the relay: connecting, TLS, logging in; and one letter at a time for mails that are no alerts."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from tocsin.delivery.addresses import recipient as on_the_wire
from tocsin.delivery.outcomes import Outcome, judge
from tocsin.delivery.smtp import Session
from tocsin.delivery.wire import Answer, Letter, Reply, Stage
from tocsin.errors import Temporary
from tocsin.unreached import why_unreached

Security = Literal["none", "starttls", "tls"]


_REPLIES = 3
"""Times its patience that a relay has until it is ready: by then it has replied up to seven times, each in time."""


class RelayUnavailable(Temporary):
    """The relay can't be used now."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where letters are handed over. ``patience`` is how many seconds it may take for a reply.

    ``certificates`` is a file of the authorities that are trusted instead of the system's.
    """

    host: str
    port: int
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    hello: str = "localhost"
    patience: float = 60.0
    certificates: str | None = None

    def patient(self, seconds: float) -> Relay:
        """Return the same relay with another patience."""
        return replace(self, patience=seconds)


def this_host() -> str:
    """Return the name that this machine says EHLO with."""
    name = socket.getfqdn()
    return name if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name) else "localhost.localdomain"


async def connect(relay: Relay, answered: Callable[[Session, Letter, Answer], None]) -> Session:
    """Return a session that is ready for letters; raise ``RelayUnavailable`` with what the relay said."""
    most_s = _REPLIES * relay.patience
    try:
        return await asyncio.wait_for(_connect(relay, answered), most_s)
    except ssl.SSLCertVerificationError as error:
        told = f"{relay.host}:{relay.port}: its certificate does not hold ({error.verify_message})"
        raise RelayUnavailable(f"{told}: it must be renewed there, or host be the name it is for") from error
    except OSError as error:
        ours = isinstance(error, TimeoutError) and error.errno is None  # our own patience, which says what did not come
        told = (str(error) or f"not ready for mail within {most_s:g} s") if ours else why_unreached(error)
        raise RelayUnavailable(f"{relay.host}:{relay.port}: {told}") from error


async def _connect(relay: Relay, answered: Callable[[Session, Letter, Answer], None]) -> Session:
    loop = asyncio.get_running_loop()
    context = _context(relay) if relay.security != "none" else None
    connecting = loop.create_connection(
        lambda: Session(answered, relay.patience),
        relay.host,
        relay.port,
        ssl=context if relay.security == "tls" else None,
        server_hostname=relay.host if relay.security == "tls" else None,
    )
    try:
        transport, session = await asyncio.wait_for(connecting, relay.patience)
    except TimeoutError as error:
        raise TimeoutError(str(error) or f"no connection within {relay.patience:g} s") from error
    try:
        _good(relay, await session.greeting())
        await _greet(relay, session)
        if relay.security == "starttls" and context is not None:
            await _start_tls(relay, session, transport, context)
        if relay.user is not None:
            await _log_in(relay, session)
    except BaseException:
        session.quit()
        raise
    session.start()
    return session


def _context(relay: Relay) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=relay.certificates)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _greet(relay: Relay, session: Session) -> None:
    reply = await session.hello(relay.hello)
    if not reply.good:
        _good(relay, await session.command(f"HELO {relay.hello}"))


async def _start_tls(relay: Relay, session: Session, transport: asyncio.BaseTransport, context: ssl.SSLContext) -> None:
    if "STARTTLS" not in session.offer.extensions:
        raise RelayUnavailable(f"{relay.host}:{relay.port} offers no STARTTLS")
    _good(relay, await session.command("STARTTLS"))
    if not session.quiet:
        raise RelayUnavailable(f"{relay.host}:{relay.port} spoke before the handshake")
    loop = asyncio.get_running_loop()
    secured = await loop.start_tls(transport, session, context, server_hostname=relay.host)  # type: ignore[arg-type]
    if secured is None:
        raise RelayUnavailable(f"{relay.host}:{relay.port} closed during the handshake")
    session.connection_made(secured)
    await _greet(relay, session)


async def _log_in(relay: Relay, session: Session) -> None:
    user, password = relay.user or "", relay.password or ""
    if relay.security == "none" and relay.host not in ("127.0.0.1", "::1", "localhost"):
        raise RelayUnavailable("a password is not sent without TLS")
    if "PLAIN" in session.offer.auth:
        secret = b64encode(f"\0{user}\0{password}".encode()).decode()
        _let_in(relay, await session.command(f"AUTH PLAIN {secret}"))
    elif "LOGIN" in session.offer.auth:
        for line in ("AUTH LOGIN", b64encode(user.encode()).decode()):
            asked = await session.command(line)
            if asked.code != 334:  # the next line, a secret, must not answer a refusal
                raise RelayUnavailable(f"{relay.host}:{relay.port}: {asked.code} {asked.text}")
        _let_in(relay, await session.command(b64encode(password.encode()).decode()))
    else:
        raise RelayUnavailable(f"{relay.host}:{relay.port} offers no way to log in that we know")


def _let_in(relay: Relay, reply: Reply) -> None:
    if reply.code in (534, 535):
        where = f"{relay.host}:{relay.port}"
        raise RelayUnavailable(f"{where}: {reply.code} {reply.text}; check user and password_file")
    _good(relay, reply)


def _good(relay: Relay, reply: Reply) -> None:
    if not reply.good:
        raise RelayUnavailable(f"{relay.host}:{relay.port}: {reply.code} {reply.text}")


def send_one(relay: Relay, sender: str, recipient: str, message: bytes) -> Outcome:
    """Hand over one message and return its outcome; raise ``RelayUnavailable`` or, for the address, ``BadInput``."""
    to = on_the_wire(recipient)
    letter = Letter(0, sender, to.address, (_crlf(message),), to.utf8)
    return judge(asyncio.run(_send_one(relay, letter)))


async def _send_one(relay: Relay, letter: Letter) -> Answer:
    answers: list[Answer] = []
    settled = asyncio.Event()

    def answered(session: Session, letter: Letter, answer: Answer) -> None:
        answers.append(answer)
        settled.set()

    session = await connect(relay, answered)
    session.send([letter])
    await settled.wait()
    session.quit()
    return answers[0] if answers else Answer(Stage.END, Reply(0, "connection lost"), handed=True)


def _crlf(message: bytes) -> bytes:
    return re.sub(rb"\r\n|\r|\n", b"\r\n", message)
