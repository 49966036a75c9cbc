"""The gloss of a quoted word: “ZSU”, the acronym for …; “Slava Ukraini” (“Glory to Ukraine”)."""

from __future__ import annotations

import re

from tocsin.model import Span

_WORDS = re.compile(
    r"[”\"’»'’]{0,2},?\s{0,2}[—–-]?\s{0,2}"
    r"((?:(?:(?:the|an?)\s)?(?:\w{1,20}\s)?(?:acronym|abbreviation|initials|name|word|term|nickname|slang|short|[A-Z]\w{2,20})\s(?:for|of)"
    r"|meaning|which\s(?:means|stands\sfor)|that\sis"
    r"|абревіатура|скорочення(?:\sвід)?|скорочено\sвід|тобто|що\sозначає"
    r"|аббревиатура|сокращение(?:\sот)?|сокращённо\sот|то\sесть|что\sозначает)"
    r"\s[^,.;:!?()\n—«»“”\"]{2,120})"
)
_BRACKET = re.compile(r"[”\"’»']{0,2}\s?\(([^()\n]{2,80})\)")


def find_gloss(text: str, quote_end: int, limit: int) -> Span | None:
    """Return the span of the words that explain the quotation whose words end at ``quote_end``, or None.

    The span takes in the words that call it an explanation ("the acronym for …") and ends before ``limit``.
    """
    found = _WORDS.match(text, quote_end, limit) or _BRACKET.match(text, quote_end, limit)
    if found is None:
        return None
    start, end = found.span(1)
    return start, start + len(text[start:end].rstrip())
