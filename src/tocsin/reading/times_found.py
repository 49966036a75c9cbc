"""A matched expression, asked for its parts by word class, and the context that its value may depend on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from tocsin.reading.times_calendar import Publication
from tocsin.reading.times_tense import direction
from tocsin.reading.times_tokens import LETTERS, Lexicon, Tokens

Kind = Literal["point", "span", "duration"]
# About two sentences: further back, a day is no longer what a bare clock time leans on.
NEAR_WORDS: Final = 40
UNITS: Final = {
    "S": "second",
    "I": "minute",
    "H": "hour",
    "D": "day",
    "W": "week",
    "M": "month",
    "Q": "quarter",
    "Y": "year",
    "E": "decade",
    "C": "century",
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value at its precision, or None where the text and the publication time do not give one."""

    value: str | None
    precision: str
    kind: Kind = "point"


@dataclass(slots=True)
class Focus:
    """What the text spoke of last: "the day before", "the year-earlier quarter" and bare clock times lean on it.

    ``place`` is the token at which the day was told.
    """

    day: date | None = None
    quarter: date | None = None
    year: int | None = None
    place: int = 0

    def near(self, first: int) -> date | None:
        """Return the day that was told within ``NEAR_WORDS`` before token ``first``."""
        return self.day if first - self.place <= NEAR_WORDS else None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything besides an expression's own words that its value may depend on."""

    tokens: Tokens
    lexicon: Lexicon
    published: Publication | None
    focus: Focus = field(default_factory=Focus)

    @property
    def day(self) -> date | None:
        """The publication day; None when only its month or year is known."""
        return self.published.day if self.published and self.published.precision == "day" else None

    @property
    def year(self) -> int | None:
        """The publication year."""
        return self.published.day.year if self.published else None


@dataclass(frozen=True, slots=True)
class Found:
    """The tokens of one expression, asked for by class."""

    context: Context
    first: int
    last: int

    def every(self, *kinds: str) -> list[str | int]:
        """Return the values of all tokens of these classes, in order."""
        letters = {LETTERS[kind] for kind in kinds}
        tokens = self.context.tokens
        return [tokens.values[i] for i in range(self.first, self.last) if tokens.classes[i] in letters]

    def number(self, *kinds: str) -> int | None:
        """Return the first number among the tokens of these classes."""
        return next((value for value in self.every(*kinds) if isinstance(value, int)), None)

    def word(self, *kinds: str) -> str | None:
        """Return the first textual value among the tokens of these classes."""
        return next((value for value in self.every(*kinds) if isinstance(value, str)), None)

    def before(self, *kinds: str) -> int | None:
        """Return the number that stands right before a token of these classes."""
        letters = {LETTERS[kind] for kind in kinds}
        tokens = self.context.tokens
        for i in range(self.first + 1, self.last):
            value = tokens.values.get(i - 1)
            if tokens.classes[i] in letters and isinstance(value, int):
                return value
        return None

    def beside(self, *kinds: str) -> int | None:
        """Return the number next to a token of these classes: before it, or behind it ("11 November", "Nov. 11")."""
        numbers = {LETTERS[kind] for kind in ("digits", "nth", "ordinal")}
        letters = {LETTERS[kind] for kind in kinds}
        tokens = self.context.tokens
        named = next(i for i in range(self.first, self.last) if tokens.classes[i] in letters)
        span = named - 3 if self.is_range() else named - 1
        for i in (span, named - 1, named - 2, named + 1, named + 2):
            value = tokens.values.get(i) if self.first <= i < self.last else None
            if isinstance(value, int) and tokens.classes[i] in numbers:
                return value
        return None

    def is_range(self) -> bool:
        """Tell "11-13 November": two numbers with a dash between."""
        dash = LETTERS["dash"]
        places = range(self.first + 1, self.last - 1)
        tokens = self.context.tokens
        numbers = {LETTERS["digits"], LETTERS["nth"]}
        return any(
            tokens.classes[i] == dash and numbers.issuperset((tokens.classes[i - 1], tokens.classes[i + 1]))
            for i in places
        )

    def year(self) -> int | None:
        """Return the year that is told, in digits or as "nineteen ninety-four"."""
        told = self.number("year")
        if told is not None or not self.every("spelled"):
            return told
        tens = [value for value in self.every("number", "digits") if isinstance(value, int)]
        return 1900 + sum(tens) if tens and 20 <= tens[0] < 100 else None

    def relation(self) -> int | None:
        """Return -1, 0 or 1 for last, this or next; None when none is said."""
        aside = self.number("last", "next")
        return aside if aside is not None else self.number("this", "latest")

    def direction(self) -> int:
        """Return where the clause looks: 1 ahead, -1 back, 0 unknown."""
        return direction(self.context.tokens, self.first, self.last, self.context.lexicon)

    def has(self, *cues: str) -> bool:
        """Say whether one of the lexicon's words of these groups is part of the expression."""
        words = self.context.tokens.words[self.first : self.last]
        return any(word in self.context.lexicon.cues[cue] for cue in cues for word in words)

    def count(self) -> int | None:
        """Return how many units are meant, or None for "a few" and a bare plural."""
        vague = self.number("vague")
        if vague is not None:
            return vague or None
        numbers = [value for value in self.every("number", "digits", "year") if isinstance(value, int)]
        if not numbers:
            return self.number("one")
        return _spelled(numbers) if len(numbers) > 1 and not self.every("and") else numbers[0]

    def amount(self) -> tuple[int, str] | None:
        """Return how many of which unit are meant, halves in the finer unit; None for "a few" and half a month."""
        (unit, size), count = self.unit(), self.count()
        classes = self.context.tokens.classes[self.first : self.last]
        half = classes.find(LETTERS["half"])
        if half < 0:
            return (count * size, unit) if count else None
        if unit not in _FINER:
            return None
        whole = count if count and not classes.startswith(LETTERS["half"], _counted(classes)) else 0
        finer, of_them = _FINER[unit]
        return whole * of_them + of_them // 2, finer

    def unit(self) -> tuple[str, int]:
        """Return the unit's letter and how many of it one count means (a fortnight is two weeks)."""
        word = self.word("unit", "units", "hourword") or "D"
        return (word[-1], int(word[:-1])) if len(word) > 1 else (word, 1)


_FINER: Final = {"C": ("Y", 100), "E": ("Y", 10), "Y": ("M", 12), "D": ("H", 24), "H": ("I", 60), "I": ("S", 60)}
_COUNTING: Final = {LETTERS[name] for name in ("number", "digits", "one", "half")}


def _counted(classes: str) -> int:
    """Return the place of the first token that counts."""
    return next((place for place, letter in enumerate(classes) if letter in _COUNTING), 0)


def _spelled(numbers: list[int]) -> int:
    """Return the number of "twenty four" or "two hundred"."""
    first, second = numbers[0], numbers[1]
    return first * second if second >= 100 else first + second if first >= 20 > second else first


def unit_name(unit: str) -> str:
    """Return the name of a unit as a precision."""
    return UNITS[unit]
