"""Insertions that belong to a speaker: "Name, a role,", "the mayor – who was there –"."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.reading.lexicon import Lexicon
from tocsin.reading.phrase_ahead import phrase_end
from tocsin.reading.phrase_back import phrase_back
from tocsin.reading.phrase_words import LONGEST, WALL, Range, is_role, is_speech
from tocsin.reading.tokens import Token


def before_dashes(tokens: Sequence[Token], closing: int, lexicon: Lexicon) -> Range | None:
    """Return the noun phrase before "– who was there –"."""
    for opening in range(closing - 1, max(0, closing - LONGEST), -1):
        if tokens[opening].tag == "-":
            inserted = closing - opening > 1 and tokens[opening + 1].tag in "RDPB"
            return phrase_back(tokens, opening - 1, lexicon) if inserted else None
        if tokens[opening].tag in WALL:
            return None
    return None


def with_open_apposition(tokens: Sequence[Token], found: Range | None, lexicon: Lexicon) -> Range | None:
    """Take in the name before "…, a senior adviser to the ministry said", where no second comma closes the role."""
    if found is None or found[0] < 2 or tokens[found[0] - 1].tag != ",":
        return found
    if tokens[found[0]].lower not in lexicon.words["article"]:
        return found
    start = found[0] - 2
    while start >= 0 and tokens[start].tag == "U":
        start -= 1
    name = found[0] - 2 - start
    if name < 2 or not any(is_role(token, lexicon) for token in tokens[found[0] : found[1]]):
        return found
    return (start + 1, found[1]) if start < 0 or tokens[start].tag in ".;:,Q" else found


def with_apposition(tokens: Sequence[Token], comma: int, lexicon: Lexicon) -> Range | None:
    """Return "Name, a role …" when the comma before a verb closes such an insertion."""
    start = comma - 1
    while start >= 0 and tokens[start].tag not in WALL and tokens[start].tag != "(" and not is_speech(tokens[start]):
        start -= 1
    start += 1
    while start < comma:
        stop = next((k for k in range(start, comma) if tokens[k].tag == ","), comma)
        if stop == comma:
            return None
        head = _head(tokens, start, stop, lexicon)
        if head is not None and _apposition_like(tokens, stop + 1, lexicon):
            return head[0], comma
        if head is not None and _insertion_like(tokens, stop + 1):
            return head
        start = stop + 1
    return None


def apposition_end(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> int | None:
    """Return the index behind the apposition that begins at ``first``, or None when none does."""
    if not _apposition_like(tokens, first, lexicon) or tokens[first].lower == "which":
        return None
    if tokens[first].tag == "R" or tokens[first].lower in lexicon.words["whose"]:
        end = next((k for k in range(first, len(tokens)) if _parts(tokens[k])), len(tokens))
        return end if end > first + 1 else None
    end = phrase_end(tokens, first, lexicon)
    if end < len(tokens) and tokens[end].tag in "XVS":
        return None
    return end if end > first else None


def _head(tokens: Sequence[Token], start: int, stop: int, lexicon: Lexicon) -> Range | None:
    while start < stop and tokens[start].tag in "CJB":
        start += 1
    if start >= stop or tokens[start].tag not in "DUN#SQ":
        return None
    found = phrase_back(tokens, stop - 1, lexicon) if tokens[stop - 1].tag not in "SR" else (stop - 1, stop)
    return found if found and found[0] <= start else None


def _apposition_like(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    if index >= len(tokens) or tokens[index].lower in lexicon.words["thing"] or tokens[index].lower == "that":
        return False
    token = tokens[index]
    if token.tag in "RDU" or token.lower in lexicon.words["apposing"]:
        return True
    if token.tag == "#":
        return index + 1 >= len(tokens) or tokens[index + 1].tag in ",."
    if token.tag != "N" or token.lower.endswith(("ing", "ed")):
        return False
    return any(is_role(word, lexicon) for word in tokens[index : index + 6])


def _insertion_like(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    agent = index + 1 < len(tokens) and tokens[index + 1].lower == "by"
    return token.tag in "PBJ" or token.lower.endswith("ing") or (token.lower.endswith("ed") and agent)


def _parts(token: Token) -> bool:
    return token.tag in WALL or token.tag == "," or is_speech(token)
