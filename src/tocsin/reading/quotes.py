"""Where a text quotes: pairs of quotation marks of English, Ukrainian and Russian typography."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tocsin.model import Span

_DOUBLE = re.compile(r"'{2,3}|[\"“”„‟«»]")
_SINGLE = re.compile(r"(?<![\w'])[‘'](?=[\w“\"])|(?<=[\w.,!?…—])[’'](?![\w'])")
_INSERTION = re.compile(r"[,!?…]\s[—–-]\s(\w{2,30})\b[^«»“”\"—–]{0,150}(?:[.,]\s[—–-]\s|(?=$))")
_LONGEST_SINGLE = 400


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation with its marks (``start``, ``end``) and without (``inner``); ``closed`` if its end mark is there."""

    start: int
    end: int
    inner: Span
    closed: bool = True


def find_quotes(text: str, start: int, end: int) -> tuple[Quote, ...]:
    """Return the outermost quotations of one paragraph ``text[start:end]`` in order, in offsets of ``text``.

    A quotation left open runs to the paragraph's end: the next paragraph goes on with it. Single marks count only
    outside double ones, where they can't be apostrophes. Linear in the paragraph's length.
    """
    doubles = list(_double_quotes(text, start, end))
    if "'" not in text[start:end] and "‘" not in text[start:end]:
        return tuple(doubles)
    quotes: list[Quote] = []
    position = start
    for quote in doubles:
        quotes += _single_quotes(text, position, quote.start)
        quotes.append(quote)
        position = quote.end
    quotes += _single_quotes(text, position, end)
    return tuple(quotes)


def part_insertions(text: str, quotes: Sequence[Quote], is_cue: Callable[[str], bool]) -> Iterator[Quote]:
    """Yield ``quotes``, each parted where the author's words stand inside its marks («A, — сказал он. — B»)."""
    for quote in quotes:
        start, position = quote.start, quote.inner[0]
        for insertion in _INSERTION.finditer(text, *quote.inner):
            if is_cue(insertion.group(1)):
                yield Quote(start, insertion.start() + 1, (position, insertion.start() + 1))
                start = position = insertion.end()
        yield replace(quote, start=start, inner=(position, quote.inner[1])) if start != quote.start else quote


def _double_quotes(text: str, start: int, end: int) -> Iterator[Quote]:
    opened: re.Match[str] | None = None
    depth = 0
    for mark in _DOUBLE.finditer(text, start, end):
        if opened is None:
            if _opens(text, mark, end):
                opened, depth = mark, 1
            continue
        if opened.group() == "«":
            depth += {"«": 1, "»": -1}.get(mark.group(), 0)
        elif _closes(text, opened, mark):
            depth = 0
        if depth <= 0:
            yield Quote(opened.start(), mark.end(), (opened.end(), mark.start()))
            opened = None
    if opened is not None:
        stop = start + len(text[start:end].rstrip())
        yield Quote(opened.start(), stop, (opened.end(), stop), closed=False)


def _opens(text: str, mark: re.Match[str], end: int) -> bool:
    if mark.group() in "“„«":
        return True
    if mark.group() in "”»":
        return False
    after = text[mark.end() : mark.end() + 1]
    return mark.end() < end and not after.isspace() and not _after_word(text, mark.start())


def _closes(text: str, opened: re.Match[str], mark: re.Match[str]) -> bool:
    if mark.group() == "“":
        return opened.group() == "„"
    if mark.group() in "«»„":
        return False
    if mark.group()[0] in "\"'":
        return not text[mark.start() - 1].isspace() or not text[mark.end() : mark.end() + 1].isalnum()
    return True


def _after_word(text: str, position: int) -> bool:
    return position > 0 and text[position - 1].isalnum()


def _single_quotes(text: str, start: int, end: int) -> Iterator[Quote]:
    opened: re.Match[str] | None = None
    for mark in _SINGLE.finditer(text, start, end):
        opening = (
            mark.end() < len(text)
            and (mark.start() == 0 or not text[mark.start() - 1].isalnum())
            and (text[mark.end()].isalnum() or text[mark.end()] in '“"')
        )
        if opening:
            opened = opened or mark
        elif opened is not None:
            if mark.start() - opened.end() <= _LONGEST_SINGLE:
                yield Quote(opened.start(), mark.end(), (opened.end(), mark.start()))
            opened = None
