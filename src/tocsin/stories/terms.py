"""The words of an article as grouping compares them: weighted stems, and which are headline, names or figures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import Stemmer

from tocsin.model import Article
from tocsin.stories.terms_lexicon import LETTERS, NAME_ENDINGS, NATIONS, STOP_WORDS, UKRAINIAN_ENDINGS

TITLE_TOKENS = 60
TEXT_TOKENS = 1000
HEAD_TOKENS = 15
_LEAD_TOKENS = 60
_CHARACTERS_PER_TOKEN = 12
_MOST_SPELLINGS = 300_000

_TITLE_WEIGHT = 5.0
_LEAD_WEIGHT = 1.4
_BODY_WEIGHT = 1.1
_HEADLINE_STYLE = 0.75
_SEVERAL = "\0"  # stands for the stem of a token that is several words

_TOKEN = re.compile(r"\w++(?:['.,]\w++)*+|[.!?…:\n]")
_STOPS = frozenset(".!?…:\n")
_WORD = re.compile(r"\d+(?:[.,]\d+)+(?!\w)|[^\W_]+(?:'[^\W_]+)*")
# Each way to begin is a character of its own, so that a search passes over all others at once.
_LINK = re.compile(r"\[[^\]]*\]\(https?://t\.me/\+?\w+/?\)|https?://\S+|\]\([^)]*\)|@\w+|#\w+")
_SEPARATORS = re.compile("[.,]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_FIRST_UNSPACED, _FIRST_CYRILLIC, _LAST_CYRILLIC = "\u0e00", "\u0400", "\u04ff"
_UKRAINIAN = re.compile("[іїєґ]")
_AS_I, _DOUBLED, _LAST_V = re.compile("(?:[yij]|(?<=[yij])e)+"), re.compile(r"(.)\1+"), re.compile("[oei]v$")


@dataclass(slots=True)
class Terms:
    """The distinct terms of one article.

    ``words`` adds up for each stem a weight for each place where it stands (headline, lead, body). ``head``, ``names``
    and ``figures`` say which of them stand in the headline, are names or are numbers (``#1200``). ``keys`` are the
    names in a form that Latin and Cyrillic scripts share.
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
    terms.figures = [stem for stem in terms.words if stem[0] == "#"]
    return terms


def _take(terms: Terms, text: str, language: str | None, most: int, head: int) -> None:
    """Add the first ``most`` tokens of ``text``, of which the first ``head`` are headline."""
    spellings, tokens = _spellings(language), _tokens(text, most)
    stems = list(map(spellings.__getitem__, tokens))
    if _SEVERAL in stems:
        tokens = [part for token in tokens for part in spellings.parts.get(token, (token,))][:most]
        stems = list(map(spellings.__getitem__, tokens))
    words, begin = terms.words, 0
    for end, weight in ((head, _TITLE_WEIGHT), (max(head, _LEAD_TOKENS), _LEAD_WEIGHT), (most, _BODY_WEIGHT)):
        for stem in stems[begin:end]:
            words[stem] = words.get(stem, 0.0) + weight
        begin = end
    words.pop("", None)
    terms.head.update(dict.fromkeys(filter(None, stems[:head])))
    capitals = [place for place, token in enumerate(tokens) if token in spellings.capitals]
    if len(capitals) <= _HEADLINE_STYLE * (len(stems) - stems.count("")):
        for place in capitals:  # not those that a sentence begins with: there a capital tells nothing
            if place and tokens[place - 1] not in _STOPS:
                terms.names[stems[place]] = terms.keys[name_key(spellings.capitals[tokens[place]])] = None


def _tokens(text: str, most: int) -> list[str]:
    plain = _LINK.sub(" ", text[: most * _CHARACTERS_PER_TOKEN])
    for apostrophe in "’ʼ`":
        plain = plain.replace(apostrophe, "'")
    return _TOKEN.findall(plain)[:most]


class _Spellings(dict[str, str]):
    """The stem of each token of one language, begun anew when full: this is the innermost loop.

    ``capitals`` are the words of tokens that may be names; ``parts`` are those of tokens that are several words:
    ``U.S.``, and runs of a script without spaces.
    """

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self.capitals: dict[str, str] = {}
        self.parts: dict[str, list[str]] = {}
        self._language = language

    def __missing__(self, token: str) -> str:
        if len(self) >= _MOST_SPELLINGS:
            self.clear()
            self.capitals.clear()
            self.parts.clear()
        parts = _parts(token)
        if len(parts) > 1:
            self.parts[token] = parts
            self[token] = _SEVERAL
            return _SEVERAL
        word = "".join(parts)
        self[token] = stem = _stem(word, self._language)
        if stem and word[0].isupper() and len(word) > 2:
            self.capitals[token] = word
        return stem


@lru_cache(maxsize=16)
def _spellings(language: str | None) -> _Spellings:
    return _Spellings(language)


def _parts(token: str) -> list[str]:
    """Return the words of a token, and the pairs of characters where a script has no spaces."""
    if token in _STOPS or (token.isalpha() and token[0] < _FIRST_UNSPACED):
        return [token]
    return [part for word in _WORD.findall(token) for part in (_pairs(word) if _UNSPACED.match(word) else [word])]


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(max(1, len(word) - 1))]


def _stem(token: str, language: str | None) -> str:
    """Return the stem of a token that is one word; nothing for a stop word or the end of a sentence."""
    return "" if not token or token in _STOPS else next(iter(stems_of(token.lower(), language)), "")


@lru_cache(maxsize=200_000)
def stems_of(word: str, language: str | None) -> tuple[str, ...]:
    """Return the stems of one lower-case word: none for a stop word, pairs of characters in scripts without spaces."""
    if word[0].isdigit():
        return ("#" + _SEPARATORS.sub("", word),)
    if word[0] >= _FIRST_UNSPACED and _UNSPACED.match(word):
        return tuple(_pairs(word))
    word = word.removesuffix("'s")
    if word in STOP_WORDS or len(word) < 2:
        return ()
    if _FIRST_CYRILLIC <= word[0] <= _LAST_CYRILLIC:
        ukrainian = language == "uk" or (language is None and _UKRAINIAN.search(word))
        return (_without_ending(word, UKRAINIAN_ENDINGS) if ukrainian else _stemmer("russian").stemWord(word),)
    stem = _stemmer("english").stemWord(word)
    return (_countries().get(stem, stem),)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Return the country's stem for each stem of what is its own and of its people: "Iranian" is told of Iran."""
    stem = _stemmer("english").stemWord
    return {stem(word): stem(country) for country, *others in NATIONS for word in others}


@lru_cache(maxsize=50_000)
def name_key(name: str) -> str:
    """Return what one name has in common across Latin and Cyrillic spellings and cases, after ``=``.

    Kyiv, Київ, Києві, Киев and Kiev give the same key; it is a rough one and tells little alone.
    """
    latin = name.lower().removesuffix("'s").translate(LETTERS)
    level = _DOUBLED.sub(r"\1", _AS_I.sub("i", latin.replace("kh", "h").replace("ie", "i")))
    stem = _without_ending(level, NAME_ENDINGS)
    return "=" + _LAST_V.sub("v", stem)


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name, 0)  # what it found is kept by ``stems_of``


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
