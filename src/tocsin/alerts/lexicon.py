"""The words composition needs in one language, read once from ``lexicons/<lang>.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Patterns of the subject line by name, and words as sets of lower-case strings."""

    subject: dict[str, str]
    many: frozenset[str]
    urgent: tuple[str, ...]
    abbreviations: frozenset[str]
    openers: frozenset[str]


def lexicon(language: str | None) -> Lexicon:
    """Return the lexicon of a language (``uk``, ``en-GB``); English where there is none."""
    primary = (language or FALLBACK).replace("_", "-").split("-")[0].lower()
    return _read(primary if primary in _shipped() else FALLBACK)


@cache
def _shipped() -> frozenset[str]:
    folder = files(__package__) / "lexicons"
    return frozenset(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


@cache
def _read(language: str) -> Lexicon:
    raw = tomllib.loads((files(__package__) / "lexicons" / f"{language}.toml").read_text(encoding="utf-8"))
    words = raw["words"]
    return Lexicon(
        subject=raw["subject"],
        many=frozenset(words["many"]),
        urgent=tuple(sorted(words["urgent"], key=len, reverse=True)),
        abbreviations=frozenset(words["abbreviations"]),
        openers=frozenset(words["openers"]),
    )
