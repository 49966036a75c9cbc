"""What the words around a time expression say of it: past or future, an open interval, news or recalled past."""

from __future__ import annotations

from datetime import date

from tocsin.reading.times_calendar import bounds, shift_days
from tocsin.reading.times_tokens import LETTERS, Lexicon, Tokens

_WINDOW = 14
_STOPS = frozenset(".!?;\n")
# News is told for some days: what ended before that is recalled.
FRESH_DAYS = 3


def direction(tokens: Tokens, first: int, last: int, lex: Lexicon) -> int:
    """Return 1 when the clause around tokens ``first:last`` looks ahead, -1 when it looks back, 0 when it says neither.

    The nearest cue to the left decides, within one sentence; without one, the nearest to the right.
    """
    if opened_by(tokens, first, lex.cues["until"]) and not opened_by(tokens, first, lex.cues["past"]):
        return _cue(tokens.words[last : last + _WINDOW], lex) or 1
    left = _cue(tokens.words[max(0, first - _WINDOW) : first][::-1], lex, backwards=True)
    return left or _cue(tokens.words[last : last + _WINDOW], lex)


def _cue(words: list[str], lex: Lexicon, *, backwards: bool = False) -> int:
    """Return the direction of the first cue; ``backwards`` when the words run to the left ("held be will")."""
    future, past = lex.cues["future"], lex.cues["past"]
    endings = tuple(lex.cues["past_endings"])
    for place, word in enumerate(words):
        if word in _STOPS:
            return 0
        if word in future or word.endswith("'ll"):
            return 1
        before = words[place + 1 : place + 2] if backwards else []
        if word in lex.cues["infinitive"] and lex.cues["intent"].intersection(before):
            return 1
        passive = lex.cues["auxiliary"].intersection(before)
        if not passive and (word in past or (word.endswith(endings) and len(word) > 4)):
            return -1
    return 0


def opened_by(tokens: Tokens, first: int, words: frozenset[str]) -> bool:
    """Say whether one of ``words`` stands before token ``first``, with at most an article or hedge between."""
    return any(word in words for word in tokens.words[max(0, first - 2) : first])


def is_background(
    tokens: Tokens, first: int, last: int, value: str | None, kind: str, published: date | None, lex: Lexicon
) -> bool:
    """Say whether a time is recalled past rather than the time of news.

    A point is recalled when it ended more than ``FRESH_DAYS`` days before publication, "since March" when it began
    before that; a length of weeks and more when it is told as having gone by ("for eight months", "two months after").
    """
    if kind == "duration":
        return _elapsed(tokens, first, last, value, lex)
    limits = bounds(value) if value else None
    if limits is None or published is None:
        return value is not None and len(value) < len("2022")
    start, end = limits
    return (start if opened_by(tokens, first, lex.cues["since"]) else end) < shift_days(published, -FRESH_DAYS)


def _elapsed(tokens: Tokens, first: int, last: int, value: str | None, lex: Lexicon) -> bool:
    if tokens.words[last - 1] in lex.cues["since"]:
        return True
    if value is None or value[-1] not in "WMY" or value.startswith("PT"):
        return False
    if LETTERS["last"] in tokens.classes[first:last]:
        return True
    if LETTERS["dash"] in tokens.classes[first:last]:
        return False
    return opened_by(tokens, first, lex.cues["duration"]) and direction(tokens, first, last, lex) < 0
