"""A relay that takes everything as fast as it can: PIPELINING and CHUNKING over epoll, for benches and kill tests.

``python -m tests.fakes.sink [--port N] [--log FILE] [--plain]`` prints its port and runs until it is killed. With
``--log`` one line ``recipient message-id`` is written for each message before it is accepted.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import socket
from dataclasses import dataclass

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n"
_PLAIN_HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_OK = b"250 2.0.0 Ok\r\n"
_RECIPIENT = re.compile(rb"RCPT TO:<([^>]*)>", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass
class _Conversation:
    connection: socket.socket
    held: bytes = b""
    recipient: bytes = b""
    in_data: bool = False


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
            data = one.connection.recv(1 << 20)
            if not data:
                return False
            answer, one.held = self._answer(one, one.held + data)
            if answer:
                one.connection.sendall(answer)
        except ConnectionError:
            return False
        return True

    def _answer(self, one: _Conversation, text: bytes) -> tuple[bytes, bytes]:
        """Return the replies to what is whole in ``text``, and the rest."""
        replies: list[bytes] = []
        at = 0
        while True:
            if one.in_data:
                end = text.find(b"\r\n.\r\n", at)
                if end < 0:
                    break
                replies.append(self._take(one, text[at:end]))
                one.in_data, at = False, end + 5
                continue
            end = text.find(b"\r\n", at)
            if end < 0:
                break
            line = text[at:end]
            verb = line[:4].upper()
            if verb == b"BDAT":
                size = int(line.split()[1])
                if len(text) < end + 2 + size:
                    break
                replies.append(self._take(one, text[end + 2 : end + 2 + size] if self._log is not None else b""))
                at = end + 2 + size
                continue
            at = end + 2
            replies.append(self._obey(one, verb, line))
        return b"".join(replies), text[at:]

    def _obey(self, one: _Conversation, verb: bytes, line: bytes) -> bytes:
        if verb == b"EHLO":
            return self._hello
        if verb == b"DATA":
            one.in_data = True
            return b"354 go ahead\r\n"
        if verb == b"QUIT":
            return b"221 2.0.0 bye\r\n"
        if verb == b"RCPT" and self._log is not None:
            found = _RECIPIENT.match(line)
            one.recipient = found[1] if found else b"?"
        return _OK

    def _take(self, one: _Conversation, message: bytes) -> bytes:
        self._taken += 1
        if self._log is not None:
            found = _MESSAGE_ID.search(message)
            os.write(self._log, one.recipient + b" " + (found[1] if found else b"?") + b"\n")
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
