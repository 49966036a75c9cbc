"""Cuts a text into the tokens that time expressions are made of, and names the word class of each.

A text becomes one string with a letter per token, so that the grammar can be a plain regular expression over letters:
``Friday , 11 November`` → weekday, comma, digits, month. Words are looked up in the language's lexicon; numbers and
clock times are told by their shape.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

LANGUAGES: Final = ("en", "uk", "ru")
SHAPES: Final = ("clock", "isodate", "nth", "digits", "year", "decade", "quarterno", "halfno", "comma", "stop", "dash")
_WORDS: Final = """
month abbr weekday season unit units quarter weekend part noon deictic overnight last this next latest yearago ago
earlier later before after edge the one of and so fiscal vague about ahead period number ordinal decade_word zone
zoneplace zonetime at hourword clockpart inseason spelled yearly from now half holiday holiday_of eve newyear
"""
OTHER: Final = "x"
LETTERS: Final = {name: chr(0x100 + place) for place, name in enumerate((*SHAPES, *_WORDS.split()))}

# Most tokens are words, so these come first; one that runs into digits ("Q3", "FY2023") is told by the shapes behind.
_TOKEN = re.compile(
    r"""(?P<word>[^\W\d_]++(?:['’ʼ][^\W\d_]++)*+(?!\d))
    |(?P<quarterno>[Qq][1-4]\b)
    |(?P<halfno>H[12]\b)
    |(?P<fiscalyear>FY['’]?(?:\d{4}|\d\d)\b)
    |(?<=\d)T(?P<isoclock>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)
    |(?<![^\W_])(?:(?P<isodate>\d{4}-\d\d-\d\d(?!\d)|\d{1,2}[./]\d{1,2}[./]\d{4}(?!\d))
    |(?P<clock>\d{1,2}(?:[:.]\d\d)?\s?[ap](?:\.\s?m\.|m\b)|\d{1,2}[:h]\d\d(?::\d\d)?(?![\d:])|\d{1,2}\so['’]clock
        |\d{4}(?=\s(?:GMT|UTC|BST|EST|EDT|ET|CET)\b))
    |(?P<decade>(?:\d{2}|['’]|(?<![\d.,]))\d0(?:s|[-‐](?:х|е|ті|тих))\b)
    |(?P<nth>\d{1,2}(?:st|nd|rd|th|[-‐](?:го|е|я|й|ого|му|м))\b)
    |(?P<number>\d+(?:[.,:/]\d+)*))
    |(?P<comma>,)|(?P<stop>\.)|(?P<dash>[-‐‑–—])
    |(?P<mixed>[^\W\d_]+)
    |(?P<other>[^\w\s]|_)""",
    re.VERBOSE,
)
_WORDLIKE: Final = ("word", "mixed")
_TENS, _ONES = ("", "X", "XX"), ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
# The numerals of centuries and quarters: "XX століття".
_ROMANS: Final = {ten + one: 10 * i + k for i, ten in enumerate(_TENS) for k, one in enumerate(_ONES) if ten + one}
_DIGITS = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A language's words of time: word → (class, value), and the cue words of direction by their group."""

    words: dict[str, tuple[str, str | int]]
    capitalised: frozenset[str]
    cues: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text: lower-case words, their spans, and a letter of class for each.

    ``values`` holds what a token of a class other than ``OTHER`` means, by its place.
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    values: dict[int, str | int]
    classes: str

    def capital(self, place: int) -> bool:
        """Say whether the token is written with a capital."""
        return self.text[self.starts[place]].isupper()


@cache
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of a language (``en`` for one that has none), read once from its data file."""
    name = language if language in LANGUAGES else "en"
    tables = tomllib.loads((files("tocsin.reading") / "lexicons" / f"times.{name}.toml").read_text("utf-8"))
    words = {
        word: (kind, value)
        for kind, table in tables.items()
        if kind in LETTERS
        for key, value in table.items()
        for word in key.split()
    }
    cues = {group: frozenset(listed) for group, listed in tables["cues"].items()}
    return Lexicon(words, frozenset(tables["capitalised"]), cues)


def tokenize(text: str, language: str) -> Tokens:
    """Return the tokens of ``text`` with their classes; one pass, linear in its length."""
    meanings = _meanings(language)
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    values: dict[int, str | int] = {}
    classes: list[str] = []
    for match in _TOKEN.finditer(text):
        shape = match.lastgroup or ""
        written = match.group()
        word, letter, value = meanings[written] if shape in _WORDLIKE else _shaped(shape, written)
        if letter != OTHER:
            values[len(words)] = value
        words.append(word)
        starts.append(match.start())
        ends.append(match.end())
        classes.append(letter)
    return Tokens(text, words, starts, ends, values, "".join(classes))


_Meaning = tuple[str, str, str | int]
_NO_CLASS: Final = OTHER, ""
_MOST_WORDS: Final = 50_000


class _Meanings(dict[str, _Meaning]):
    """The lower-case form, the letter and the value of each written word, worked out when it is first met.

    Full, it forgets all, so that no text fills the memory.
    """

    def __init__(self, lex: Lexicon) -> None:
        super().__init__()
        self._lexicon = lex

    def __missing__(self, written: str) -> _Meaning:
        if len(self) >= _MOST_WORDS:
            self.clear()
        word = _plain(written)
        kind, value = _word_class(word, written, self._lexicon)
        found = self[written] = word, LETTERS.get(kind, OTHER), value
        return found


@cache
def _meanings(language: str) -> _Meanings:
    return _Meanings(lexicon(language))


def _plain(written: str) -> str:
    return written.lower().replace("’", "'").replace("ʼ", "'")


def _shaped(shape: str, written: str) -> _Meaning:
    word = _plain(written)
    kind, value = _SHAPES[shape](word) if shape in _SHAPES else (shape, word)
    return word, LETTERS.get(kind, OTHER), value


def _word_class(word: str, written: str, lex: Lexicon) -> tuple[str, str | int]:
    found = lex.words.get(word) or (lex.words.get(word[:-2]) if word.endswith("'s") else None)
    if not found:
        return ("nth", _ROMANS[written]) if written in _ROMANS else _NO_CLASS
    return _NO_CLASS if found[0] in lex.capitalised and written[0].islower() else found


def _number(word: str) -> tuple[str, str | int]:
    """Tell a year, a day of the month and any other count apart by their digits."""
    if not word.isascii() or not word.isdigit() or len(word) > 4:
        return OTHER, word
    value = int(word)
    if len(word) == 4 and 1500 <= value <= 2199:
        return "year", value
    return ("digits" if 1 <= value <= 31 else "number"), value


def _clock(word: str) -> tuple[str, str | int]:
    """Return an hour or hour and minute, ``05`` or ``05:30``, of a clock time; no class when the hour can't be."""
    parts = [int(part) for part in _DIGITS.findall(word[:2] + ":" + word[2:] if word.isdigit() else word)]
    hour, afternoon, twelve_hours = parts[0], "p" in word, "m" in word
    if hour > 24 or (twelve_hours and not 1 <= hour <= 12) or any(part > 59 for part in parts[1:]):
        return OTHER, word
    if twelve_hours:
        hour = hour % 12 + (12 if afternoon else 0)
    return "clock", ":".join(f"{part:02}" for part in (hour, *parts[1:2]))


def _isodate(word: str) -> tuple[str, str | int]:
    """Return a numeric date as ISO 8601; "03/04/2022" is March here and April there, and stays unresolved."""
    parts = _DIGITS.findall(word)
    if len(parts[0]) == 4:
        return "isodate", "-".join(parts)
    day, month, year = (int(part) for part in parts)
    if "/" in word and month > 12:
        day, month = month, day
    elif "/" in word and day <= 12 and day != month:
        return "isodate", "0-0-0"
    return "isodate", f"{year:04}-{month:02}-{day:02}"


def _decade(word: str) -> tuple[str, str | int]:
    tens = _DIGITS.findall(word)[0][:-1]
    return "decade", tens if len(tens) == 3 else f"19{tens}"


_SHAPES: Final[dict[str, Callable[[str], tuple[str, str | int]]]] = {
    "number": _number,
    "clock": _clock,
    "isodate": _isodate,
    "decade": _decade,
    "nth": lambda word: ("nth", int(_DIGITS.findall(word)[0])),
    "quarterno": lambda word: ("quarterno", int(word[1])),
    "halfno": lambda word: ("halfno", int(word[1])),
    "isoclock": lambda word: ("clock", word[1:6]),
    "fiscalyear": lambda word: ("year", int(f"20{word}"[-4:]) if word[-4:].isdigit() else 2000 + int(word[-2:])),
}
