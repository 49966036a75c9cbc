"""A folder of an IMAP account (RFC 9051, 3501), read without changing it: what is new, and word when more comes.

Only what this needs is spoken: log in over TLS, EXAMINE, SEARCH and FETCH by UID with PEEK, IDLE (RFC 2177). The
connection passes the same guard as every other; sizes, times and numbers of what a server may say are bounded.
"""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tocsin.errors import Permanent
from tocsin.intake.fetch import ALLOW_IT, Broken, ForbiddenAddress, TooSlow, Unreachable
from tocsin.intake.guard import Guard
from tocsin.intake.mailbox import LARGEST, LONGEST_HEAD, Place

_PATIENCE_S = 20.0
_PATIENCE_WITH_MAIL_S = 120.0  # ten megabytes over a thin line
_LONGEST_LINE = 1 << 20
_LARGEST_LITERAL = LARGEST + (1 << 20)  # servers count sizes differently
_MOST_RESPONSES = 100_000
_SPAN, _WIDEST_SPAN = 1 << 10, 1 << 16
"""Numbers that one search looks through behind the first: it answers in one line, whose length they bound."""
_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}$")
_UID = re.compile(rb"\bUID (\d{1,10})")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})")


class LogInRefused(Permanent):
    """The mail server refuses the log-in."""


class Declined(Permanent):
    """The mail server declines."""


@dataclass(frozen=True, slots=True)
class _Response:
    """One response: its text, each literal in it as ``{n}``, and the literals."""

    text: bytes
    literals: tuple[bytes, ...] = ()


