"""How a headline is built: a question, a quotation, a speaker and a colon, what it opens with and what it recalls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from tocsin.stories.lexicon import Hit, Word, Words
from tocsin.stories.mention import FREE_ORDER, HAPPENED, HAPPENINGS, reaction_before

_LONG_QUOTE = re.compile(r"[\"“«‘](?=[^\"”»’]*\s[^\"”»’]*\s)[^\"”»’]{15,}[\"”»’]")  # not a name: «Зимняя вишня»
_COLON = re.compile(r":(?:\s|$)")
_SETS_OFF = (":", "|", "-", "–", "—")
_OPENING = 4
_DASH = re.compile(r"[\s,][—–-]{1,2}\s+(?=[^—–]{2,60}$)")

_OPENERS = frozenset({"question", "live", "promotion", "opinion", "breaking", "says", "anniversary"})
_ATTRIBUTING = frozenset({"security", "media", "hedge", "breaking"})
_SUDDEN = frozenset({"attack", "deaths", "crash", "disaster", "exit", "strike"})
_NOBODY = HAPPENED | {"live", "promotion", "correction", "winning", "offensive"}
_TOLD_BY = HAPPENED | {"appoint", "decision", "sanctions"}
_RECALLED = HAPPENINGS | {"cyber", "wreck", "hostage", "impeach"}
_NO_SPEAKER = frozenset({"structure", "craft"})  # "Oroville Dam: 200,000 told to leave"
_PLACED = _OPENERS | _RECALLED | _SUDDEN | {"says", "reaction"}


class Found(msgspec.Struct, frozen=True, gc=False):
    """A feature of a report and what it stood on: the words ``first`` … ``last``; without ``words`` a span of text."""

    name: str
    value: float
    first: int
    last: int
    words: Words | None = None

    @property
    def start(self) -> int:
        """Return where what it stood on begins in the report's text."""
        return self.words.start(self.first) if self.words is not None else self.first

    @property
    def end(self) -> int:
        """Return where what it stood on ends in the report's text."""
        return self.words.end(self.last) if self.words is not None else self.last


def shape_features(headline: str, words: Words, hits: Sequence[Hit], language: str) -> Iterator[Found]:
    """Yield the features of a headline's shape; ``words`` and ``hits`` are those of the headline."""
    happened = [hit for hit in hits if hit.concept in HAPPENED]
    yield from _form(headline, len(words), bool(happened))
    yield from _marks(headline, any(hit.concept == "rates" for hit in hits))
    yield from _speakers(headline, words, hits)
    yield from _programme(headline, words, hits)
    placed = [hit for hit in hits if hit.concept in _PLACED]
    if placed and language not in FREE_ORDER:
        yield from _reacted_to(words, hits, happened)
    told = min([hit.last for hit in happened], default=len(words))
    seen: set[str] = set()
    for hit in placed:
        for name in _places(hit, words, hits, told):
            if name not in seen:
                seen.add(name)
                yield Found(name, 1.0, hit.first, hit.last, words)


def _programme(headline: str, words: Words, hits: Sequence[Hit]) -> Iterator[Found]:
    """Yield what announces something to watch or hear: "Live: …", "WATCH LIVE", "Смотрите … трансляцию"."""
    live = [hit for hit in hits if hit.concept == "live" and hit.last < _OPENING]
    if live and live[0].first == 0:
        followed = headline[words.end(live[0].last) :].lstrip()
        if followed.startswith(_SETS_OFF) or live[-1].first > 0:
            yield Found("a programme", 1.0, live[0].first, live[-1].last, words)


def _form(headline: str, words: int, happened: bool) -> Iterator[Found]:
    end = len(headline)
    if "?" in headline and headline.rstrip("\"'”’» )").endswith("?"):
        yield Found("ends as a question", 1.0, max(0, end - 40), end)
    if quote := _LONG_QUOTE.search(headline):
        yield Found("a long quotation", 1.0, *quote.span())
    if headline.startswith(("'", '"', "‘", "“", "«")):
        yield Found("opens with a quotation", 1.0, 0, min(end, 40))
    if words <= 5 and not happened:
        yield Found("a short headline", 1.0, 0, end)
    if words >= 25:
        yield Found("a long headline", 1.0, 0, end)


