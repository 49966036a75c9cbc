"""Closed lists of words that the rules ask for, language by language: the table ``[words]`` of a lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tocsin.errors import BadInput

Forms = frozenset[str]
Beginnings = tuple[str, ...]
Endings = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """The closed lists of a language; what each is for, with an example, says ``lexicons/en.toml``.

    Words are as the lexicon compares them: lower case, ё as е, without 's. Those of a language without a lexicon are
    empty, and ask for nothing.
    """

    # which words are meant (meant.py)
    where: Forms = frozenset()
    not_anniversaries: Forms = frozenset()
    on: Forms = frozenset()
    of_many: Forms = frozenset()
    death: Forms = frozenset()
    to: Forms = frozenset()
    plunges: Beginnings = ()
    into: Forms = frozenset()
    fire: Forms = frozenset()
    shots: Forms = frozenset()
    knife: Forms = frozenset()
    edge: Forms = frozenset()
    shootouts: Beginnings = ()
    blasts: Forms = frozenset()
    rules: Forms = frozenset()
    pleads: Forms = frozenset()
    impeachment: Forms = frozenset()
    proceedings: Forms = frozenset()
    tests: Forms = frozenset()
    rockets: Beginnings = ()
    afterwards: Forms = frozenset()
    named: Forms = frozenset()
    captures: Beginnings = ()
    by: Forms = frozenset()
    grouped: Forms = frozenset()
    spoken_for: Forms = frozenset()
    put_down: Beginnings = ()
    # who acts (actors.py)
    acting: Forms = frozenset()
    adjectives: Endings = ()
    before_a_place: Forms = frozenset()
    into_a_place: Forms = frozenset()
    describing: Forms = frozenset()
    # how many (events.py)
    not_a_count: Forms = frozenset()
    units: Forms = frozenset()
    ages: Beginnings = ()
    before_an_age: Forms = frozenset()
    age: Forms = frozenset()
    of: Forms = frozenset()
    quakes: Beginnings = ()
    # a toll that is corrected (revised.py)
    tolls: Forms = frozenset()
    counts: Forms = frozenset()
    revises: Forms = frozenset()
    upwards: Forms = frozenset()
    until: Forms = frozenset()
    by_how_many: Forms = frozenset()
    earlier: Forms = frozenset()
    instead: Forms = frozenset()
    not_so: Forms = frozenset()
    vague: Forms = frozenset()
    # whom it happens to (features.py)
    kin: Forms = frozenset()
    belonging: Forms = frozenset()
    # the shape of a headline (shape.py)
    referring: Forms = frozenset()
    rounding: Forms = frozenset()
    events: Forms = frozenset()
    terror: Forms = frozenset()
    relating: Forms = frozenset()
    # what is only mentioned (mention.py)
    supposed: Forms = frozenset()
    former: Forms = frozenset()
    past: Endings = ()
    full_participles: Endings = ()
    before_a_noun: Forms = frozenset()
    # labels (labels.py)
    confirms: Beginnings = ()
    # names (lexicon.py)
    names_too: Forms = frozenset()


WORDLESS = Wording()
"""That of a language without a lexicon."""


def wording_of(table: Mapping[str, object], language: str) -> Wording:
    """Return the lists of a TOML table. BadInput names what is missing, unknown or written otherwise than its kind."""
    kinds, where = {one.name: one.type for one in fields(Wording)}, f"[words] of the lexicon “{language}”"
    if missing := sorted(kinds.keys() - table.keys()):
        raise BadInput(f"{where} lacks: {', '.join(missing)}")
    if unknown := sorted(table.keys() - kinds.keys()):
        raise BadInput(f"{where} has lists that no rule asks for: {', '.join(unknown)}")
    lists: dict[str, Any] = {
        name: _READ[str(kind)](table[name], f"“{name}” in {where}") for name, kind in kinds.items()
    }
    return Wording(**lists)


def _forms(entries: object, where: str) -> Forms:
    return frozenset(_entries(entries, where, "words", re.compile(r"[^*\s]+")))


def _beginnings(entries: object, where: str) -> Beginnings:
    found = _entries(entries, where, "beginnings of words (“begin*”)", re.compile(r"[^*\s]+\*"))
    return tuple(entry[:-1] for entry in found)


def _endings(entries: object, where: str) -> Endings:
    found = _entries(entries, where, "endings of words (“*ing”)", re.compile(r"\*[^*\s]+"))
    return tuple(entry[1:] for entry in found)


def _entries(entries: object, where: str, what: str, written: re.Pattern[str]) -> Iterator[str]:
    """Yield the entries of a list; BadInput for one that is not ``written`` so, and could match no word."""
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise BadInput(f"{where} is no list of {what}")
    for entry in entries:
        if not written.fullmatch(entry):
            raise BadInput(f"{where} holds “{entry}”: it is a list of {what}")
        yield entry


_READ = {"Forms": _forms, "Beginnings": _beginnings, "Endings": _endings}
