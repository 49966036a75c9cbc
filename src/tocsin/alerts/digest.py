"""Digests: what was held back from a reader becomes one fresh summary, without what has been superseded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tocsin.model import Band, Digest, DigestEntry, VersionKind

MOST_ENTRIES = 20

_ORDER = {Band.FLASH: 0, Band.ALERT: 1, Band.WATCH: 2, Band.NONE: 3}


def digest_of(held: Iterable[Sequence[DigestEntry]]) -> Digest | None:
    """Return the digest of the held-back alerts, each given as the chain of its approved versions in any order.

    Of each alert only the newest version is told; one that was withdrawn is not told at all, for whoever was sent it
    has been told of the withdrawal. The most urgent come first, then the newest. None when nothing is left to tell.
    """
    newest = (max(chain, key=lambda entry: entry.number) for chain in held if chain)
    standing = [entry for entry in newest if entry.draft.kind is not VersionKind.WITHDRAWAL]
    standing.sort(key=lambda entry: (_ORDER[entry.draft.band], -entry.at.timestamp()))
    return Digest(tuple(standing[:MOST_ENTRIES]), max(0, len(standing) - MOST_ENTRIES)) if standing else None