def _marks(headline: str, of_rates: bool) -> Iterator[Found]:
    if "..." in headline or "…" in headline:
        yield Found("breaks off", 1.0, max(0, len(headline) - 20), len(headline))
    if "!" in headline:
        yield Found("an exclamation", 1.0, headline.index("!"), headline.index("!") + 1)
    if "%" in headline and not of_rates:
        yield Found("a percentage", 1.0, headline.index("%"), headline.index("%") + 1)
    if len(headline) > 10 and headline[:60].isupper():
        yield Found("in capitals", 1.0, 0, len(headline))


def _speakers(headline: str, words: Words, hits: Sequence[Hit]) -> Iterator[Found]:
    """Yield who is set off by a colon or a dash: a speaker, or the body or medium that a fact is attributed to."""
    colon = _COLON.search(headline) if ":" in headline else None
    if colon and words.ended_by(colon.start()) <= 4:
        of_a_thing = any(hit.concept in _NO_SPEAKER and words.end(hit.last) <= colon.start() for hit in hits)
        if not of_a_thing and (name := _speaker(words, hits, 0, colon.start())):
            yield Found(f"{name} first", 1.0, 0, colon.end())
        colon = None
    dashed = "-" in headline or "–" in headline or "—" in headline
    last = _DASH.search(headline) if dashed else None
    last = last or colon
    if last and 0 < len(words) - words.begun_by(last.end()) <= 5:
        name = _speaker(words, hits, last.end(), len(headline))
        if name == "a speaker" and any(hit.concept in _TOLD_BY and words.end(hit.last) <= last.start() for hit in hits):
            name = "a source"
        if name:
            yield Found(f"{name} last", 1.0, last.start(), len(headline))


def _speaker(words: Words, hits: Sequence[Hit], start: int, end: int) -> str:
    """Return who is set off between ``start`` and ``end``; nobody when the words there tell what happened."""
    inside = {hit.concept for hit in hits if words.start(hit.first) >= start and words.end(hit.last) <= end}
    if inside & _NOBODY:
        return ""
    if inside & _ATTRIBUTING:
        return "a speaker" if "leader" in inside else "attributed"
    counted = any(word.number for word in words.known[words.begun_by(start) : words.ended_by(end)])
    return "" if counted else "a speaker"


def _reacted_to(words: Words, hits: Sequence[Hit], happened: Sequence[Hit]) -> Iterator[Found]:
    """Yield somebody's reaction that comes before all that has happened: "Minister condemns blast that killed 12"."""
    reaction = reaction_before(hits, min([hit.first for hit in happened], default=0))
    if reaction is not None:
        yield Found("an event reacted to", 1.0, reaction.first, reaction.last, words)
        if any(word.number for word in words.known[reaction.last :]):
            yield Found("a figure reacted to", 1.0, reaction.first, reaction.last, words)


def _places(hit: Hit, words: Words, hits: Sequence[Hit], told: int) -> Iterator[str]:
    """Yield what it means that a concept stands where it stands: "WATCH …", "… police say", "… after the attack".

    ``told`` is the word with which the first happening that the headline tells has been told.
    """
    if hit.first == 0 and hit.concept in _OPENERS:
        yield f"opens with {hit.concept}"
    if hit.first <= 4 and hit.concept in _SUDDEN:
        yield f"{hit.concept} at once"
    if hit.concept in _RECALLED and told >= hit.first:
        before = words.known[max(0, hit.first - 3) : hit.first + 1]
        if any(
            word.form in words.wording.referring and _refers(word, after, words) for word, after in pairwise(before)
        ):
            yield "recalled as background"
        if hit.first and words[hit.first - 1].form in words.wording.relating:
            yield "recalled in a clause"
    if (
        hit.concept in {"attack", "crash"}
        and _has_a_name(words, hit.first)
        and not any(o.concept == "deaths" for o in hits)
    ):
        yield "an event by name"
    at_the_end = hit.last >= len(words) - 4
    if hit.concept == "says" and at_the_end:
        around = {other.concept for other in hits if abs(other.first - hit.first) <= 5}
        yield "attributed last" if around & _ATTRIBUTING else "says last"
    if hit.concept in {"says", "reaction"} and hit.first <= 5 and not at_the_end:
        yield "a statement first"


def _has_a_name(words: Words, place: int) -> bool:
    """Tell "the Westminster attack" and "#London attack", of which readers know, from "attack in London"."""
    if words[place].form not in words.wording.events:
        return False
    if place and words[place - 1].form in words.wording.terror:
        place -= 1
    return place > 1 and words[place - 1].capital and not words[place].capital and not words.before(place).strip()


def _refers(word: Word, following: Word, words: Words) -> bool:
    """Tell "over the blast" from "over 200 dead"."""
    return not (following.number and word.form in words.wording.rounding)
