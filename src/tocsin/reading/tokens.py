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
# Of the tags these depend on the place in the sentence.
_BY_PLACE = frozenset({"", ".", "n", "G", "T", "K"})
_MOST_WORDS = 50_000
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


class Vocabulary(dict[str, tuple[str, str]]):
    """The lower-case form and the class of each written word or mark, worked out when it is first met.

    The class is that of ``tokenise`` as far as it does not depend on the place in the sentence: ``n`` is a capitalised
    word of class ``N``, and "" a mark that stands for nothing. Full, it forgets all, so that no text fills the memory.
    """

    def __init__(self, classes: Mapping[str, str]) -> None:
        """Take the classes of the language's words, which are in lower case."""
        super().__init__()
        self._classes = classes

    def __missing__(self, word: str) -> tuple[str, str]:
        """Look the word up and remember it."""
        if len(self) >= _MOST_WORDS:
            self.clear()
        lower = word.lower().replace("’", "'")
        found = self[word] = lower, self._class(word, lower)
        return found

    def _class(self, word: str, lower: str) -> str:
        if not (word[0].isalnum() or word[0] in _MARKS):
            return ""  # emoji, asterisks and the like
        tag = self._classes.get(lower) or _tag(word, lower)
        return "n" if tag == "N" and word[0].isupper() else tag


def tokenise(text: str, span: Span, quotes: tuple[Quote, ...], vocabulary: Vocabulary) -> list[Token]:
    """Return the tokens of ``text[start:end]``; each of the ``quotes`` inside becomes one token tagged ``Q``.

    A tag is the word's class in the vocabulary, the mark itself for punctuation (``-`` for every dash), ``G`` for the
    mark of a genitive, ``U`` for other capitalised words, ``B`` for adverbs in -ly, ``#`` for numbers, ``N`` for the
    rest.
    """
    tokens: list[Token] = []
    position, end = span
    for quote in quotes:
        _add_words(tokens, text, position, quote.start, vocabulary)
        tokens.append(Token(text[quote.start : quote.end], "", quote.start, quote.end, "Q", quote))
        position = quote.end
    _add_words(tokens, text, position, end, vocabulary)
    return tokens


def _add_words(tokens: list[Token], text: str, start: int, end: int, vocabulary: Vocabulary) -> None:
    for match in _WORD.finditer(text, start, end):
        word = match.group()
        lower, tag = vocabulary[word]
        if tag in _BY_PLACE or not tokens:
            if not tag:
                continue
            if word == "." and match.end() < end and _is_abbreviation(tokens, match.start()):
                tokens[-1] = tokens[-1]._replace(text=tokens[-1].text + ".", end=match.end())
                continue
            tag = _tag_here(word, lower, tag, tokens[-1] if tokens else None, text[match.end() : match.end() + 1])
        # A named tuple's own constructor costs three times as much, and this is done for every word.
        tokens.append(tuple.__new__(Token, (word, lower, *match.span(), tag, None)))


def _tag_here(word: str, lower: str, tag: str, before: Token | None, behind: str) -> str:
    """Return the tag of a word whose class depends on the token before it and the character behind it."""
    if tag == "n":
        return "U" if before else "N"
    if tag == "U" and not before and lower.endswith("ly") and behind == ",":
        return "B"
    if tag == "G" and len(word) > 1 and before and (before.tag in "SR" or before.lower in _THERE):
        return "X"  # "he's", "that's"
    return _time_tag(word, lower, tag, first=not before) if tag in "TK" else tag


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
