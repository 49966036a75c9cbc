"""Raw text records: a whole page as one text, form words mixed in, cleaned as well as the words allow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tocsin.errors import BadInput
from tocsin.intake.boilerplate import ends_a_sentence, is_boilerplate, phrases_in
from tocsin.intake.dates import date_in_words, iso_date
from tocsin.intake.decode import decode
from tocsin.intake.line_model import line_model
from tocsin.intake.lines import Unit, first_sentence, units_of

MAX_CHARS = 2_000_000
"""A longer record is refused: judging its lines takes about two seconds per million characters."""

_HEAD_DATE = re.compile(
    r"\s*(?:date|published|updated)\b\s*:?\s*(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)\s*", re.IGNORECASE
)
_WORD = re.compile(r"\w{4,}")


@dataclass(frozen=True, slots=True)
class Record:
    """A cleaned record. ``title`` is its own headline, or the text's first sentence when it has none."""

    title: str
    text: str
    published: str | None
    removed: tuple[str, ...]


def read_record(text: str) -> Record:
    """Return what is article in a record, and what was removed, in order; longer ones than MAX_CHARS raise BadInput."""
    if len(text) > MAX_CHARS:
        raise BadInput(f"a record of {len(text)} characters, at most {MAX_CHARS}")
    head = _HEAD_DATE.match(text)
    units = units_of(text[head.end() :] if head else text)
    keep = _kept([unit.text for unit in units])
    above = _above(units, keep)
    title = _headline(above, [unit.text for unit, stays in zip(units, keep, strict=True) if stays])
    paragraphs = _paragraphs(units, keep)
    return Record(
        title=title or (first_sentence(paragraphs[0]) if paragraphs else ""),
        text="\n\n".join(paragraphs),
        published=iso_date(head[1]) if head else _date_above(above),
        removed=tuple(unit.text for unit, stays in zip(units, keep, strict=True) if not stays),
    )


def _kept(lines: Sequence[str]) -> list[bool]:
    """Return which lines are article: as the model says, or, where it finds nothing, all that is no boilerplate."""
    keep = [is_in and not _is_form(line) for line, is_in in zip(lines, line_model().article_lines(lines), strict=True)]
    return keep if any(keep) else [not is_boilerplate(line) for line in lines]


def _is_form(line: str) -> bool:
    """Return whether a line is form words beyond doubt: at least two of their phrases, and little else."""
    return phrases_in(line) > 1 and is_boilerplate(line)


def _paragraphs(units: Sequence[Unit], keep: Sequence[bool]) -> list[str]:
    """Return the kept units, those of one line together."""
    kept = [unit for unit, stays in zip(units, keep, strict=True) if stays]
    return [" ".join(unit.text for unit in line) for _, line in groupby(kept, key=lambda unit: unit.line)]


def _above(units: Sequence[Unit], keep: Sequence[bool]) -> list[str]:
    """Return the lines above the article."""
    return [unit.text for unit in units[: keep.index(True)]] if True in keep else []


def _headline(above: Sequence[str], article: Sequence[str]) -> str:
    """Return the line above the article that most shares its words, as a headline does; "" when none does."""
    body = set(_WORD.findall(" ".join(article).lower()))
    best, most = "", 0.5
    for line in above:
        words = set(_WORD.findall(line.lower()))
        if len(words) < 3 or not 4 <= len(line.split()) <= 25 or ends_a_sentence(line) or phrases_in(line):
            continue
        shared = len(words & body) / len(words)
        if shared > most:
            best, most = line, shared
    return best


def _date_above(above: Sequence[str]) -> str | None:
    """Return the date of the dateline nearest above the article, None when there is none."""
    short = [line for line in above if len(line.split()) <= 16]
    return next((date for line in reversed(short[-12:]) if (date := date_in_words(line))), None)


def files_in(path: Path) -> list[Path]:
    """Return a file, or a folder's ``.txt`` files by name. Raises BadInput when there is nothing at ``path``."""
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder")
    return sorted(path.glob("*.txt")) if path.is_dir() else [path]


def mark_of(file: Path) -> tuple[int, int]:
    """Return a file's size and time (ns), which change when it does. Raises BadInput."""
    try:
        found = file.stat()
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from error
    return found.st_size, found.st_mtime_ns


def text_of_file(file: Path) -> str:
    """Return the text of a record's file. Raises BadInput when it can't be read, or can't be within MAX_CHARS."""
    try:
        if file.stat().st_size > 4 * MAX_CHARS:
            raise BadInput(f"{file}: more than {MAX_CHARS} characters")
        return decode(file.read_bytes())
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from error
