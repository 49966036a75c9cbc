"""Words and marks of a sentence with their offsets; each quotation is one token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tocsin.model import Span
from tocsin.reading.quotes import Quote
from tocsin.reading.sentences import ABBREVIATIONS

_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,6}"  # U.S.
    r"|\d{1,4}(?:-[^\W\d_]{1,40}){1,4}"  # 78-year-old
    r"|\d+(?:[.,:]\d+){0,6}"
    r"|[^\W_]{1,80}(?:(?:[-&]|[’'](?!(?:s|re|ve|ll|d|m|t)\b))[^\W_]{1,80}){0,6}"  # O'Brien, п'ять, but Kyiv | 's
    r"|[’'](?:[a-z]{1,2}\b)?"
    r"|[^\w\s]"
)
_DASHES = frozenset("—–-―")
_PUNCTUATION = frozenset(",;:()[].!?…/|•")
_THERE = frozenset({"that", "there", "here", "what"})
_MARKS = _DASHES | _PUNCTUATION | frozenset("&%$€£₴₽+@'’")


class Token(NamedTuple):
    """A word or mark.

    ``lower`` has straight apostrophes, ``tag`` is the word class (see ``tokenise``), ``quote`` is set for a quotation.
    """

    text: str
    lower: str
    start: int
    end: int
    tag: str
    quote: Quote | None = None


def tokenise(text: str, span: Span, quotes: tuple[Quote, ...], classes: Mapping[str, str]) -> list[Token]:
    """Return the tokens of ``text[start:end]``; each of the ``quotes`` inside becomes one token tagged ``Q``.

    A tag is the word's class in ``classes``, the mark itself for punctuation (``-`` for every dash), ``G`` for the mark
    of a genitive, ``U`` for other capitalised words, ``B`` for adverbs in -ly, ``#`` for numbers, ``N`` for the rest.
    """
    tokens: list[Token] = []
    position, end = span
    for quote in quotes:
        _add_words(tokens, text, position, quote.start, classes)
        tokens.append(Token(text[quote.start : quote.end], "", quote.start, quote.end, "Q", quote))
        position = quote.end
    _add_words(tokens, text, position, end, classes)
    return tokens


def _add_words(tokens: list[Token], text: str, start: int, end: int, classes: Mapping[str, str]) -> None:
    for match in _WORD.finditer(text, start, end):
        word = match.group()
        lower = word.lower()
        if "’" in lower:
            lower = lower.replace("’", "'")
        if word[0].isalpha():
            tag = classes.get(lower) or ("U" if word[0].isupper() else "B" if lower.endswith("ly") else "N")
        elif word == "." and match.end() < end and _is_abbreviation(tokens, match.start()):
            tokens[-1] = tokens[-1]._replace(text=tokens[-1].text + ".", end=match.end())
            continue
        elif not (word[0].isalnum() or word[0] in _MARKS):
            continue  # emoji, asterisks and the like stand for nothing
        else:
            tag = classes.get(lower) or _tag(word, lower)
        if tag == "N" and tokens and word[0].isupper():
            tag = "U"
        elif tag == "U" and not tokens and lower.endswith("ly") and text[match.end() : match.end() + 1] == ",":
            tag = "B"
        if tag == "G" and len(word) > 1 and tokens and (tokens[-1].tag in "SR" or tokens[-1].lower in _THERE):
            tag = "X"  # "he's", "that's"
        elif tag in "TK":
            tag = _time_tag(word, lower, tag, first=not tokens)
        tokens.append(Token(word, lower, *match.span(), tag))


def _is_abbreviation(tokens: list[Token], dot: int) -> bool:
    if not tokens or tokens[-1].end != dot:
        return False
    last = tokens[-1]
    return last.lower in ABBREVIATIONS or (len(last.text) == 1 and last.text.isupper() and last.text != "I")


def _time_tag(word: str, lower: str, tag: str, *, first: bool) -> str:
    """Tell "today" from the name "USA Today" (class ``T``), and "March" from "march" (class ``K``)."""
    if word[0].isupper():
        return "T" if tag == "K" or first else "U"
    return "T" if tag == "T" else _tag(word, lower)


def _tag(word: str, lower: str) -> str:
    first = word[0]
    if first in _PUNCTUATION:
        return first
    if first in _DASHES:
        return "-"
    if first.isdigit():
        return "#"
    if first in "'’":
        return "G"
    if first.isupper():
        return "U"
    return "B" if lower.endswith("ly") else "N"
