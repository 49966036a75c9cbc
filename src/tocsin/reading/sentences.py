"""Paragraphs and sentences of an article's text, as spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from importlib.resources import files

from tocsin.model import Span
from tocsin.reading.quotes import Quote, find_quotes

_PARAGRAPH_BREAK = re.compile(r"\n[ \t\r\f\v]*\n\s*|(?<=[.!?…:\"”»’)])[ \t\r]*\n\s*")
_SENTENCE_END = re.compile(
    r"(?:[.!?…]{1,8}[\"”’»')\]]{0,4}|[.!?…]{1,8}\s''?)\s+(?=[\u00ad\u200b\ufeff“\"«„‘'(\[—–\-]{0,3}\s?[^\W_a-zа-яіїєґё])"
)
_LAST_WORD = re.compile(r"[^\s(\[“\"«„‘]{1,20}\Z")
_LETTERS = re.compile(r"(?:[^\W\d_]\.){1,6}[^\W\d_]")
_OPENERS = frozenset(
    {
        "The",
        "A",
        "An",
        "In",
        "On",
        "At",
        "But",
        "And",
        "It",
        "He",
        "She",
        "They",
        "We",
        "This",
        "That",
        "These",
        "Those",
        "There",
        "If",
        "When",
        "While",
        "After",
    }
)
ABBREVIATIONS = frozenset((files("tocsin.reading") / "lexicons" / "abbreviations.txt").read_text("utf-8").split())
"""Words, without their stop, that a stop follows inside a sentence."""


def paragraphs(text: str) -> Iterator[Span]:
    """Yield the spans of the paragraphs of ``text``, without the space around them.

    A blank line parts paragraphs; so does a single line break behind a finished sentence.
    """
    start = 0
    for gap in _PARAGRAPH_BREAK.finditer(text):
        yield from _trimmed(text, start, gap.start())
        start = gap.end()
    yield from _trimmed(text, start, len(text))


def split(text: str) -> tuple[Span, ...]:
    """Return the spans of the sentences of ``text`` in order; linear in its length.

    Abbreviations and initials end no sentence, and a quotation of several sentences stays in one piece together with
    the words that introduce it.
    """
    return tuple(
        sentence
        for start, end in paragraphs(text)
        for sentence in split_paragraph(text, start, end, find_quotes(text, start, end))
    )


def split_paragraph(text: str, start: int, end: int, quotes: tuple[Quote, ...]) -> Iterator[Span]:
    """Yield the sentences of one paragraph whose quotations are known."""
    opens = [quote.start for quote in quotes]
    position = start
    for stop in _SENTENCE_END.finditer(text, start, end):
        if _inside(quotes, opens, stop) or _abbreviated(text, position, stop):
            continue
        yield from _trimmed(text, position, stop.end())
        position = stop.end()
    yield from _trimmed(text, position, end)


def _inside(quotes: tuple[Quote, ...], opens: list[int], stop: re.Match[str]) -> bool:
    """Tell whether a sentence that ends here does so within a quotation that goes on."""
    index = bisect_right(opens, stop.start()) - 1
    return index >= 0 and stop.start() < quotes[index].inner[1] and stop.end() < quotes[index].end


def _abbreviated(text: str, start: int, stop: re.Match[str]) -> bool:
    if not stop.group().startswith(".") or stop.group().startswith(".."):
        return False
    word = _LAST_WORD.search(text, max(start, stop.start() - 24), stop.start())
    if word is None:
        return False
    last = word.group()
    if last.lower() in ABBREVIATIONS or (len(last) == 1 and last.isupper() and last != "I"):
        return True
    return _LETTERS.fullmatch(last) is not None and not _starts_over(text, stop.end())


def _starts_over(text: str, position: int) -> bool:
    """Tell whether the word behind an abbreviation such as "U.S." can only begin a sentence."""
    word = re.match(r"\w+", text[position : position + 12])
    return word is not None and word.group() in _OPENERS


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
