"""What the words around a time expression say of it: past or future, an open interval, news or recalled past."""

from __future__ import annotations

from datetime import date

from tocsin.reading.times_calendar import bounds, shift_days
from tocsin.reading.times_tokens import Lexicon, Tokens

_WINDOW = 14
_STOPS = frozenset(".!?;\n")
# News is told for some days: what ended before that is recalled.
FRESH_DAYS = 3


def direction(tokens: Tokens, first: int, last: int, lex: Lexicon) -> int:
    """Return 1 when the clause around tokens ``first:last`` looks ahead, -1 when it looks back, 0 when it says neither.

    The nearest cue to the left decides, within one sentence; without one, the nearest to the right.
    """
    left = _cue(tokens.words[max(0, first - _WINDOW) : first][::-1], lex)
    return left or _cue(tokens.words[last : last + _WINDOW], lex)


def _cue(words: list[str], lex: Lexicon) -> int:
    future, past, linking = lex.cues["future"], lex.cues["past"], lex.cues["linking"]
    for place, word in enumerate(words):
        if word in _STOPS:
            return 0
        if word in past:
            return -1
        if word in future or word.endswith("'ll"):
            return 1
        if word in linking and place + 1 < len(words) and words[place + 1] in linking:
            return 1
    return 0


def opened_by(tokens: Tokens, first: int, words: frozenset[str]) -> bool:
    """Say whether one of ``words`` stands before token ``first``, with at most an article or hedge between."""
    return any(word in words for word in tokens.words[max(0, first - 2) : first])


def is_background(
    tokens: Tokens, first: int, last: int, value: str | None, kind: str, published: date | None, lex: Lexicon
) -> bool:
    """Say whether a time is recalled past rather than the time of news.

    A point is recalled when it ended more than ``FRESH_DAYS`` days before publication, or an interval began before
    that; a length of time when it is told as having gone by ("for eight months", "two months after").
    """
    if kind == "duration":
        return tokens.words[last - 1] in lex.cues["since"] or _elapsed(tokens, first, lex)
    limits = bounds(value) if value else None
    if limits is None or published is None:
        return value is not None and len(value) == 3
    start, end = limits
    return (start if kind == "span" else end) < shift_days(published, -FRESH_DAYS)


def _elapsed(tokens: Tokens, first: int, lex: Lexicon) -> bool:
    window = tokens.words[max(0, first - _WINDOW) : first]
    if any(word in lex.cues["future"] for word in window[-4:]):
        return False
    return opened_by(tokens, first, lex.cues["duration"]) and any(word in lex.cues["perfect"] for word in window)
