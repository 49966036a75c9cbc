"""Finds the time expressions of a text and resolves each against the publication time, at the precision it is told."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.model import TimeMention
from tocsin.reading.times_calendar import bounds, publication
from tocsin.reading.times_found import Context, Found, Resolved
from tocsin.reading.times_grammar import matches
from tocsin.reading.times_resolve import resolve
from tocsin.reading.times_tense import is_background, opened_by
from tocsin.reading.times_tokens import LETTERS, lexicon, tokenize


def find_times(text: str, language: str, published: str | None, *, zone: str | None = None) -> tuple[TimeMention, ...]:
    """Return the time expressions of ``text`` in order, with spans in its code points.

    ``published`` is ISO 8601 with what is known; without it only absolute dates get a value. ``zone`` is the
    publisher's (IANA name): "today" means its day, and a clock time that names no zone is reported with it.
    ``language`` is an ISO 639-1 code; English serves for a language that has no lexicon.
    """
    context = Context(tokenize(text, language), lexicon(language), publication(published, _zone(zone)))
    mentions = []
    for name, first, last in matches(context.tokens.classes):
        found = Found(context, first, last)
        resolved = resolve(name, found)
        if resolved is not None:
            _remember(found, resolved, name)
            mentions.append(_mention(text, found, resolved, zone))
    return tuple(mentions)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _mention(text: str, found: Found, resolved: Resolved, zone: str | None) -> TimeMention:
    context = found.context
    tokens, lex = context.tokens, context.lexicon
    first = _first_word(found)
    span = tokens.starts[first], tokens.ends[found.last - 1]
    kind = resolved.kind
    if kind == "point" and opened_by(tokens, first, lex.cues["since"] | lex.cues["until"]):
        kind = "span"
    told = found.word("zone", "zoneplace")
    clocked = resolved.precision in {"hour", "minute"} and kind != "duration"
    return TimeMention(
        text=text[slice(*span)],
        span=span,
        value=resolved.value,
        precision=resolved.precision,
        kind=kind,
        background=is_background(tokens, first, found.last, resolved.value, kind, context.day, lex),
        zone=told or (zone if clocked else None),
    )


def _first_word(found: Found) -> int:
    """Return the first token that belongs to the expression: "in 2009" is the year, and its preposition is not."""
    tokens = found.context.tokens
    letters = {LETTERS["of"], LETTERS["at"], LETTERS["from"]}
    first = found.first
    verb = tokens.words[first] in found.context.lexicon.cues["verbs"] and tokens.words[first + 1] != "of"
    if verb and tokens.classes[first + 1] in letters:
        first += 1  # "will close on Friday": a verb, where "the end of March" is a part of it
    return next(place for place in range(first, found.last) if tokens.classes[place] not in letters)


def _remember(found: Found, resolved: Resolved, name: str) -> None:
    """Keep what later expressions lean on."""
    focus = found.context.focus
    if resolved.value is None or resolved.kind == "duration":
        if name == "duration" and resolved.precision == "month":
            focus.quarter = None
        return
    limits = bounds(resolved.value)
    if limits is None:
        return
    focus.year = limits[0].year
    if resolved.precision == "quarter":
        focus.quarter = max(limits[0], focus.quarter or limits[0])
    elif limits[0] == limits[1]:
        focus.day, focus.place = limits[0], found.first
