"""What readers call a place, in their own language, by the key that stands for it: "UA" and "UA/Kherson"."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from tocsin.reading.places_gazetteer import local_names


def place_label(key: str, language: str) -> str:
    """Return the name of a country or of a place in it: "Україна", "Херсон"; the key's own where none is known."""
    country, _, name = key.partition("/")
    if name:
        return local_names(language).get((country, name), name)
    try:
        return str(Locale.parse(language, sep="-").territories.get(country, country))
    except (UnknownLocaleError, ValueError):
        return country


def full_place_label(key: str, language: str) -> str:
    """Return the name with its country behind: "Kherson, Ukraine"."""
    country, _, name = key.partition("/")
    return f"{place_label(key, language)}, {place_label(country, language)}" if name else place_label(key, language)
