"""The client's side of SMTP (RFC 5321) as an asyncio protocol: pipelined, chunked where offered, never out of step.

A session takes letters and reports exactly one answer for each. How they travel depends on what the relay offers:

- CHUNKING and PIPELINING (RFC 3030, RFC 2920): up to ``WINDOW`` whole transactions are on their way at once;
- PIPELINING: the next MAIL, RCPT and DATA follow the final dot of the last letter, one round trip per letter;
- neither: one command at a time.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, cast

import msgspec

from tocsin.delivery.wire import Answer, Letter, Offer, Reply, Stage, is_reply, reply_of, stuffed, texts_of

WINDOW = 16
"""Letters that one connection is given at once: with CHUNKING all are on their way, else the next ones are at hand."""

_LONGEST_REPLY = 65_536
_NEXT_WELL = re.compile(rb"(250 [^\n]*)\n250 [^\n]*\n250 [^\n]*\n354 [^\n]*\n")
"""With DATA: the last letter is accepted, and the next one's text may come."""
_STEPS = 4
"""Replies that such a look brings."""
_TOLD = ("EHLO", "HELO", "STARTTLS")
"""What may be named in an error; the lines of a log-in hold secrets."""
_GO_ON = Reply(354, "")
_NOTHING = (Stage.RESET, None)


class _Transaction(msgspec.Struct, gc=False):
    letter: Letter
    handed: bool = False
    refusal: Answer | None = None


_Lines: TypeAlias = tuple[Reply, list[str]]


