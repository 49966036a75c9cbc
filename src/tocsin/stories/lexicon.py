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
class _Phrase:
    concept: str
    rest: tuple[tuple[str, bool], ...]


class _Meaning(NamedTuple):
    """What one word form stands for by itself, and the phrases it may begin, by their next word where it is exact."""

    concepts: tuple[str, ...]
    next_word: dict[str, list[_Phrase]]
    next_prefix: list[_Phrase]


def tokens_of(text: str, most: int, offset: int = 0) -> list[Token]:
    """Return at most ``most`` tokens of ``text``, folded: lower case, ё as е, without 's; spans begin at ``offset``."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        form = match[0].lower()
        if not form.isascii():
            form = form.translate(_FOLD)
        if "'" in form:
            form = _POSSESSIVE.sub("", form)
        start, end = match.span()
        found.append(Token(form, start + offset, end + offset))
        if len(found) == most:
            break
    return found


class Lexicon:
    """The concepts of one language; ``find`` is a dictionary look-up per token, remembered per word form."""

    def __init__(self, concepts: dict[str, Sequence[str]], numbers: dict[str, int]) -> None:
        self.concepts = tuple(concepts)
        self.numbers = numbers
        self._exact: dict[str, list[_Phrase]] = {}
        self._prefix: dict[str, list[_Phrase]] = {}
        self._memo: dict[str, _Meaning] = {}
        for concept, entries in concepts.items():
            for entry in entries:
                self._add(concept, entry)
        self._longest = max(map(len, self._prefix), default=0)

    def _add(self, concept: str, entry: str) -> None:
        first, *rest = ((word.rstrip("*"), word.endswith("*")) for word in entry.translate(_FOLD).split())
        index = self._prefix if first[1] else self._exact
        index.setdefault(first[0], []).append(_Phrase(concept, tuple(rest)))

    def find(self, tokens: Sequence[Token]) -> list[Hit]:
        """Return every concept the tokens contain, in order of appearance."""
        hits: list[Hit] = []
        known, last = self._memo, len(tokens) - 1
        for i, token in enumerate(tokens):
            concepts, next_word, next_prefix = known.get(token.form) or self._meaning(token.form)
            if concepts:
                hits += [Hit(concept, i, i) for concept in concepts]
            if i == last:
                break
            for phrase in (*next_word.get(tokens[i + 1].form, ()), *next_prefix):
                if _matches(phrase.rest, tokens, i + 1):
                    hits.append(Hit(phrase.concept, i, i + len(phrase.rest)))
        return hits

    def _meaning(self, form: str) -> _Meaning:
        begun = tuple(self._begun_by(form))
        single = dict.fromkeys(phrase.concept for phrase in begun if not phrase.rest)
        meaning = _Meaning(tuple(single), {}, [])
        for phrase in begun:
            if phrase.rest and phrase.rest[0][1]:
                meaning.next_prefix.append(phrase)
            elif phrase.rest:
                meaning.next_word.setdefault(phrase.rest[0][0], []).append(phrase)
        if len(self._memo) < _MEMO_LIMIT:
            self._memo[form] = meaning
        return meaning

    def _begun_by(self, form: str) -> Iterator[_Phrase]:
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
