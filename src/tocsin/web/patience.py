"""HTTP as uvicorn speaks it, from clients that mean it: whoever is too slow with a request is cut."""

from __future__ import annotations

import asyncio
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE_S = 20.0
"""For the whole of a request, head and body; a connection that asks for nothing has as long."""
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Patient(H11Protocol):
    """One connection. uvicorn itself waits for ever for the rest of a request, an octet an hour."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request, for a while."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._late = self.loop.call_later(PATIENCE_S, self._cut)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request: the clock runs from its first octet to its last."""
        super().data_received(data)
        if not self._lacks():
            self._unwind()
        elif self._late is None:
            self._late = self.loop.call_later(PATIENCE_S, self._cut)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._unwind()
        super().connection_lost(exc)

    def _lacks(self) -> bool:
        """Tell whether a request has begun and is not whole."""
        state = self.conn.their_state
        return state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))

    def _unwind(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut(self) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(_TOO_SLOW)
        self.transport.close()
