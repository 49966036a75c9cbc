"""Languages: gettext catalogues (``locale/<language>/<domain>.po``), read with Babel; English is in the code."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from unicodedata import combining, normalize

from babel import Locale
from babel.core import UnknownLocaleError, get_locale_identifier, parse_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
_FOLDER = files("tocsin") / "locale"
# Letters that stand behind another one in their alphabet, but elsewhere in Unicode.
_BEHIND = str.maketrans(
    {"ґ": "г\uffff", "є": "е\uffff", "ё": "е\uffff", "і": "и\uffff", "ї": "и\uffff\uffff", "й": "и\uffff\uffff\uffff"}
)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that pages and mails come in: English, and each that has a catalogue."""
    return (SOURCE_LANGUAGE, *sorted(one.name for one in _FOLDER.iterdir() if (one / "pages.po").is_file()))


@cache
def translations(domain: str, language: str) -> NullTranslations:
    """Return a language's catalogue of a domain (``pages``, ``mail``); an empty one for English and the unknown."""
    if language not in languages():
        return NullTranslations()
    file = _FOLDER / language / f"{domain}.po"
    if not file.is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(file.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def locale_of(language: str) -> Locale:
    """Return the locale by which a language writes its dates; British English for English and the unknown."""
    return Locale(language) if language in languages() and language != SOURCE_LANGUAGE else Locale("en", "GB")


def alphabetical(text: str) -> str:
    """Return a key that sorts Latin and Cyrillic words as their alphabets do: "é" as "e", "і" behind "и"."""
    folded = text.casefold().translate(_BEHIND)
    return "".join(sign for sign in normalize("NFD", folded) if not combining(sign))


def negotiated(accept_language: str, default: str) -> str:
    """Return the language that fits an Accept-Language header best (RFC 9110 section 12.5.4), else ``default``."""
    ranked = sorted((_ranked(part) for part in accept_language[:500].split(",")), key=lambda pair: -pair[1])
    return next((language for language, weight in ranked if weight > 0 and language in languages()), default)


def _ranked(part: str) -> tuple[str, float]:
    tag, _, weight = part.partition(";q=")
    try:
        language = parse_locale(get_locale_identifier(parse_locale(tag.strip(), sep="-")[:1]))[0]
        return language, float(weight or 1)
    except (ValueError, UnknownLocaleError):
        return "", 0.0
