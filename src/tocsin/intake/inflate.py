"""Decompressing bodies with a bound, so that a small bomb never becomes a large page."""

from __future__ import annotations

import zlib

from tocsin.errors import Permanent, Temporary

ENCODINGS = "gzip, deflate"
"""What is asked for. Brotli is not: its decoder offers no bound on what it gives out."""

_GZIP, _ZLIB, _RAW = 31, 15, -15


class UnknownEncoding(Permanent):
    """The body is compressed in a way that was not asked for."""


class BrokenBody(Temporary):
    """The compressed body is damaged or cut off."""


class Inflater:
    """Decompresses one body piece by piece; ``identity`` passes through."""

    def __init__(self, encoding: str) -> None:
        """Start for a Content-Encoding; one that was not asked for raises UnknownEncoding."""
        self._kind = encoding.strip().lower()
        self._engine = None
        if self._kind in ("gzip", "x-gzip"):
            self._engine = zlib.decompressobj(_GZIP)
        elif self._kind not in ("", "identity", "deflate"):
            raise UnknownEncoding(encoding[:40])

    def feed(self, piece: bytes, room: int) -> bytes:
        """Return what the piece decompresses to, at most ``room`` bytes (the rest is dropped: the caller refuses)."""
        if self._kind in ("", "identity"):
            return piece[: max(room, 0)]
        if room <= 0:
            return b""
        if self._engine is None:
            self._engine = zlib.decompressobj(_ZLIB if _looks_like_zlib(piece) else _RAW)
        try:
            return self._engine.decompress(piece, room)
        except zlib.error as error:
            raise BrokenBody(str(error)) from error

    def finish(self) -> None:
        """Raise BrokenBody when the compressed stream was cut off."""
        if self._engine is not None and not self._engine.eof:
            raise BrokenBody("the stream was cut off")


def _looks_like_zlib(piece: bytes) -> bool:
    """Tell zlib's header (RFC 1950) from raw deflate, which many servers send under the same name."""
    return len(piece) >= 2 and piece[0] & 0x0F == 8 and int.from_bytes(piece[:2], "big") % 31 == 0
