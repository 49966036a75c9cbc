"""A relay that takes everything as fast as it can: PIPELINING and CHUNKING over epoll, for benches and kill tests.

``python -m tests.fakes.sink [--port N] [--log FILE] [--plain]`` prints its port and runs until it is killed. With
``--log`` one line ``recipient message-id seconds`` (of the steady clock) is written for each message before it is
accepted.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import socket
import time
from dataclasses import dataclass

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n"
_PLAIN_HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_OK = b"250 2.0.0 Ok\r\n"
_TWICE_OK = _OK + _OK
_RECIPIENT = re.compile(rb"RCPT TO:<([^>]*)>", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.IGNORECASE | re.MULTILINE)
# What a client with CHUNKING sends for one message: read in one go. Anything else is read line by line.
_WHOLE = re.compile(rb"MAIL FROM:<[^>\r\n]*>[^\r\n]*\r\nRCPT TO:<([^>\r\n]*)>\r\nBDAT (\d+) LAST\r\n")


@dataclass
class _Conversation:
    connection: socket.socket
    held: bytes = b""
    recipient: bytes = b""
    in_data: bool = False
    # Octets of a BDAT chunk that have not come yet, and (with a log) those that have.
    missing: int = 0
    chunk: bytes = b""


class Sink:
    """Listens on loopback; ``serve`` runs until the process ends."""

    def __init__(self, port: int = 0, log: str | None = None, *, chunking: bool = True) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._log = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644) if log else None
        self._hello = _HELLO if chunking else _PLAIN_HELLO
        self._taken = 0

    def serve(self) -> None:
        poll = select.epoll()
        poll.register(self._listener, select.EPOLLIN)
        open_ones: dict[int, _Conversation] = {}
        while True:
            for number, _ in poll.poll():
                if number == self._listener.fileno():
                    connection, _ = self._listener.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    connection.sendall(b"220 sink ESMTP\r\n")
                    open_ones[connection.fileno()] = _Conversation(connection)
                    poll.register(connection, select.EPOLLIN)
                elif not self._hear(open_ones[number]):
                    poll.unregister(number)
                    open_ones.pop(number).connection.close()

    def _hear(self, one: _Conversation) -> bool:
        try:
            data = one.connection.recv(1 << 18)
            if not data:
                return False
            replies: list[bytes] = []
            one.held = self._answer(one, one.held + data if one.held else data, replies)
            if replies:
                one.connection.sendall(b"".join(replies))
        except ConnectionError:
            return False
        return True

    def _answer(self, one: _Conversation, text: bytes, replies: list[bytes]) -> bytes:
        """Reply to what is whole in ``text``; return the rest."""
        at = 0
        while at < len(text):
            if one.missing:
                at = self._chunk(one, text, at, replies)
            elif one.in_data:
                end = text.find(b"\r\n.\r\n", at)
                if end < 0:
                    break
                replies.append(self._take(one, text[at:end]))
                one.in_data, at = False, end + 5
            elif whole := _WHOLE.match(text, at):
                recipient, size = whole.groups()
                one.recipient, one.missing = recipient, int(size)
                replies.append(_TWICE_OK)
                at = self._chunk(one, text, whole.end(), replies)
            else:
                end = text.find(b"\r\n", at)
                if end < 0:
                    break
                replies.append(self._obey(one, text[at:end]))
                at = end + 2
        return text[at:]

    def _chunk(self, one: _Conversation, text: bytes, at: int, replies: list[bytes]) -> int:
        """Pass over what has come of a chunk; only a log wants to look at it."""
        end = at + one.missing
        if end > len(text):
            end = len(text)
        one.missing -= end - at
        if self._log is not None:
            one.chunk += text[at:end]
        if not one.missing:
            replies.append(self._take(one, one.chunk))
            one.chunk = b""
        return end

    def _obey(self, one: _Conversation, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return self._hello
        if verb == b"DATA":
            one.in_data = True
            return b"354 go ahead\r\n"
        if verb == b"BDAT":
            one.missing = int(line.split()[1])
            return b"" if one.missing else self._take(one, b"")
        if verb == b"QUIT":
            return b"221 2.0.0 bye\r\n"
        if verb == b"RCPT":
            found = _RECIPIENT.match(line)
            one.recipient = found[1] if found else b"?"
        return _OK

    def _take(self, one: _Conversation, message: bytes) -> bytes:
        self._taken += 1
        if self._log is not None:
            found = _MESSAGE_ID.search(message)
            line = (one.recipient, found[1] if found else b"?", time.monotonic())
            os.write(self._log, b"%b %b %.3f\n" % line)
        return b"250 2.0.0 Ok: queued as %08X\r\n" % self._taken


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--log")
    options.add_argument("--plain", action="store_true", help="do not offer CHUNKING")
    chosen = options.parse_args()
    sink = Sink(chosen.port, chosen.log, chunking=not chosen.plain)
    print(sink.port, flush=True)
    sink.serve()


if __name__ == "__main__":
    main()
