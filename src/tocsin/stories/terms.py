"""The words, names and numbers of an article, as the terms that grouping compares.

A term is a stem (``attack``), a name's key that scripts share (``=kherson``) or a number (``#14000``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from tocsin.model import Article
from tocsin.stories.terms_lexicon import STOP_WORDS, TRANSLITERATION, UKRAINIAN_ENDINGS

LEAD_WORDS = 60
BODY_WORDS = 400

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*")
_LINK = re.compile(r"https?://\S+|\]\([^)]*\)|[@#]\w+")
_APOSTROPHES = str.maketrans("’ʼ`", "'''")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_UKRAINIAN = re.compile("[іїєґ]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


@dataclass(frozen=True, slots=True)
class Terms:
    """The distinct terms of one article, channel by channel, in the order of their first appearance.

    For an article without a title its first words stand in ``title``.
    """

    title: tuple[str, ...]
    lead: tuple[str, ...]
    body: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]


def terms_of(article: Article) -> Terms:
    """Return the terms of ``article``; the language decides the stemmer, the script when it is not known."""
    tokens = _tokens(article.title, LEAD_WORDS)
    rest = _tokens(article.text, LEAD_WORDS + BODY_WORDS)
    if not tokens:
        tokens, rest = rest[:LEAD_WORDS], rest[LEAD_WORDS:]
    lead, body = rest[:LEAD_WORDS], rest[LEAD_WORDS:]
    return Terms(
        title=_stems(tokens, article.language),
        lead=_stems(lead, article.language),
        body=_stems(body, article.language),
        names=_names(tokens + lead),
        numbers=_numbers(tokens + lead),
    )


def _tokens(text: str, most: int) -> list[str]:
    plain = _LINK.sub(" ", text[: most * 12]).translate(_APOSTROPHES)
    return _TOKEN.findall(plain)[:most]


def _stems(tokens: list[str], language: str | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for token in tokens:
        for stem in stems_of(token.lower(), language):
            found[stem] = None
    return tuple(found)


def _numbers(tokens: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys("#" + re.sub(r"[.,]", "", t) for t in tokens if t[0].isdigit()))


def _names(tokens: list[str]) -> tuple[str, ...]:
    """Return keys of capitalised words; nothing where nearly every word is capitalised (a headline style)."""
    words = [token for token in tokens if token[0].isalpha()]
    capitals = [word for word in words if word[0].isupper() and len(word) > 2]
    if len(capitals) > 0.7 * len(words):
        return ()
    keys = (name_key(word) for word in capitals if word.lower() not in STOP_WORDS)
    return tuple(dict.fromkeys(key for key in keys if len(key) > 3))


@lru_cache(maxsize=200_000)
def stems_of(word: str, language: str | None) -> tuple[str, ...]:
    """Return the stems of one lower-case word: none for a stop word, pairs of characters in scripts without spaces."""
    if word[0].isdigit():
        return ("#" + re.sub(r"[.,]", "", word),)
    if _UNSPACED.match(word):
        return tuple(word[i : i + 2] for i in range(max(1, len(word) - 1)))
    word = word.removesuffix("'s")
    if word in STOP_WORDS or len(word) < 2:
        return ()
    if _CYRILLIC.match(word):
        ukrainian = language == "uk" or (language is None and _UKRAINIAN.search(word))
        return (_ukrainian(word) if ukrainian else _stemmer("russian").stemWord(word),)
    return (_stemmer("english").stemWord(word),)


@lru_cache(maxsize=200_000)
def name_key(word: str) -> str:
    """Return what one name has in common across Latin and Cyrillic spellings and cases, after ``=``."""
    lowered = word.lower().removesuffix("'s")
    if _CYRILLIC.match(lowered):
        lowered = _ukrainian(lowered) if _UKRAINIAN.search(lowered) else _stemmer("russian").stemWord(lowered)
    latin = lowered.translate(TRANSLITERATION)
    return "=" + re.sub(r"(.)\1", r"\1", re.sub("[yij]+", "i", latin)).rstrip("aeiou")


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)


def _ukrainian(word: str) -> str:
    for ending in UKRAINIAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
