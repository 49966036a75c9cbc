"""How, when and to whom something was said: medium, via and time of a statement."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.model import Span, TimeMention
from tocsin.reading.lexicon import Lexicon
from tocsin.reading.tokens import Token


def medium_of(text: str, span: Span, lexicon: Lexicon) -> str | None:
    """Return the medium named in the words around a cue ("statement", "Telegram"), or None."""
    found = lexicon.media.search(text, *span)
    return found.group() if found else None


def via_of(tokens: Sequence[Token], lexicon: Lexicon) -> str | None:
    """Return the outlet or person to whom it was said, as named in the words around a cue, or None.

    Only names count: "told reporters" names nobody.
    """
    index = 0
    while index < len(tokens):
        if tokens[index].tag == "U" and _audience_before(tokens, index, lexicon):
            end = index + 1
            while end < len(tokens) and (tokens[end].tag == "U" or tokens[end].lower in ("of", "&", "'s", "’s")):
                end += 1
            start = index - 1 if index and tokens[index - 1].text == "The" else index
            words = tokens[start:end]
            while words[-1].lower in ("of", "'s", "’s"):
                words = words[:-1]
            return " ".join(token.text for token in words)
        index += 1
    return None


def _audience_before(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    if lexicon.media.fullmatch(tokens[index].text):
        return False
    before = index - 1
    while before >= 0 and tokens[before].tag == "D":
        before -= 1
    return before >= 0 and tokens[before].lower in lexicon.words["via"]


def said_at(times: Sequence[TimeMention], zones: Sequence[Span]) -> str | None:
    """Return the value of the first point in time inside the words that say when something was said, or None."""
    for start, end in zones:
        for time in times:
            if start <= time.span[0] and time.span[1] <= end and time.kind == "point" and time.value:
                return time.value
    return None
