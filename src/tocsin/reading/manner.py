"""How, when and to whom something was said: medium, via and time of a statement."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from tocsin.model import TimeMention
from tocsin.reading.lexicon import Lexicon
from tocsin.reading.tokens import Token

Runs = Sequence[Sequence[Token]]
"""Runs of words around a cue, the telling ones first; none is empty."""


def medium_of(text: str, runs: Runs, lexicon: Lexicon) -> str | None:
    """Return the medium named around a cue ("statement", "Telegram"), as written, or None."""
    for run in runs:
        if run:
            found = lexicon.media.search(text, run[0].start, run[-1].end)
            if found:
                return found.group()
    return None


def via_of(runs: Runs, lexicon: Lexicon) -> str | None:
    """Return the outlet or person to whom it was said, as written, or None; "told reporters" names nobody."""
    for run in runs:
        for index, token in enumerate(run):
            if token.tag == "U" and _is_addressed(run, index, lexicon):
                return _name_from(run, index, lexicon)
    return None


def said_at(times: Sequence[TimeMention], runs: Runs) -> str | None:
    """Return the value of the first point in time named around a cue, or None; ``times`` are in the text's order."""
    for run in runs:
        start, end = run[0].start, run[-1].end
        for index in range(bisect_left(times, start, key=_starts), len(times)):
            time = times[index]
            if time.span[1] > end:
                break
            if time.kind == "point" and time.value:
                return time.value
    return None


def _starts(time: TimeMention) -> int:
    return time.span[0]


def _is_addressed(run: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    if lexicon.media.fullmatch(run[index].text):
        return False
    before = index - 1
    while before >= 0 and (run[before].tag == "D" or run[before].lower in lexicon.words["outlet"]):
        before -= 1
    return before >= 0 and run[before].lower in lexicon.words["via"]


def _past_kind(run: Sequence[Token], first: int, lexicon: Lexicon) -> int:
    kinds = lexicon.words["outlet"]
    index = first + 1
    while index < len(run) and run[index].tag == "N" and run[index].lower in kinds:
        index += 1
    return index if first + 1 < index < len(run) and run[index].tag == "U" else first


def _name_from(run: Sequence[Token], first: int, lexicon: Lexicon) -> str:
    """Return the whole name that begins at ``first`` ("News of the World"), with a "The" that belongs to it.

    What only says which kind of outlet it is, is left out: "French broadcaster RFI" is RFI.
    """
    first = _past_kind(run, first, lexicon)
    end = first + 1
    for index in range(first + 1, len(run)):
        linked = run[index].lower in lexicon.words["joining"] or run[index].tag == "D" or run[index].text == "&"
        if run[index].tag == "U":
            end = index + 1
        elif not linked:
            break
    start = first - 1 if first and run[first - 1].text == "The" else first
    return " ".join(token.text for token in run[start:end])
