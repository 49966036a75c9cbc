"""Lexicons: which concepts the words of a report stand for, found by one pass over its tokens."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

TUNED = ("en", "ru", "uk")
_MEMO_LIMIT = 200_000

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|[⚡❗‼🚨]")
_POSSESSIVE = re.compile(r"['’ʼ]s$")
_FOLD = str.maketrans({"ё": "е", "’": "'", "ʼ": "'"})


class Token(NamedTuple):
    """A word, number or alarm sign: its folded form and its half-open span in the text."""

    form: str
    start: int
    end: int


class Hit(NamedTuple):
    """A concept found at the tokens ``first`` … ``last`` (inclusive)."""

    concept: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Entry:
    concept: str
    rest: tuple[tuple[str, bool], ...]


def tokens_of(text: str, most: int, offset: int = 0) -> list[Token]:
    """Return at most ``most`` tokens of ``text``, folded: lower case, ё as е, without 's; spans begin at ``offset``."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        form = match[0].lower().translate(_FOLD)
        if "'" in form:
            form = _POSSESSIVE.sub("", form)
        found.append(Token(form, match.start() + offset, match.end() + offset))
        if len(found) == most:
            break
    return found


class Lexicon:
    """The concepts of one language; ``find`` is a dictionary look-up per token, remembered per word form."""

    def __init__(self, concepts: dict[str, Sequence[str]], numbers: dict[str, int]) -> None:
        self.concepts = tuple(concepts)
        self.numbers = numbers
        self._exact: dict[str, list[_Entry]] = {}
        self._prefix: dict[str, list[_Entry]] = {}
        self._memo: dict[str, tuple[_Entry, ...]] = {}
        for concept, entries in concepts.items():
            for entry in entries:
                self._add(concept, entry)
        self._longest = max(map(len, self._prefix), default=0)

    def _add(self, concept: str, entry: str) -> None:
        first, *rest = ((word.rstrip("*"), word.endswith("*")) for word in entry.translate(_FOLD).split())
        index = self._prefix if first[1] else self._exact
        index.setdefault(first[0], []).append(_Entry(concept, tuple(rest)))

    def find(self, tokens: Sequence[Token]) -> list[Hit]:
        """Return every concept the tokens contain, in order of appearance."""
        return [
            Hit(entry.concept, i, i + len(entry.rest))
            for i, token in enumerate(tokens)
            for entry in self._starting(token.form)
            if not entry.rest or _matches(entry.rest, tokens, i + 1)
        ]

    def _starting(self, form: str) -> tuple[_Entry, ...]:
        found = self._memo.get(form)
        if found is None:
            found = tuple(self._look_up(form))
            if len(self._memo) < _MEMO_LIMIT:
                self._memo[form] = found
        return found

    def _look_up(self, form: str) -> Iterator[_Entry]:
        yield from self._exact.get(form, ())
        for length in range(1, min(len(form), self._longest) + 1):
            yield from self._prefix.get(form[:length], ())


def _matches(rest: tuple[tuple[str, bool], ...], tokens: Sequence[Token], at: int) -> bool:
    if at + len(rest) > len(tokens):
        return False
    for offset, (word, is_prefix) in enumerate(rest):
        form = tokens[at + offset].form
        if form != word and not (is_prefix and form.startswith(word)):
            return False
    return True


@cache
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of ``language`` (ISO 639-1); an empty one for a language that has none."""
    if language not in TUNED:
        return Lexicon({}, {})
    table = tomllib.loads(resources.files("tocsin.stories").joinpath(f"lexicons/{language}.toml").read_text("utf-8"))
    concepts = {name: entries for group in ("event", "role", "tone") for name, entries in table[group].items()}
    return Lexicon(concepts, table["number"])
