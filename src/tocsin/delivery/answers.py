"""What relays answer, without what differs from letter to letter: numbers, names of hosts, their own names of messages.

No relay's answer is standardised beyond its code (RFC 5321) and status (RFC 3463). What varies is told by its look, so
that a relay nobody has met yet is read as well as the large ones.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 500
"""Characters of an answer that are looked at."""
_NAME = r"[\w.+/=@-]+"
_PLAIN_NAME = re.compile(r"[\w.+/=-]{1,64}")
_MARKED = re.compile(
    rf"queued as <?({_NAME})|queued on \S+ (?:as )?({_NAME})|\bid[= ]<?({_NAME})|<({_NAME})>", re.IGNORECASE
)
"""Names that are said to be names: Postfix and most who copy it; Yandex; Exim, Oracle and others; Exchange."""
_WORD = re.compile(r"[^\s<>()\[\]{},;:\"'=…]+")
_SAME = re.compile(r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){2,3}|[A-Z]{2,4}-?\d{1,4})(?![\w.])")
"""Digits that do not differ: a status, an IPv4 address (ours, most likely), a provider's short code (TSS04, BL21)."""
_MADE = re.compile(r"\d|^[a-fA-F]{8,}$")
_MIXED = re.compile(r"(?=.{8}).*[a-z].*[A-Z]")
_SPOKEN = re.compile(r"(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,5}+(?![a-z])|[^A-Za-z])+")
"""Capitals where words begin (RateLimitError), not where the lot puts them."""
_HOST = re.compile(r"(?:[\w-]+\.)+[A-Za-z]{2,}")
_SHORTEST_NAME, _LONGEST_NAME = 6, 100
"""Characters of a name that could be told from another one, and how many of it are kept."""


def parted(text: str) -> tuple[str, str]:
    """Part an acceptance into what this relay says to all, and its own name for this message, or nothing.

    The name is as it comes again in what the relay sends back: of ``<name@host>`` what stands before the host.
    """
    # What Postfix says and most others copy; a search would cost more than all else that is done with an answer.
    head, mark, name = text.rpartition("queued as ")
    if mark and _PLAIN_NAME.fullmatch(name):
        return _queued(head[:LONGEST]), name
    return _searched(text[:LONGEST])


@lru_cache(maxsize=256)
def _queued(head: str) -> str:
    return f"{kind_of(head)}queued as …"


@lru_cache(maxsize=256)
def _searched(text: str) -> tuple[str, str]:
    found = _MARKED.search(text)
    name = next(filter(None, found.groups())) if found else _likeliest(text)
    kind = kind_of(text.replace(name, "…", 1) if name else text)
    return kind, name.partition("@")[0][:_LONGEST_NAME]


def _likeliest(text: str) -> str:
    """Return the longest word that looks made for this message; nothing when there is none."""
    made = [word for word in _WORD.findall(text) if _varies(word) and not _HOST.fullmatch(word)]
    longest = max(made, key=len, default="")
    return longest if len(longest) >= _SHORTEST_NAME and re.fullmatch(_NAME, longest) else ""


@lru_cache(maxsize=256)
def kind_of(text: str) -> str:
    """Return an answer with an ellipsis in place of each word that differs from letter to letter."""
    return _WORD.sub(lambda word: "…" if _varies(word[0]) else word[0], text[:LONGEST])


def _varies(word: str) -> bool:
    rest = _SAME.sub("", word)
    return bool(_MADE.search(rest) or (_MIXED.match(rest) and not _SPOKEN.fullmatch(rest)))
