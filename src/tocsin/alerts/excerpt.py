"""Verbatim pieces of a text: its first sentences, or its beginning cut at a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from tocsin.alerts.lexicon import Lexicon

# Looked for at the first of several marks only: a row of dots would be gone through from each of them.
_END = re.compile(r"(?:(?<![.!?…؟۔])[.!?…؟۔]+[\"'”’»)\]]*(?=\s))|(?:[。！？][」』”’]*)")
_LAST_WORD = re.compile(r"[^\s(\[«“\"']+\Z")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"(?<=\s)[\w-]+(?=\s)")
_CLAUSE = re.compile(r"[,;:—–](?=\s)|\s(?=[—–]\s)")


def first_sentences(text: str, words: Lexicon, *, after: str = "", count: int = 3, most: int = 520) -> tuple[str, ...]:
    """Return the first whole sentences of ``text`` as verbatim pieces, one per paragraph they come from.

    At most ``count`` sentences and about ``most`` characters; a single longer sentence is kept whole. A leading
    sentence that says the same as ``after`` (the headline shown above it) is left out.
    """
    pieces: list[str] = []
    length = taken = 0
    for paragraph in text.split("\n\n"):
        kept: list[str] = []
        for sentence in sentences(paragraph, words):
            if not taken and same_words(sentence, after):
                continue
            if taken == count or (taken and length + len(sentence) > most):
                return (*pieces, "".join(kept).strip()) if kept else tuple(pieces)
            kept.append(sentence)
            taken, length = taken + 1, length + len(sentence)
        if kept:
            pieces.append("".join(kept).strip())
    return tuple(pieces)


def sentences(paragraph: str, words: Lexicon) -> Iterator[str]:
    """Cut a paragraph into sentences that join to the paragraph again.

    A full stop after an abbreviation or a single letter, or before a small letter, ends nothing.
    """
    start = 0
    for end in _END.finditer(paragraph):
        if _ends(paragraph, end, words):
            yield paragraph[start : end.end()]
            start = end.end()
    if paragraph[start:].strip():
        yield paragraph[start:]


def _ends(paragraph: str, mark: re.Match[str], words: Lexicon) -> bool:
    following = paragraph[mark.end() :].lstrip()[:1]
    if following.islower():
        return False
    if mark.group()[0] != "." or len(mark.group()) > 1:
        return True
    word = _LAST_WORD.search(paragraph[: mark.start()][-40:])
    return word is None or not (len(word.group()) == 1 or word.group().lower() in words.abbreviations)


def same_words(one: str, other: str) -> bool:
    """Tell whether two texts are the same but for case, space and the marks around them."""
    return bool(other) and _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return one_line(text).casefold().strip(" .!?…\"'“”«»")


def one_line(text: str) -> str:
    """Return ``text`` with every run of white space as one space."""
    return _SPACE.sub(" ", text).strip()


def cut(text: str, most: int, openers: Set[str] = frozenset()) -> str:
    """Return ``text`` if it has at most ``most`` characters, else its beginning with "…".

    It is cut at the last mark of a clause, else before the last of the ``openers`` (words that begin a clause), if that
    keeps two thirds of the room; else at a word.
    """
    if len(text) <= most:
        return text
    head = text[: most - 1]
    marks = [mark.start() for mark in _CLAUSE.finditer(text[:most])]
    opening = [word.start() for word in _WORD.finditer(head) if word.group().casefold() in openers]
    ends = (marks[-1:], opening[-1:])
    at = next((end[0] for end in ends if end and end[0] >= most * 2 // 3), head.rfind(" "))
    whole = head[:at] if at > most // 2 else head
    return whole.rstrip(" ,;:—–-") + "…"