class Session(asyncio.Protocol):
    """One connection to a relay. Used from one event loop only.

    ``answered`` is called once for each letter given to ``send``, possibly before ``send`` returns.
    """

    def __init__(self, answered: Callable[[Session, Letter, Answer], None], patience: float) -> None:
        """``patience`` is how many seconds the relay may take for its next reply."""
        self.offer = Offer()
        self.open = False
        self._pipelining = False
        self._chunking = False
        self._answered = answered
        self._patience = patience
        self.window = WINDOW
        """How many letters it may be given at once; fewer where others share the work."""
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._rest = b""
        self._lines: list[bytes] = []
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._greeting: asyncio.Future[_Lines] = loop.create_future()
        # Of a transaction that is sent whole only the next reply stands here: the one after it takes its place.
        self._expected: deque[tuple[Stage, _Transaction | asyncio.Future[_Lines] | None]] = deque()
        self._expected.append((Stage.HELLO, self._greeting))
        self._waiting: deque[Letter] = deque()
        self.outstanding = 0
        """How many letters it has that have no answer yet."""
        self._heard = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._needs_reset = False
        self._closing = "connection lost"
        self.closed = loop.create_future()

    # -- the conversation's beginning: one command at a time ---------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; also called with the new one after STARTTLS."""
        self._transport = cast("asyncio.Transport", transport)
        self._socket = self._socket or _own_socket(transport)
        self._hurry()

    async def greeting(self) -> Reply:
        """Wait for the relay's first words, which may have come already."""
        return (await self._reply(self._greeting, "no greeting"))[0]

    async def command(self, line: str) -> Reply:
        """Send one command and wait for its reply; use it before the first letter only."""
        return (await self._ask(line))[0]

    async def hello(self, name: str) -> Reply:
        """Say EHLO and take note of what is offered."""
        reply, lines = await self._ask(f"EHLO {name}")
        self.offer = Offer.of(lines) if reply.good else Offer()
        self._pipelining = "PIPELINING" in self.offer.extensions
        self._chunking = self._pipelining and "CHUNKING" in self.offer.extensions
        return reply

    @property
    def quiet(self) -> bool:
        """Tell whether nothing has come that was not waited for (RFC 3207: nothing may follow the STARTTLS reply)."""
        return not self._rest and not self._lines

    def start(self) -> None:
        """Be ready for letters."""
        self.open = True
        self._heard = self._time()
        self._watch()

    async def _ask(self, line: str) -> _Lines:
        future: asyncio.Future[_Lines] = asyncio.get_running_loop().create_future()
        self._expected.append((Stage.HELLO, future))
        self._write(line.encode() + b"\r\n")
        verb = line.partition(" ")[0]
        return await self._reply(future, f"no reply to {verb if verb in _TOLD else 'the log-in'}")

    async def _reply(self, future: asyncio.Future[_Lines], otherwise: str) -> _Lines:
        try:
            return await asyncio.wait_for(future, self._patience)
        except TimeoutError:
            raise TimeoutError(f"{otherwise} within {self._patience:g} s") from None

    # -- letters -----------------------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """How many letters may be given now without one waiting for another's reply for long."""
        return max(0, self.window - self.outstanding) if self.open else 0

    @property
    def breadth(self) -> int:
        """How many letters may be on their way over it at once."""
        return WINDOW if self._chunking else 1

    @property
    def idle(self) -> bool:
        """Tell whether no letter is on its way."""
        return not self.outstanding

    def send(self, letters: Iterable[Letter]) -> None:
        """Take letters; each gets its answer, even if the connection is already gone."""
        taken = [letter for letter in letters if not self._unfit(letter)]
        self.outstanding += len(taken)
        if not self.open:
            for letter in taken:
                self._finish(_Transaction(letter), Answer(Stage.MAIL, Reply(0, self._closing), handed=False))
        elif self._chunking:
            self._heard = self._time()
            self._write_all([part for letter in taken for part in self._whole(letter)])
        else:
            self._waiting.extend(taken)
            if not self._expected:
                self._heard = self._time()
                self._write(self._next())

    def quit(self) -> None:
        """Take leave; the connection ends when the relay closes it, or at once if letters are still on their way."""
        self.open = False
        if self._transport is None:
            return
        if not self.outstanding and not self._transport.is_closing():
            self._transport.write(b"QUIT\r\n")
        self._transport.close()

    def _unfit(self, letter: Letter) -> bool:
        """Answer in the relay's stead a letter that it said it cannot take."""
        if letter.utf8 and "SMTPUTF8" not in self.offer.extensions:
            reply = Reply(553, "5.6.7 the relay takes no addresses outside ASCII (SMTPUTF8)")
        elif self.offer.size and letter.size > self.offer.size:
            reply = Reply(552, f"5.3.4 the relay takes at most {self.offer.size} octets")
        else:
            return False
        self._answered(self, letter, Answer(Stage.MAIL, reply, handed=False))
        return True

    def _mail(self, letter: Letter, size: int) -> str:
        options = f" SIZE={size}" if "SIZE" in self.offer.extensions else ""
        if letter.utf8:
            options += " BODY=8BITMIME SMTPUTF8" if "8BITMIME" in self.offer.extensions else " SMTPUTF8"
        return f"MAIL FROM:<{letter.sender}>{options}\r\n"

    def _whole(self, letter: Letter) -> tuple[bytes, ...]:
        """Return a whole transaction with BDAT in parts, and expect its three replies."""
        reset, size = self._reset(), letter.size
        self._expected.append((Stage.MAIL, _Transaction(letter, True)))
        head = f"{self._mail(letter, size)}{_rcpt(letter)}BDAT {size} LAST\r\n"
        return (reset + head.encode(), *letter.parts)

    def _next(self) -> bytes:
        """Return the next letter's commands up to DATA, or its MAIL alone where the relay knows no pipelining."""
        if not self._waiting:
            return b""
        transaction = _Transaction(self._waiting.popleft())
        letter, start = transaction.letter, self._reset()
        mail = self._mail(letter, letter.size)
        self._expected.append((Stage.MAIL, transaction))
        if not self._pipelining:
            return start + mail.encode()
        self._expected.extend(((Stage.RCPT, transaction), (Stage.DATA, transaction)))
        return start + f"{mail}{_rcpt(letter)}DATA\r\n".encode()

    def _reset(self) -> bytes:
        if not self._needs_reset:
            return b""
        self._needs_reset = False
        self._expected.append((Stage.RESET, None))
        return b"RSET\r\n"

    # -- replies -----------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Split what came into replies; anything that is no reply ends the connection."""
        if b"\n" in data:  # an octet now and then is no reply
            self._heard = self._time()
        if self._next_well(data):
            return
        if not (self._chunking and self.outstanding >= self.window // 2):
            self._hurry()  # else there is enough on its way, and answers that come together cost less on both sides
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines[self._whole_ones_well(lines) :]:
            if not is_reply(line):
                self._break(f"not SMTP: {line[:60].decode('ascii', 'replace')}")
                return
            if line[3:4] == b"-":
                self._lines.append(line)
            else:
                whole, self._lines = (*self._lines, line), []
                self._replied(reply_of(whole), whole)
        if len(self._rest) + sum(map(len, self._lines)) > _LONGEST_REPLY:
            self._break("endless reply")

    # What nearly every reply of a large send is, and so worth a way of its own.

    def _next_well(self, data: bytes) -> bool:
        """Deal with ``data`` if it is what DATA brings when all is well: nothing else is on its way from the relay."""
        if len(self._expected) != _STEPS or self._rest or self._lines:
            return False
        (stage, last), (_, after) = self._expected[0], self._expected[-1]
        if stage is not Stage.END or not isinstance(last, _Transaction) or not isinstance(after, _Transaction):
            return False
        well = _NEXT_WELL.fullmatch(data)
        if well is None:
            return False
        self._expected.popleft()
        self._finish(last, last.refusal or _accepted(well[1]))
        self._expected.clear()
        self._data_allowed(after, _GO_ON)
        return True

    def _whole_ones_well(self, lines: list[bytes]) -> int:
        """With CHUNKING: deal with the lines up to the first that does not say 250; return how many they are."""
        expected, at = self._expected, 0
        while self._chunking and not self._lines and at < len(lines) and lines[at][:4] == b"250 ":
            stage, transaction = expected[0] if expected else _NOTHING
            if not isinstance(transaction, _Transaction):
                break
            if stage is Stage.END:
                expected.popleft()
                self._finish(transaction, transaction.refusal or _accepted(lines[at]))
                at += 1
            elif stage is Stage.MAIL and lines[at + 1 : at + 2] and lines[at + 1][:4] == b"250 ":
                expected[0] = (Stage.END, transaction)
                at += 2
            else:
                break
        return at

    def _replied(self, reply: Reply, lines: tuple[bytes, ...]) -> None:
        if not self._expected:
            self._closing = f"{reply.code} {reply.text}"
            return
        stage, waiting = self._expected.popleft()
        if isinstance(waiting, _Transaction):
            self._advance(stage, waiting, reply)
        elif waiting is not None and not waiting.done():
            waiting.set_result((reply, texts_of(lines)))

    def _advance(self, stage: Stage, transaction: _Transaction, reply: Reply) -> None:
        if stage is Stage.END:
            self._finish(transaction, transaction.refusal or Answer(stage, reply, handed=True))
        elif stage is Stage.DATA:
            self._data_allowed(transaction, reply)
        else:
            if transaction.refusal is None and not reply.good:
                transaction.refusal = Answer(stage, reply, handed=False)
            if self._chunking:
                self._expected.appendleft((Stage.RCPT if stage is Stage.MAIL else Stage.END, transaction))
            elif not self._pipelining:
                self._one_by_one(stage, transaction)

    def _one_by_one(self, stage: Stage, transaction: _Transaction) -> None:
        if transaction.refusal:
            self._refused(transaction, transaction.refusal)
        elif stage is Stage.MAIL:
            self._expected.append((Stage.RCPT, transaction))
            self._write(_rcpt(transaction.letter).encode())
        else:
            self._expected.append((Stage.DATA, transaction))
            self._write(b"DATA\r\n")

    def _data_allowed(self, transaction: _Transaction, reply: Reply) -> None:
        if reply.code != 354:
            self._refused(transaction, transaction.refusal or Answer(Stage.DATA, reply, handed=False))
            return
        # Whoever lets the text in without a recipient gets an empty one and refuses that.
        *text, end = (b".\r\n",) if transaction.refusal else stuffed(transaction.letter)
        transaction.handed = not transaction.refusal
        self._expected.append((Stage.END, transaction))
        self._write_all([*text, end + self._next() if self._pipelining else end])

    def _refused(self, transaction: _Transaction, answer: Answer) -> None:
        self._needs_reset = True
        self._finish(transaction, answer)

    def _finish(self, transaction: _Transaction, answer: Answer) -> None:
        self.outstanding -= 1
        if not answer.reply.good:
            self._needs_reset = True
        self._answered(self, transaction.letter, answer)
        if self.open and self._waiting and not self._expected:
            self._write(self._next())

    # -- the end -----------------------------------------------------------------------------------------------------

    def connection_lost(self, error: Exception | None) -> None:
        """Answer every letter that is still on its way: lost."""
        self.open = False
        if self._alarm:
            self._alarm.cancel()
        if self._socket is not None:
            self._socket.close()
        lost = Reply(0, self._closing if error is None else f"{self._closing}: {error}")
        expected, self._expected = self._expected, deque()
        futures = [entry for _, entry in expected if isinstance(entry, asyncio.Future)]
        for future in futures:
            if not future.done():
                future.set_exception(ConnectionResetError(lost.text))
        for transaction in {id(t): t for _, t in expected if isinstance(t, _Transaction)}.values():
            answer = transaction.refusal or Answer(Stage.END, lost, handed=transaction.handed)
            self._finish(transaction, answer)
        while self._waiting:
            self._finish(_Transaction(self._waiting.popleft()), Answer(Stage.MAIL, lost, handed=False))
        if not self.closed.done():
            self.closed.set_result(None)

    def _break(self, reason: str) -> None:
        self._closing = reason
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        if self.outstanding and self._time() - self._heard > self._patience:
            self._break(f"no reply within {self._patience:g} s")
            return
        self._alarm = asyncio.get_running_loop().call_later(self._patience / 4, self._watch)

    def _write(self, data: bytes) -> None:
        if data and self._transport is not None:
            self._transport.write(data)

    def _write_all(self, parts: Sequence[bytes]) -> None:
        if parts and self._transport is not None:
            self._transport.writelines(parts)

    def _hurry(self) -> None:
        """Acknowledge at once: with delayed ACKs and Nagle's algorithm at the relay a letter takes 40 ms.

        The kernel forgets this option, so it is set again after each read.
        """
        if self._socket is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _accepted(line: bytes) -> Answer:
    return Answer(Stage.END, Reply(250, line[4:].decode("utf-8", "replace").strip()), handed=True)


def _rcpt(letter: Letter) -> str:
    return f"RCPT TO:<{letter.recipient}>\r\n"


def _own_socket(transport: asyncio.BaseTransport) -> socket.socket | None:
    """Return a connection's socket, to set options of TCP at the price of one system call; None where it has none."""
    known = transport.get_extra_info("socket")
    if known is None or known.family == socket.AF_UNIX or not hasattr(socket, "TCP_QUICKACK"):
        return None
    return socket.socket(fileno=os.dup(known.fileno()))
