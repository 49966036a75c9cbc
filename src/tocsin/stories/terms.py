"""The words of an article as grouping compares them: weighted stems, and which are headline, names or figures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import Stemmer

from tocsin.model import Article
from tocsin.stories.terms_lexicon import LETTERS, NAME_ENDINGS, STOP_WORDS, UKRAINIAN_ENDINGS

TITLE_TOKENS = 60
TEXT_TOKENS = 1000
HEAD_TOKENS = 15
_LEAD_TOKENS = 60
_CHARACTERS_PER_TOKEN = 12

_TITLE_WEIGHT = 3.0
_LEAD_WEIGHTS = tuple(1.0 + 0.5 ** (1 + place / _LEAD_TOKENS) for place in range(TEXT_TOKENS))
_HEADLINE_STYLE = 0.65

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|[.!?…:\n]")
_LINK = re.compile(r"\[[^\]]*\]\(https?://t\.me/\+?\w+/?\)|https?://\S+|\]\([^)]*\)|[@#]\w+")
_APOSTROPHE = re.compile("[’ʼ`]")
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
    for stem, count in terms.words.items():
        terms.words[stem] = 1.0 + math.log(count)
    return terms


def _take(terms: Terms, text: str, language: str | None, most: int, head: int) -> None:
    """Add the first ``most`` tokens of ``text``, of which the first ``head`` are headline."""
    tokens = _tokens(text, most)
    telling_case, words = not _headline_style(tokens), terms.words
    for place, (token, begins) in enumerate(_words(tokens)):
        weight = _TITLE_WEIGHT if place < head else _LEAD_WEIGHTS[place]
        stems = stems_of(token.lower(), language)
        for stem in stems:
            words[stem] = words.get(stem, 0.0) + weight
            if place < head:
                terms.head[stem] = None
        if stems and stems[0][0] == "#":
            terms.figures[stems[0]] = None
        elif stems and telling_case and not begins and token[0].isupper() and len(token) > 2:
            terms.names[stems[0]] = None
            terms.keys[name_key(token)] = None


def _tokens(text: str, most: int) -> list[str]:
    if not text:
        return []
    plain = _APOSTROPHE.sub("'", _LINK.sub(" ", text[: most * _CHARACTERS_PER_TOKEN]))
    return _TOKEN.findall(plain)[:most]


def _words(tokens: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield each word or number, and whether a sentence begins with it (then its capital tells nothing)."""
    begins = True
    for token in tokens:
        if token[0].isalnum():
            yield token, begins
            begins = False
        else:
            begins = True


def _headline_style(tokens: list[str]) -> bool:
    """Return whether Most Words Are Capitalised, so that capitals tell no names."""
    words = [token for token in tokens if token[0].isalpha()]
    return sum(word[0].isupper() for word in words) > _HEADLINE_STYLE * len(words)


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


@lru_cache(maxsize=200_000)
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
