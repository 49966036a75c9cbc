"""Paragraphs and sentences of an article's text, as spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from tocsin.model import Span
from tocsin.reading.quotes import Quote, find_quotes

_PARAGRAPH_BREAK = re.compile(r"\n[ \t\r\f\v]*\n\s*|(?<=[.!?…:\"”»’)])[ \t\r]*\n\s*")
_SENTENCE_END = re.compile(
    r"(?:[.!?…]{1,8}[\"”’»')\]]{0,4}|[.!?…]{1,8}\s''?)\s+(?=[“\"«„‘'(\[—–\-]{0,3}\s?[^\W_a-zа-яіїєґё])"
)
_LAST_WORD = re.compile(r"[^\s(\[“\"«„‘]{1,20}\Z")
ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof sen rep gov gen lt col maj capt sgt cpl adm cmdr brig pres rev hon st sr jr vs etc no nos vol fig inc ltd
    co corp llc bros dept univ assn approx est al ed eds jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu
    thur thurs fri sat sun mt ft ave blvd rd jan ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn
    miss mo mont neb nev okla ore pa tenn tex va vt wash wis wyo messrs amb atty supt insp det pvt spc rt
    г гг в вв ул д стр тыс млн млрд трлн руб коп др пр им т е см ст проф акад ген полк св просп обл р н
    вул буд м тис крб проф акад ім ст див грн рр ред""".split()
)


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
        if _inside(quotes, opens, stop.start()) or _abbreviated(text, position, stop):
            continue
        yield from _trimmed(text, position, stop.end())
        position = stop.end()
    yield from _trimmed(text, position, end)


def _inside(quotes: tuple[Quote, ...], opens: list[int], offset: int) -> bool:
    index = bisect_right(opens, offset) - 1
    if index < 0:
        return False
    quote = quotes[index]
    return offset < quote.inner[1] and not (quote.closed and offset >= quote.inner[1] - 4 and _ends_with(quote, offset))


def _ends_with(quote: Quote, offset: int) -> bool:
    return offset < quote.end and quote.inner[1] - offset <= 3


def _abbreviated(text: str, start: int, stop: re.Match[str]) -> bool:
    if not stop.group().startswith(".") or stop.group().startswith(".."):
        return False
    word = _LAST_WORD.search(text, max(start, stop.start() - 24), stop.start())
    if word is None:
        return False
    last = word.group()
    if len(last) == 1:
        return last.isalpha() and last.isupper() and last != "I"
    return (
        last.lower() in ABBREVIATIONS
        or bool(re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", last))
        and not _starts_over(text, stop.end())
    )


def _starts_over(text: str, position: int) -> bool:
    """Tell whether the word behind an abbreviation such as "U.S." can only begin a sentence."""
    word = re.match(r"\w+", text[position : position + 12])
    return word is not None and word.group() in _OPENERS


_OPENERS = frozenset(
    "The A An In On At But And It He She They We I This That These Those There If When While After".split()
)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
