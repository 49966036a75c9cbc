"""Reads the gazetteer into one automaton over all names in the three languages, once per process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind
from babel import Locale

from tocsin.reading.places_cyrillic import forms

_LINE = re.compile(r"([=*+~-]) (?:([A-Z]{2}) )?(-?[\d.]+) (-?[\d.]+) ([^{]*)(?:\{([sgwm?]+)\})?\s*")
KINDS: Final = {"=": "country", "*": "capital", "+": "region", "-": "town", "~": "feature"}
_REGION_WORDS: Final = ("region", "oblast", "province", "Region", "Oblast", "Province")


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the gazetteer; ``flags`` are those of ``places.txt``."""

    name: str
    kind: str
    country: str | None
    lat: float
    lon: float
    flags: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The automaton over all names, and the places that each of its names may mean."""

    automaton: AhoCorasick
    meanings: tuple[tuple[Place, ...], ...]


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer, built on first use."""
    meanings: dict[str, dict[str, Place]] = {}
    for place, names in _entries(_written()):
        for name in names:
            meanings.setdefault(name, {}).setdefault(f"{place.name}/{place.country}", place)
    automaton = AhoCorasick(list(meanings), matchkind=MatchKind.LeftmostLongest)
    return Gazetteer(automaton, tuple(tuple(found.values()) for found in meanings.values()))


@cache
def local_names(language: str) -> dict[tuple[str, str], str]:
    """Return what places are called in Ukrainian or Russian, by country and English name; other languages have none."""
    if language not in ("uk", "ru"):
        return {}
    column = 1 if language == "uk" else 2
    return {
        (place.country, place.name): _plain(columns[column][0])
        for place, columns in _lines(_written())
        if place.country and columns[column]
    }


def _written() -> str:
    return (files("tocsin.reading") / "lexicons" / "places.txt").read_text("utf-8")


def _entries(text: str) -> Iterator[tuple[Place, set[str]]]:
    """Yield each place with all forms of its names."""
    for place, (english, ukrainian, russian) in _lines(text):
        yield place, {*_latin(english), *_cyrillic(ukrainian, "uk"), *_cyrillic(russian, "ru")}
        words = [_plain(name) for name in (*ukrainian, *russian) if name.endswith("!")]
        if words:
            yield replace(place, flags=f"{place.flags}w"), set(words)


def _lines(text: str) -> Iterator[tuple[Place, tuple[list[str], list[str], list[str]]]]:
    """Yield each place with its names as written in English, Ukrainian and Russian."""
    country = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"places.txt: {line}")
        mark, code, lat, lon, written, flags = match.groups()
        country = ("" if code == "XX" else code) if code else country
        columns = _columns(written, code)
        kind = KINDS[mark] if country else "feature"
        yield Place(columns[0][0], kind, country or None, float(lat), float(lon), flags or ""), columns


def _columns(written: str, code: str | None) -> tuple[list[str], list[str], list[str]]:
    columns = [[name.strip() for name in column.split(",") if name.strip() != "-"] for column in written.split("|")]
    columns.extend(_cldr_name(code, language) for language in ("uk", "ru")[len(columns) - 1 :])
    return columns[0], columns[1], columns[2]


def _cldr_name(code: str | None, language: str) -> list[str]:
    """Return what a country is called in a language."""
    return [Locale.parse(language).territories[code]] if code else []


def _latin(names: list[str]) -> Iterator[str]:
    """Yield names as written, as datelines write them ("KHERSON"), and regions by every word for one."""
    for name in names:
        stem = name.removesuffix(" region")
        variants = [f"{stem} {word}" for word in _REGION_WORDS] if stem != name else [name]
        for variant in variants:
            yield variant
            if len(variant) > 3:
                yield variant.upper()


def _plain(name: str) -> str:
    return name.removesuffix("!")


def _cyrillic(names: list[str], language: str) -> Iterator[str]:
    """Yield all cases of the names; the nominative of one marked ``!`` is a common word too and is left out."""
    for name in names:
        cases = forms(_plain(name), language)
        for form in cases - {_plain(name)} if name.endswith("!") else cases:
            yield form
            if "'" in form or "ʼ" in form:
                yield form.replace("ʼ", "'").replace("'", "’")
                yield form.replace("'", "ʼ")
                yield form.replace("ʼ", "'")
