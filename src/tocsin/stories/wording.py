"""Closed lists of words that the rules ask for, language by language: the table ``[words]`` of a lexicon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from tocsin.errors import BadInput

Forms = frozenset[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """The closed lists of a language: words as the lexicon compares them, lower case and without 's.

    A toll that is corrected: it ``revises`` what by itself means a toll (``tolls``) or does so beside the dead
    (``counts``); a number stands after ``until`` ("to"), ``by`` how many it changed, ``earlier`` for what was said
    before, ``instead`` or (at once) ``not_so`` for what it takes the place of. ``upwards`` tells a toll that rose from
    one that was corrected downwards, ``vague`` are numbers that nobody counted.
    """

    tolls: Forms = frozenset()
    counts: Forms = frozenset()
    revises: Forms = frozenset()
    upwards: Forms = frozenset()
    until: Forms = frozenset()
    by: Forms = frozenset()
    earlier: Forms = frozenset()
    instead: Forms = frozenset()
    not_so: Forms = frozenset()
    vague: Forms = frozenset()


WORDLESS = Wording()
"""That of a language without a lexicon."""


def wording_of(table: Mapping[str, object], language: str) -> Wording:
    """Return the lists of a TOML table. BadInput when one is missing, unknown or no list of words."""
    names = {one.name for one in fields(Wording)}
    if missing := sorted(names - table.keys()):
        raise BadInput(f"[words] of the lexicon “{language}” lacks: {', '.join(missing)}")
    if unknown := sorted(table.keys() - names):
        raise BadInput(f"[words] of the lexicon “{language}” has lists that no rule asks for: {', '.join(unknown)}")
    return Wording(**{name: _forms(table[name], f"“{name}” in [words] of the lexicon “{language}”") for name in names})


def _forms(entries: object, where: str) -> Forms:
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise BadInput(f"{where} is no list of words")
    return frozenset(entries)
