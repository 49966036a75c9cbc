"""Lexicons: which concepts the words of a report stand for, found by one pass over them."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import chain, islice
from operator import itemgetter
from types import MappingProxyType

import msgspec

from tocsin.stories.terms import stems_of
from tocsin.stories.wording import WORDLESS, Wording, wording_of

TUNED = ("en", "ru", "uk")
_MOST_CHUNKS = 200_000
_LONGEST_CHUNK = 40
_NOTHING: Mapping[str, Sequence[_Phrase]] = MappingProxyType({})
_AROUND = ".,:;!?…\"'’‘“”«»()[]—–-*"

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|[⚡❗‼🚨]")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_FOLD = str.maketrans({"ё": "е", "’": "'", "ʼ": "'"})


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A concept found at the words ``first`` … ``last`` (inclusive)."""

    concept: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    concept: str
    rest: tuple[tuple[str, bool], ...]


class Word(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What one spelling stands for wherever it appears.

    ``form`` is folded: lower case, ё as е, without 's. ``number`` is the count it may be, else 0. The phrases it may
    begin are kept by their next word where that is exact. ``telling`` words stand for something or ``begins`` a phrase.
    """

    form: str
    capital: bool
    stems: tuple[str, ...]
    number: int
    concepts: tuple[str, ...] = ()
    next_word: Mapping[str, Sequence[_Phrase]] = _NOTHING
    next_prefix: Sequence[_Phrase] = ()
    begins: bool = False
    telling: bool = False


class Words:
    """The first words of a text; where they stand in it is worked out when somebody asks.

    ``wording`` are the closed lists of their language.
    """

    __slots__ = ("_offset", "_spans", "_text", "known", "wording")

    def __init__(self, text: str, most: int, lexicon: Lexicon, offset: int = 0) -> None:
        chunks = text.split(None, most)[:most]
        self.known = tuple(chain.from_iterable(map(lexicon.__getitem__, chunks)))[:most]
        self.wording = lexicon.wording
        self._text, self._offset = text, offset
        self._spans: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self.known)

    def __getitem__(self, place: int) -> Word:
        return self.known[place]

    def start(self, place: int) -> int:
        """Return where the word at ``place`` begins."""
        return self._found()[place][0]

    def end(self, place: int) -> int:
        """Return where the word at ``place`` ends."""
        return self._found()[place][1]

    def before(self, place: int) -> str:
        """Return what stands between the word at ``place`` and the one before it; what ends the text after the last."""
        begin = self.end(place - 1) - self._offset if place else 0
        return self._text[begin : self.start(place) - self._offset if place < len(self.known) else None]

    def ended_by(self, offset: int) -> int:
        """Return how many words have ended at ``offset``."""
        return bisect_right(self._found(), offset, key=itemgetter(1))

    def begun_by(self, offset: int) -> int:
        """Return how many words have begun before ``offset``."""
        return bisect_left(self._found(), offset, key=itemgetter(0))

    def _found(self) -> list[tuple[int, int]]:
        if not self._spans:
            offset, found = self._offset, islice(_TOKEN.finditer(self._text), len(self.known))
            spans = [match.span() for match in found]
            self._spans = [(start + offset, end + offset) for start, end in spans] if offset else spans
        return self._spans


class Lexicon(dict[str, tuple[Word, ...]]):
    """The concepts of one language, and the words in each run of characters between spaces that it has met so far.

    A dictionary, because this is the innermost loop: cutting a text at its spaces and looking up what lies between them
    takes a tenth of the time of finding its words.
    """

    def __init__(
        self,
        language: str,
        concepts: Mapping[str, Sequence[str]],
        numbers: Mapping[str, int],
        wording: Wording = WORDLESS,
    ) -> None:
        super().__init__()
        self.concepts, self.wording = tuple(concepts), wording
        self._language, self._numbers = language, numbers
        self._exact: dict[str, list[_Phrase]] = {}
        self._prefix: dict[str, list[_Phrase]] = {}
        self._prefixes: dict[str, tuple[str, ...]] = {}
        for concept, entries in concepts.items():
            for entry in entries:
                self._add(concept, entry)
        self._head = min(map(len, self._prefix), default=1)
        for prefix in sorted(self._prefix, key=len):
            head = prefix[: self._head]
            self._prefixes[head] = (*self._prefixes.get(head, ()), prefix)

    def _add(self, concept: str, entry: str) -> None:
        first, *rest = ((word.rstrip("*"), word.endswith("*")) for word in entry.translate(_FOLD).split())
        index = self._prefix if first[1] else self._exact
        index.setdefault(first[0], []).append(_Phrase(concept, tuple(rest)))

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Return every concept the words contain, in order of appearance."""
        hits: list[Hit] = []
        add, last = hits.append, len(words) - 1
        for i, word in enumerate(words):
            if word.telling:
                for concept in word.concepts:
                    add(Hit(concept, i, i))
                if i < last and word.begins:
                    for phrase in (*word.next_word.get(words[i + 1].form, ()), *word.next_prefix):
                        if _matches(phrase.rest, words, i + 1):
                            add(Hit(phrase.concept, i, i + len(phrase.rest)))
        return hits

    def __missing__(self, chunk: str) -> tuple[Word, ...]:
        if chunk.isalpha():
            words: tuple[Word, ...] = (self._word(chunk),)
        elif (bare := chunk.strip(_AROUND)).isalpha():
            words = self[bare]
        else:
            words = tuple(map(self._word, _TOKEN.findall(chunk)))
        if len(self) >= _MOST_CHUNKS:
            self.clear()
        if len(chunk) <= _LONGEST_CHUNK:
            self[chunk] = words
        return words

    def _word(self, spelling: str) -> Word:
        form = folded(spelling)
        stems, number = stems_of(form, self._language), self._numbers.get(form) or _digits(form)
        begun = [] if spelling.removesuffix("'s").removesuffix("’s") in self.wording.names_too else self._begun_by(form)
        if not begun:
            return Word(form, spelling[0].isupper(), stems, number)
        phrases = [phrase for phrase in begun if phrase.rest]
        next_word: dict[str, list[_Phrase]] = {}
        for phrase in phrases:
            if not phrase.rest[0][1]:
                next_word.setdefault(phrase.rest[0][0], []).append(phrase)
        return Word(
            form,
            spelling[0].isupper(),
            stems,
            number,
            tuple(dict.fromkeys(phrase.concept for phrase in begun if not phrase.rest)),
            next_word,
            tuple(phrase for phrase in phrases if phrase.rest[0][1]),
            bool(phrases),
            True,
        )

    def _begun_by(self, form: str) -> list[_Phrase]:
        """Return the entries whose first word this is or begins with: what is exact first, then the shorter prefix."""
        begun, prefixes = list(self._exact.get(form, ())), self._prefixes.get(form[: self._head], ())
        if form.startswith(prefixes):
            begun += [phrase for prefix in prefixes if form.startswith(prefix) for phrase in self._prefix[prefix]]
        return begun


def folded(spelling: str) -> str:
    """Return a word as the lexicon compares it: lower case, ё as е, without 's."""
    return spelling.lower().replace("ё", "е").replace("’", "'").replace("ʼ", "'").removesuffix("'s")


def _digits(form: str) -> int:
    """Return the number that digits stand for, grouped or not; 0 for another word and beyond any count of people."""
    if form.isdecimal():
        return int(form) if len(form) < 8 else 0
    if form.isalpha():
        return 0
    return int(re.sub(r"[.,]", "", form)) if _GROUPED.fullmatch(form) and len(form) < 12 else 0


def _matches(rest: tuple[tuple[str, bool], ...], words: Sequence[Word], at: int) -> bool:
    if at + len(rest) > len(words):
        return False
    for offset, (word, is_prefix) in enumerate(rest):
        form = words[at + offset].form
        if form != word and not (is_prefix and form.startswith(word)):
            return False
    return True


@lru_cache(maxsize=64)
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of ``language`` (ISO 639-1); an empty one for a language that has none."""
    if language not in TUNED:
        return Lexicon(language, {}, {})
    table = tomllib.loads(resources.files("tocsin.stories").joinpath(f"lexicons/{language}.toml").read_text("utf-8"))
    concepts = {name: entries for group in ("event", "role", "tone") for name, entries in table[group].items()}
    return Lexicon(language, concepts, table["number"], wording_of(table["words"], language))
