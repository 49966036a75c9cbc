"""Organisations that speak or publish, each with its family (owner) and country."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain

from ahocorasick_rs import AhoCorasick, MatchKind

from tocsin.model import Span
from tocsin.reading.places_cyrillic import forms

_CYRILLIC = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ")


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation.

    ``kind`` is ``wire``, ``outlet``, ``ministry``, ``agency``, ``military``, ``police``, ``government``, ``company`` or
    ``body``; ``family`` names the owner (the organisation itself when it has none); ``country`` is ISO 3166 or None.
    """

    name: str
    kind: str
    family: str
    country: str | None


@dataclass(frozen=True, slots=True)
class OrganisationMention:
    """An organisation named in a text; ``span`` in its code points."""

    text: str
    span: Span
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class _Register:
    automaton: AhoCorasick
    named: tuple[Organisation, ...]
    by_name: dict[str, Organisation]
    domains: dict[str, Organisation]


def find_organisations(text: str) -> tuple[OrganisationMention, ...]:
    """Return the organisations named in ``text`` in order; names are read in all three languages whatever it is in."""
    book = _register()
    return tuple(
        OrganisationMention(text[start:end], (start, end), book.named[index])
        for index, start, end in book.automaton.find_matches_as_indexes(text)
        if _stands_alone(text, start, end)
    )


def lookup(name: str) -> Organisation | None:
    """Return the organisation of this name or web domain (``www.`` and subdomains allowed), in any case; else None."""
    book = _register()
    plain = " ".join(name.casefold().replace("’", "'").split()).removeprefix("the ").strip(" .")
    if plain in book.by_name:
        return book.by_name[plain]
    parts = plain.split(".")
    return next(
        (book.domains[rest] for i in range(len(parts) - 1) if (rest := ".".join(parts[i:])) in book.domains), None
    )


def family(name: str) -> str | None:
    """Return the owner of the organisation of this name or domain, or None when it is not known."""
    found = lookup(name)
    return found.family if found else None


@cache
def _register() -> _Register:
    named: dict[str, Organisation] = {}
    domains: dict[str, Organisation] = {}
    for organisation, names, sites in chain(_entries(_lines("organisations.txt")), _authorities()):
        for name in names:
            named.setdefault(name, organisation)
        for site in sites:
            domains.setdefault(site, organisation)
    by_name = {name.casefold().removeprefix("the "): organisation for name, organisation in reversed(named.items())}
    return _Register(
        AhoCorasick(list(named), matchkind=MatchKind.LeftmostLongest), tuple(named.values()), by_name, domains
    )


def _lines(name: str) -> list[str]:
    text = (files("tocsin.reading") / "lexicons" / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _entries(lines: list[str]) -> Iterator[tuple[Organisation, set[str], list[str]]]:
    """Yield the organisations that have a line of their own, with all forms of their names and their domains."""
    for line in lines:
        head, english, slavic, sites = (column.strip() for column in line.split("|"))
        kind, country, owner = head.split(" ", 2)
        names = _listed(english)
        family_name = names[0] if owner == "@" else owner
        organisation = Organisation(names[0], kind, family_name, None if country == "--" else country)
        yield organisation, {*names, *_cases(_listed(slavic))}, sites.split()


def _authorities() -> Iterator[tuple[Organisation, set[str], list[str]]]:
    """Yield the ministries, forces and courts that every country has: "Egypt's army", "Egyptian army"."""
    lines = _lines("organisations_nations.txt")
    bodies = [line.removeprefix("body ").split(": ") for line in lines if line.startswith("body ")]
    for line in lines:
        if not line.startswith("body "):
            code, country, adjective = (word.replace("~", " ") for word in line.split(" "))
            for kind, listed in bodies:
                names = _listed(listed)
                own = f"{adjective} {names[0]}"
                forms_of_it = {
                    f"{whose} {name}" for whose in (f"{country}'s", f"{country}’s", adjective) for name in names
                }
                yield Organisation(own, kind, own, code), forms_of_it, []


def _listed(column: str) -> list[str]:
    return [name.strip() for name in column.split(",") if name.strip()]


def _cases(names: list[str]) -> Iterator[str]:
    """Yield names in their Ukrainian and Russian cases; abbreviations do not change."""
    for name in names:
        yield name
        if not name.isupper() and name[-1].lower() in _CYRILLIC:
            yield from forms(name, "ru")
            yield from forms(name, "uk")


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isalnum() or before == "_" or after.isalnum() or after == "_")
