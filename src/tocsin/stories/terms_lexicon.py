"""What ``terms`` knows of languages: words that tell nothing, endings, and Cyrillic letters in Latin."""

import tomllib
from importlib.resources import files

_LANGUAGES = tomllib.loads(files("tocsin.stories").joinpath("weights/languages.toml").read_text("utf-8"))

STOP_WORDS = frozenset(word for words in _LANGUAGES["stop_words"].values() for word in words.split())
"""Words that tell no event from another, in any language: function words and the words of news about itself."""

UKRAINIAN_ENDINGS: tuple[str, ...] = tuple(_LANGUAGES["endings"]["uk"].split())
"""Inflectional endings, the longest first."""

NAME_ENDINGS: tuple[str, ...] = tuple(_LANGUAGES["endings"]["names"].split())
"""Case endings of romanised names, the longest first."""

NATIONS = tuple(tuple(line.split()) for line in _LANGUAGES["nations"]["en"].splitlines() if line)
"""The English words for each country, what is its own, and its people; the country first."""

LETTERS = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "ie", "ж": "zh",
        "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch",
        "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    }
)  # fmt: skip
"""Rough romanisation; ``terms.name_key`` levels spellings further."""
