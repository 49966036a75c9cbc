"""The words of an article as grouping compares them: weighted stems, and which are headline, names or figures."""

from __future__ import annotations

import math
import re
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
_MOST_SPELLINGS = 300_000

_TITLE_WEIGHT = 3.0
_LEAD_WEIGHT = 1.4
_BODY_WEIGHT = 1.1
_HEADLINE_STYLE = 0.75
_SEVERAL = "\0"  # stands for the stem of a token that is several words

_TOKEN = re.compile(r"\w+(?:['.,]\w+)*|[.!?…:\n]")
_STOPS = frozenset(".!?…:\n")
_WORD = re.compile(r"\d+(?:[.,]\d+)+(?!\w)|[^\W_]+(?:'[^\W_]+)*")
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
    figures: list[str] = field(default_factory=list)
    keys: dict[str, None] = field(default_factory=dict)


def terms_of(article: Article) -> Terms:
    """Return the terms of ``article``; without a title its first words are the headline.

    The language decides between Russian and Ukrainian; letters decide where it is not known.
    """
    terms = Terms()
    _take(terms, article.title, article.language, TITLE_TOKENS, TITLE_TOKENS)
    _take(terms, article.text, article.language, TEXT_TOKENS, 0 if terms.words else HEAD_TOKENS)
    log = math.log
    terms.words = {stem: 1.0 + log(weight) for stem, weight in terms.words.items()}
    terms.figures = [stem for stem in terms.words if stem[0] == "#"]
    return terms


def _take(terms: Terms, text: str, language: str | None, most: int, head: int) -> None:
    """Add the first ``most`` tokens of ``text``, of which the first ``head`` are headline."""
    spellings, tokens = _spellings(language), _tokens(text, most)
    if not tokens:
        return
    stems, keys = zip(*map(spellings.__getitem__, tokens), strict=True)
    if _SEVERAL in stems:
        tokens = [part for token in tokens for part in spellings.parts.get(token, (token,))][:most]
        stems, keys = zip(*map(spellings.__getitem__, tokens), strict=True)
    words, begin = terms.words, 0
    for end, weight in ((head, _TITLE_WEIGHT), (max(head, _LEAD_TOKENS), _LEAD_WEIGHT), (most, _BODY_WEIGHT)):
        for stem in stems[begin:end]:
            words[stem] = words.get(stem, 0.0) + weight
        begin = end
    words.pop("", None)
    terms.head.update(dict.fromkeys(filter(None, stems[:head])))
    capitals = len(keys) - keys.count("")
    if capitals and capitals <= _HEADLINE_STYLE * (len(stems) - stems.count("")):
        _name(terms, tokens, stems, keys)


def _tokens(text: str, most: int) -> list[str]:
    plain = _LINK.sub(" ", text[: most * _CHARACTERS_PER_TOKEN])
    for apostrophe in "’ʼ`":
        plain = plain.replace(apostrophe, "'")
    return _TOKEN.findall(plain)[:most]


def _name(terms: Terms, tokens: list[str], stems: tuple[str, ...], keys: tuple[str, ...]) -> None:
    """Note the words with a capital, but not those that a sentence begins with (there it tells nothing)."""
    for place in [place for place, key in enumerate(keys) if key and place]:
        if tokens[place - 1] not in _STOPS:
            terms.names[stems[place]] = terms.keys[keys[place]] = None


class _Spellings(dict[str, tuple[str, str]]):
    """The stem and the key of each token of one language, begun anew when full: this is the innermost loop.

    ``parts`` are those of tokens that are several words: ``U.S.``, and runs of a script without spaces.
    """

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self.parts: dict[str, list[str]] = {}
        self._language = language

    def __missing__(self, token: str) -> tuple[str, str]:
        if len(self) >= _MOST_SPELLINGS:
            self.clear()
            self.parts.clear()
        parts = _parts(token)
        if len(parts) > 1:
            self.parts[token] = parts
        self[token] = found = (_SEVERAL, "") if len(parts) > 1 else _spelling("".join(parts), self._language)
        return found


@lru_cache(maxsize=16)
def _spellings(language: str | None) -> _Spellings:
    return _Spellings(language)


def _parts(token: str) -> list[str]:
    """Return the words of a token, and the pairs of characters where a script has no spaces."""
    if token in _STOPS:
        return [token]
    return [part for word in _WORD.findall(token) for part in (_pairs(word) if _UNSPACED.match(word) else [word])]


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(max(1, len(word) - 1))]


def _spelling(token: str, language: str | None) -> tuple[str, str]:
    """Return the stem of a token and, of a word with a capital that may be a name, its key."""
    if not token or token in _STOPS:
        return "", ""
    stem = next(iter(stems_of(token.lower(), language)), "")
    name = stem and token[0].isupper() and len(token) > 2
    return stem, name_key(token) if name else ""


@lru_cache(maxsize=200_000)
def stems_of(word: str, language: str | None) -> tuple[str, ...]:
    """Return the stems of one lower-case word: none for a stop word, pairs of characters in scripts without spaces."""
    if word[0].isdigit():
        return ("#" + _SEPARATORS.sub("", word),)
    if _UNSPACED.match(word):
        return tuple(_pairs(word))
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
