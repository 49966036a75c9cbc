"""The words of an article as grouping compares them: weighted stems, and which are headline, names or figures."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import Stemmer

from tocsin.model import Article
from tocsin.stories.terms_lexicon import LETTERS, NAME_ENDINGS, STOP_WORDS, UKRAINIAN_ENDINGS

TITLE_TOKENS = 60
TEXT_TOKENS = 1000
HEAD_TOKENS = 15
_LEAD_TOKENS = 60
_CHARACTERS_PER_TOKEN = 12
_MOST_SPELLINGS = 300_000

_TITLE_WEIGHT = 3.0
_LEAD_WEIGHTS = tuple(1.0 + 0.5 ** (1 + place / _LEAD_TOKENS) for place in range(TEXT_TOKENS))
_HEADLINE_STYLE = 0.65

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|[.!?…:\n]")
_LINK = re.compile(r"\[[^\]]*\]\(https?://t\.me/\+?\w+/?\)|https?://\S+|\]\([^)]*\)|[@#]\w+")
_SEPARATORS = re.compile("[.,]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_UKRAINIAN = re.compile("[іїєґ]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


@dataclass(slots=True)
class Terms:
    """The distinct terms of one article.

    ``words`` weighs each stem by how often and where it stands (headline, lead, body), as 1 + logarithm. ``head``,
    ``names`` and ``figures`` say which of them stand in the headline, are names or are numbers (``#1200``). ``keys``
    are the names in a form that Latin and Cyrillic scripts share.
    """

    words: dict[str, float] = field(default_factory=dict)
    head: dict[str, None] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    figures: dict[str, None] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)


def terms_of(article: Article) -> Terms:
    """Return the terms of ``article``; without a title its first words are the headline.

    The language decides between Russian and Ukrainian; letters decide where it is not known.
    """
    terms = Terms()
    _take(terms, article.title, article.language, TITLE_TOKENS, TITLE_TOKENS)
    _take(terms, article.text, article.language, TEXT_TOKENS, 0 if terms.words else HEAD_TOKENS)
    log = math.log
    terms.words = {stem: 1.0 + log(count) for stem, count in terms.words.items()}
    return terms


@dataclass(frozen=True, slots=True)
class _Spelling:
    """What can be known of a token before its sentence; ``key`` is that of a name, for words with a capital."""

    stems: tuple[str, ...] = ()
    word: bool = False
    figure: bool = False
    letters: bool = False
    capital: bool = False
    key: str = ""


def _take(terms: Terms, text: str, language: str | None, most: int, head: int) -> None:
    """Add the first ``most`` tokens of ``text``, of which the first ``head`` are headline."""
    if not text:
        return
    tokens = list(map(_spellings(language).__getitem__, _tokens(text, most)))
    spoken, words = [token for token in tokens if token.word], terms.words
    for weight, token in zip(_weights(head), spoken, strict=False):
        for stem in token.stems:
            words[stem] = words.get(stem, 0.0) + weight
    terms.head |= {stem: None for token in spoken[:head] for stem in token.stems}
    terms.figures |= {token.stems[0]: None for token in spoken if token.figure}
    if not _headline_style(tokens):
        names = _names(tokens)
        terms.names |= {token.stems[0]: None for token in names}
        terms.keys |= {token.key: None for token in names}


def _tokens(text: str, most: int) -> list[str]:
    plain = _LINK.sub(" ", text[: most * _CHARACTERS_PER_TOKEN])
    for apostrophe in "’ʼ`":
        plain = plain.replace(apostrophe, "'")
    return _TOKEN.findall(plain)[:most]


@lru_cache(maxsize=4)
def _weights(head: int) -> tuple[float, ...]:
    return (_TITLE_WEIGHT,) * head + _LEAD_WEIGHTS[head:]


def _names(tokens: list[_Spelling]) -> list[_Spelling]:
    """Return the words with a capital, but not those that a sentence begins with (there it tells nothing)."""
    return [token for before, token in pairwise(tokens) if token.key and before.word]


def _headline_style(tokens: list[_Spelling]) -> bool:
    """Return whether Most Words Are Capitalised, so that capitals tell no names."""
    capitals = [token.capital for token in tokens if token.letters]
    return sum(capitals) > _HEADLINE_STYLE * len(capitals)


class _Spellings(dict[str, _Spelling]):
    """What is known of the tokens of one language; begun anew when full. A dictionary: this is the innermost loop."""

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, token: str) -> _Spelling:
        if len(self) >= _MOST_SPELLINGS:
            self.clear()
        self[token] = found = _spelling(token, self._language)
        return found


@lru_cache(maxsize=16)
def _spellings(language: str | None) -> _Spellings:
    return _Spellings(language)


def _spelling(token: str, language: str | None) -> _Spelling:
    if not token[0].isalnum():
        return _Spelling()
    stems, capital = stems_of(token.lower(), language), token[0].isupper()
    figure = bool(stems) and stems[0][0] == "#"
    key = name_key(token) if stems and not figure and capital and len(token) > 2 else ""
    return _Spelling(stems, True, figure, token[0].isalpha(), capital, key)


@lru_cache(maxsize=200_000)
def stems_of(word: str, language: str | None) -> tuple[str, ...]:
    """Return the stems of one lower-case word: none for a stop word, pairs of characters in scripts without spaces."""
    if word[0].isdigit():
        return ("#" + _SEPARATORS.sub("", word),)
    if _UNSPACED.match(word):
        return tuple(word[i : i + 2] for i in range(max(1, len(word) - 1)))
    word = word.removesuffix("'s")
    if word in STOP_WORDS or len(word) < 2:
        return ()
    if _CYRILLIC.match(word):
        ukrainian = language == "uk" or (language is None and _UKRAINIAN.search(word))
        return (_without_ending(word, UKRAINIAN_ENDINGS) if ukrainian else _stemmer("russian").stemWord(word),)
    return (_stemmer("english").stemWord(word),)


@lru_cache(maxsize=50_000)
def name_key(name: str) -> str:
    """Return what one name has in common across Latin and Cyrillic spellings and cases, after ``=``.

    Kyiv, Київ, Києві, Киев and Kiev give the same key; it is a rough one and tells little alone.
    """
    latin = name.lower().removesuffix("'s").translate(LETTERS)
    level = re.sub(r"(.)\1+", r"\1", re.sub("(?:[yij]|(?<=[yij])e)+", "i", latin.replace("kh", "h").replace("ie", "i")))
    stem = _without_ending(level, NAME_ENDINGS)
    return "=" + re.sub("[oei]v$", "v", stem)


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
