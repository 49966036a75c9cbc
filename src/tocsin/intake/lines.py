"""A raw record's text as units that can be judged: broken lines joined, run-together lines parted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.intake.boilerplate import form_apart

_ENGLISH = (
    "the a an of in on at to for and or but with by from as is was are were be been that which who his her its their"
    " this these said says will would has have had not it he she they we you i than into over after before about"
    " between against"
)
FUNCTION_WORDS = frozenset(_ENGLISH.split())
_CONTINUES = re.compile(r"[a-zа-яёіїєґß-ÿ]|[,.;:!?%)\]”’…]|['’]s\b")
_SENTENCE = re.compile(r".+?[.!?…][\"'”’»)\]]*(?=\s+[\"'“‘«(\[]?[^\W\d_a-zа-яёіїєґß-ÿ])|.+$")
_LONGEST_LINK = 12
"""A line that follows "of the" and has no more words may be a link that belongs there."""

_LONGEST_LINE = 100
"""A line of more words may be a whole page run together, so it is judged sentence by sentence."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text to be kept or removed whole, and the number of the line it stands in."""

    text: str
    line: int


def units_of(text: str) -> list[Unit]:
    """Return the units of a text in order, each on one line with single spaces."""
    lines = _joined([" ".join(raw.split()) for raw in text.splitlines()])
    return [Unit(piece, number) for number, line in enumerate(lines) for piece in _pieces(line)]


def first_sentence(text: str) -> str:
    """Return the first sentence of a paragraph, verbatim."""
    matched = _SENTENCE.match(text)
    return matched.group() if matched else text


def _joined(lines: list[str]) -> list[str]:
    """Return the lines without blank ones, those joined that a link or a wrapped column broke within a sentence."""
    joined: list[str] = []
    follows = False  # a blank line ends a paragraph, whatever stands around it
    for line in lines:
        if line and follows and _goes_on(joined[-1], line):
            joined[-1] += line if line[0] in ",.;:!?%)]”’…" else f" {line}"
        elif line:
            joined.append(line)
        follows = bool(line)
    return joined


def _goes_on(before: str, line: str) -> bool:
    if before.endswith(","):
        return True
    if before.endswith((".", "!", "?")):
        return False
    if " " in before and _CONTINUES.match(line):
        return True
    return before.rpartition(" ")[2].lower() in FUNCTION_WORDS and line.count(" ") < _LONGEST_LINK


def _pieces(line: str) -> list[str]:
    """Return a line as it is, or, where a page or a form ran into it, in parts."""
    pieces = [line] if line.count(" ") < _LONGEST_LINE else [found.strip() for found in _SENTENCE.findall(line)]
    return [part for piece in pieces for part in form_apart(piece)]
