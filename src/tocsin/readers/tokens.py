"""Tokens in readers' links: what a link may do is sealed into it by a keyed hash, and nothing is stored.

A token is base64url of ``purpose (1) + number (6) [+ expiry (5)] + truncated HMAC-SHA-256``. Each purpose has a key of
its own, derived from the installation's secret, so that a token of one purpose can never pass as another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from datetime import datetime, timedelta
from enum import Enum

LOOK = re.compile(r"(?:dQAA|Y[wQ]AA|bQAA)[\w-]{28,}")
"""How every token looks, mailed or timed: its purpose and the zeros of a number below 2³² in base64."""
MAILED_LENGTH = 32
"""Characters of a mailed token, always: the compiled message is filled without changing its length."""
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_NUMBER, _EXPIRY, _SEAL, _TIMED_SEAL = 6, 5, 17, 18


class Purpose(Enum):
    """What a timed token is good for: one thing only."""

    CONFIRM = b"c"
    """Confirm a sign-up; names the sign-up."""
    ACCOUNT = b"a"
    """Export, erase, or ask for a change of address; names the subscriber."""
    MOVE = b"m"
    """Confirm a change of address at the new one; names the change."""


class Tokens:
    """Seals and reads tokens with the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._mailed = _derive(secret, b"mailed")
        self._browser = _derive(secret, b"browser")
        self._timed = {purpose: _derive(secret, purpose.name.encode()) for purpose in Purpose}

    def mailed(self, subscriber_id: int) -> str:
        """Return the token in every alert of a subscriber: 32 characters, never expires.

        It can unsubscribe, pause and choose topics, and nothing else, for mails get forwarded.
        """
        body = b"u" + subscriber_id.to_bytes(_NUMBER, "big")
        # What urlsafe_b64encode does, in half the time: each alert mailed needs a token.
        return b2a_base64(body + self._mailed.seal(body, _SEAL), newline=False).translate(_URLSAFE).decode()

    def read_mailed(self, token: str) -> int | None:
        """Return the subscriber of a mailed token, or None for anything else."""
        body = _opened(token, b"u", 1 + _NUMBER, _SEAL, self._mailed)
        return None if body is None else int.from_bytes(body[1:], "big")

    def browser(self, address_key: str) -> str:
        """Return the mark by which the browser that signed an address up is known again."""
        return self._browser.seal(address_key.encode(), 32).hex()

    def timed(self, purpose: Purpose, number: int, now: datetime, life: timedelta) -> str:
        """Return a token for ``number`` that is good for ``purpose`` until ``now + life`` (to the second)."""
        expiry = int((now + life).timestamp())
        body = purpose.value + number.to_bytes(_NUMBER, "big") + expiry.to_bytes(_EXPIRY, "big")
        return urlsafe_b64encode(body + self._timed[purpose].seal(body, _TIMED_SEAL)).decode()

    def read_timed(self, purpose: Purpose, token: str, now: datetime, longest: timedelta | None = None) -> int | None:
        """Return the number that a token of this purpose names; None when forged, expired or made for another.

        With ``longest`` also when it is good for longer than that: a clock that was ahead has made it.
        """
        body = _opened(token, purpose.value, 1 + _NUMBER + _EXPIRY, _TIMED_SEAL, self._timed[purpose])
        left = 0.0 if body is None else int.from_bytes(body[1 + _NUMBER :], "big") - now.timestamp()
        if body is None or left <= 0 or (longest is not None and left > longest.total_seconds()):
            return None
        return int.from_bytes(body[1 : 1 + _NUMBER], "big")


class _Key:
    """HMAC-SHA-256 (RFC 2104) with the key's two blocks hashed once: each alert mailed needs a seal."""

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def seal(self, body: bytes, length: int) -> bytes:
        """Return the first ``length`` octets of the keyed hash."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(body)
        outer.update(inner.digest())
        return outer.digest()[:length]


def _derive(secret: bytes, name: bytes) -> _Key:
    return _Key(hmac.digest(secret, b"tocsin token " + name, "sha256"))


def _opened(token: str, purpose: bytes, body_length: int, seal_length: int, key: _Key) -> bytes | None:
    try:
        raw = urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        return None
    # Base64 decoders pass over foreign characters: only the one true spelling of a token is a token.
    if len(raw) != body_length + seal_length or urlsafe_b64encode(raw).decode() != token:
        return None
    body, seal = raw[:body_length], raw[body_length:]
    genuine = hmac.compare_digest(seal, key.seal(body, seal_length))
    return body if genuine and body.startswith(purpose) else None
