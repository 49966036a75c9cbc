"""Proof of work (hashcash): a browser spends a second so that a program spends hours. Nobody needs it to sign up."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

FRESH = timedelta(hours=1)
_LONGEST = 80


def proves(proof: str, email: str, bits: int, now: datetime) -> bool:
    """Tell whether ``proof`` (``seconds.nonce``, seconds since 1970) is work done for this address within an hour.

    SHA-256 of ``tocsin:email:seconds:nonce`` must begin with ``bits`` zero bits; ``email`` is what the reader typed.
    No challenge is fetched, so that it works behind page caches.
    """
    seconds, _, nonce = proof.partition(".")
    if bits <= 0 or len(proof) > _LONGEST or not (seconds.isascii() and seconds.isdecimal() and nonce):
        return False
    if abs(now.timestamp() - int(seconds)) > FRESH.total_seconds():
        return False
    digest = hashlib.sha256(f"tocsin:{email}:{seconds}:{nonce}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
