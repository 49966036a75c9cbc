"""Words as phrases and topics compare them: folded, without possessives, and with the commonest endings taken off."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# A word may hold an apostrophe (Ukrainian "п'ять"); scripts without spaces give one word per character.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+(?:['’ʼ`][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’ʼ`]s\Z")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "ё": "е"})
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")

# Endings of Ukrainian and Russian nouns and adjectives, the longest first; three letters must remain.
_ENDINGS = (
    "ями", "ами", "ові", "еві", "єві", "ого", "его", "ому", "ему", "ими", "іми", "ыми", "ией", "иям", "иях",
    "ів", "їв", "ов", "ев", "ах", "ях", "ам", "ям", "ою", "ею", "єю", "ой", "ей", "ий", "ій", "ый", "их", "іх", "ых",
    "ої", "ая", "яя", "ое", "ее", "ые", "ие", "ую", "юю", "ом", "ем", "єм", "им", "ім", "ым", "ию", "ия", "ии",
    "ія", "ії", "ію",
    "а", "я", "у", "ю", "о", "е", "є", "и", "і", "ї", "ы", "ь", "й",
)  # fmt: skip
_LEAST = 3
_VOWELS = frozenset("аеєиіїоуюяы")


class Word(NamedTuple):
    """A word of a text: its stem, where it stands, and itself folded."""

    stem: str
    start: int
    end: int
    folded: str


def words_of(text: str) -> list[Word]:
    """Return the words of a text in order, with half-open spans in its code points."""
    return [Word(stem(word := m.group()), m.start(), m.end(), fold(word)) for m in _TOKEN.finditer(text)]


def tokens_of(text: str) -> list[str]:
    """Return the words of a text in order, as written."""
    return _TOKEN.findall(text)


def spans_of(text: str) -> list[tuple[int, int]]:
    """Return where the words of a text stand, as half-open spans in its code points."""
    return [match.span() for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return what a word and its commonest inflections have in common, in lower case.

    A light stemmer: the plural's s in Latin script, case endings in Cyrillic, nothing elsewhere. "Kherson’s" gives
    "kherson", "Херсоном" gives "херсон". It doesn't know vowel changes; ``other_stem`` helps where names need it.
    """
    folded = fold(word)
    return _cyrillic_stem(folded) if _CYRILLIC.search(folded) else _latin_stem(folded)


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Return a word in lower case, one spelling of the apostrophe, without the possessive 's."""
    return _POSSESSIVE.sub("", unicodedata.normalize("NFKC", word).casefold()).translate(_APOSTROPHES)


def other_stem(word: str) -> str | None:
    """Return the stem that a name takes in other cases when its vowel changes, else None.

    Ukrainian names in -ів and -їв: "Харків" stands as "Харкова", "Київ" as "Києва".
    """
    if word.endswith(("ів", "їв")):
        return fold(word)[:-2] + ("ов" if word.endswith("ів") else "єв")
    return None


def _cyrillic_stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            word = word[: -len(ending)]
            break
    # "зброя" and "зброї" leave "збро" and "збр": a last vowel belongs to the ending.
    return word[:-1] if len(word) > _LEAST and word[-1] in _VOWELS else word


def _latin_stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