class Imap:
    """A connection, logged in; use it from one task."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._number = 0
        self._next = 0
        self._news = self._idling = False
        self.capabilities: frozenset[str] = frozenset()

    @classmethod
    async def open(cls, place: Place, password: str, guard: Guard) -> Imap:
        """Connect and log in.

        Raises Unreachable, TooSlow, Broken (temporary), ForbiddenAddress, LogInRefused or Declined (permanent).
        """
        try:
            async with asyncio.timeout(_PATIENCE_S):
                imap = cls(*await _connected(place, guard))
                greeting = await imap._response()
                if not greeting.text.startswith(b"* OK"):
                    raise Declined(_said(greeting.text))
        except TimeoutError as error:
            raise TooSlow(f"{place.host}, limit {_PATIENCE_S:g} s") from error
        try:
            await imap._log_in(place.user, password)
            await imap._learn()
        except BaseException:
            imap.drop()
            raise
        return imap

    @property
    def idles(self) -> bool:
        """Tell whether the server gives word of new mail."""
        return "IDLE" in self.capabilities

    async def examine(self, folder: str) -> tuple[int, int]:
        """Open a folder for reading; return its UIDVALIDITY and how many mails it has."""
        validity, count = None, 0
        for response in await self._command(b"EXAMINE " + _quoted(folder)):
            if found := re.search(rb"\[UIDVALIDITY (\d{1,10})\]", response.text):
                validity = int(found[1])
            if found := re.search(rb"\[UIDNEXT (\d{1,10})\]", response.text):
                self._next = int(found[1])
            if found := re.fullmatch(rb"\* (\d{1,10}) EXISTS", response.text):
                count = int(found[1])
        if validity is None:
            raise Broken("the mail server gives no UIDVALIDITY")
        if not self._next and count:
            self._next = await self._last() + 1
        return validity, count

    async def _last(self) -> int:
        """Return the highest UID: a server of the first IMAP4rev1 (RFC 2060) need not tell the next one."""
        found = (_UID.search(response.text) for response in await self._command(b"FETCH * (UID)"))
        return max((int(uid[1]) for uid in found if uid), default=0)

    async def newest(self, count: int, most: int) -> list[int]:
        """Return the UIDs of the newest mails of a folder that has ``count``, at most so many, in order."""
        return (await self._search(b"%d:*" % max(1, count - most + 1)))[-most:] if count else []

    async def after(self, uid: int) -> list[int]:
        """Return the next UIDs after one, in order: some of them when they are many, none when there are none.

        What the folder had when it was opened is looked through by and by, or the answer would have no bound.
        """
        self._news = False
        first, span = uid + 1, _SPAN
        while first < self._next:
            last = min(first + span, self._next) - 1
            if found := await self._search(b"UID %d:%d" % (first, last)):
                return found
            first, span = last + 1, min(2 * span, _WIDEST_SPAN)
        return [each for each in await self._search(b"UID %d:*" % first) if each >= first]

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the octets of mails by UID; one that is gone meanwhile is left out."""
        listed = b",".join(b"%d" % uid for uid in uids)
        found = [response.text for response in await self._command(b"UID FETCH %b (UID RFC822.SIZE)" % listed)]
        told = ((_UID.search(text), _SIZE.search(text)) for text in found)
        return {int(uid[1]): int(size[1]) for uid, size in told if uid and size}

    async def mail(self, uid: int, *, whole: bool = True) -> bytes | None:
        """Return a mail, or its head only, without marking it as read; None when it is gone."""
        section = b"" if whole else b"HEADER"
        part = b"" if whole else b"<0.%d>" % LONGEST_HEAD
        command = b"UID FETCH %d (UID BODY.PEEK[%b]%b)" % (uid, section, part)
        for response in await self._answer(self._send(command), patience_s=_PATIENCE_WITH_MAIL_S):
            found = _UID.search(response.text)
            if found and int(found[1]) == uid and response.literals:
                return response.literals[0]
        return None

    async def wait(self, seconds: float) -> None:
        """Return when a mail has come, or after ``seconds`` at the latest (below 29 minutes)."""
        if self._news:
            return
        tag, self._idling = self._send(b"IDLE"), True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._news:
                    response = await self._response()
                    if response.text.startswith(tag + b" "):
                        raise Declined(_said(response.text[len(tag) + 1 :]))
                    self._heed(response)
        self._write(b"DONE\r\n")
        await self._answer(tag)
        self._idling = False

    async def close(self) -> None:
        """Log out, as far as the server still listens: one that idles hears nothing but DONE."""
        if self._idling:
            return self.drop()
        with suppress(Broken, Declined, TooSlow, OSError):
            async with asyncio.timeout(1.0):
                await self._command(b"LOGOUT")
        return self.drop()

    def drop(self) -> None:
        """End the connection."""
        self._writer.close()

    # -- how it is spoken ----------------------------------------------------------------------------------------------

    async def _log_in(self, user: str, password: str) -> None:
        await self._learn()
        plain = "AUTH=PLAIN" in self.capabilities
        if not plain and "LOGINDISABLED" in self.capabilities:
            raise Declined("it takes no password (an app password is needed where accounts log in by OAuth)")
        if not plain and not ((user + password).isascii() and (user + password).isprintable()):
            raise LogInRefused("the mail server takes printable ASCII characters only, in user and password")
        try:
            if plain:
                tag = self._send(b"AUTHENTICATE PLAIN")
                await self._answer(tag, goes_on=b64encode(f"\0{user}\0{password}".encode()))
            else:
                await self._command(b"LOGIN %b %b" % (_quoted(user), _quoted(password)))
        except Declined as error:
            raise LogInRefused(f"{error}; check user and password_file") from None

    async def _learn(self) -> None:
        for response in await self._command(b"CAPABILITY"):
            if response.text.upper().startswith(b"* CAPABILITY "):
                self.capabilities = frozenset(response.text[13:].decode("ascii", "replace").upper().split())

    async def _search(self, criteria: bytes) -> list[int]:
        found: set[int] = set()
        for response in await self._command(b"UID SEARCH " + criteria):
            if response.text.upper().startswith(b"* SEARCH"):
                found.update(int(word) for word in response.text.split()[2:] if word.isdigit() and len(word) <= 10)
        return sorted(found)

    async def _command(self, text: bytes) -> list[_Response]:
        return await self._answer(self._send(text))

    def _send(self, text: bytes) -> bytes:
        self._number += 1
        tag = b"T%d" % self._number
        self._write(tag + b" " + text + b"\r\n")
        return tag

    def _write(self, line: bytes) -> None:
        if self._writer.is_closing():
            raise Broken("the mail server hung up")
        self._writer.write(line)

    async def _answer(
        self, tag: bytes, *, goes_on: bytes | None = None, patience_s: float = _PATIENCE_S
    ) -> list[_Response]:
        """Return the responses up to a command's end; ``goes_on`` is what follows when the server asks for more."""
        found: list[_Response] = []
        try:
            async with asyncio.timeout(patience_s):
                while True:
                    response = await self._response()
                    self._heed(response)
                    if response.text.startswith(tag + b" "):
                        break
                    if response.text.startswith(b"+") and goes_on is not None:
                        self._write(goes_on + b"\r\n")
                        goes_on = None
                    found.append(response)
                    if len(found) > _MOST_RESPONSES:
                        raise Broken("the mail server talks without end")
        except TimeoutError as error:
            raise TooSlow(f"the mail server, limit {patience_s:g} s") from error
        if response.text[len(tag) + 1 :].upper().startswith(b"OK"):
            return found
        raise Declined(_said(response.text[len(tag) + 1 :]))

    def _heed(self, response: _Response) -> None:
        if response.text.endswith(b" EXISTS"):
            self._news = True

    async def _response(self) -> _Response:
        text = b""
        literals: list[bytes] = []
        try:
            while True:
                line = await self._reader.readuntil(b"\n")
                text += line.rstrip(b"\r\n")
                found = _LITERAL.search(text)
                if found is None:
                    break
                if int(found[1]) > _LARGEST_LITERAL or len(literals) > 20 or len(text) > _LONGEST_LINE:
                    raise Broken("the mail server sends more than it was asked for")
                literals.append(await self._reader.readexactly(int(found[1])))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise Broken(f"the mail server hung up or made no sense ({type(error).__name__})") from error
        return _Response(text, tuple(literals))


async def _connected(place: Place, guard: Guard) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the first address that answers and that the guard permits."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(place.host, place.port, type=1)
        last: OSError = OSError("no address")
        for info in found:
            try:  # an address that swallows what it is sent must leave time for those behind it
                async with asyncio.timeout(_PATIENCE_S / (len(found) + 1)):
                    return await _speaking(place, guard.open_socket(info), info[4])
            except OSError as error:
                last = error
        raise last
    except OSError as error:
        if error.errno == errno.EACCES:
            raise ForbiddenAddress(f"{place.host}; {ALLOW_IT}") from error
        raise Unreachable(f"{place.host}:{place.port}: {error}") from error


async def _speaking(
    place: Place, sock: socket.socket, where: tuple[object, ...]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    sock.setblocking(False)
    context = ssl.create_default_context() if place.tls else None
    name = place.host if place.tls else None
    try:
        await asyncio.get_running_loop().sock_connect(sock, where)
        return await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name, limit=_LONGEST_LINE)
    except BaseException:
        sock.close()
        raise


def _quoted(text: str) -> bytes:
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'


def _said(text: bytes) -> str:
    return " ".join(text.decode("ascii", "replace").split())[:200]
