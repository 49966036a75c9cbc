"""An editor's marks: a sheet to fill in, and what was filled in; any program that knows tables can write one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tocsin.commands.output import whole
from tocsin.errors import BadInput
from tocsin.model import Article
from tocsin.problems import text_of
from tocsin.stories.calibrate import SHOULD, SHOULD_NOT

_WORDS = {"should": SHOULD, "shouldn't": SHOULD_NOT, "shouldnt": SHOULD_NOT, "should not": SHOULD_NOT}
_MOST_TOLD = 5
_LARGEST = 50_000_000


class BadMarks(BadInput):
    """The marks can't be used."""


def read_marks(file: Path) -> dict[str, int]:
    """Return the marks by id, from lines of ``id`` and ``mark`` parted by tabs, commas or semicolons.

    A first line that names the columns may say where these two are; a line without a mark was not marked. Raises
    ``BadMarks`` with every line that makes no sense, as far as these are few.
    """
    rows = _rows(file)
    first = [cell.strip().lower() for cell in rows[0]] if rows else []
    named = "id" in first
    at_id, at_mark = first.index("id") if named else 0, first.index("mark") if "mark" in first else 1
    faults: list[str] = []
    marks: dict[str, int] = {}
    lines: dict[str, int] = {}
    for number, row in list(enumerate(rows, 1))[named:]:
        if not any(row) or (len(row) > at_mark and not row[at_mark].strip()):
            continue
        if fault := _fault(row, at_id, at_mark):
            faults.append(f"line {number}: {fault}")
            continue
        key, mark = row[at_id].strip(), _mark(row[at_mark])
        if mark is not None and marks.setdefault(key, mark) != mark:
            faults.append(f"line {number}: {key} has another mark than in line {lines[key]}")
        lines.setdefault(key, number)
    if faults:
        more = f"; and {len(faults) - _MOST_TOLD:,} lines more" if len(faults) > _MOST_TOLD else ""
        raise BadMarks(f"{file}: {'; '.join(faults[:_MOST_TOLD])}{more}")
    if not marks:
        raise BadMarks(
            f"{file}: there are no marks in it. `tocsin calibrate STREAM --sheet FILE` writes one to fill in"
        )
    return marks


def _fault(row: Sequence[str], at_id: int, at_mark: int) -> str:
    if len(row) <= max(at_id, at_mark):
        return "it needs two columns, id and mark, parted by a tab, a comma or a semicolon"
    if not row[at_id].strip():
        return "it has no id"
    if _mark(row[at_mark]) is None:
        return f"the mark {row[at_mark].strip()[:20]!r} is none of 0, 1, 2, 3, 4, should, shouldn't"
    return ""


def _mark(text: str) -> int | None:
    plain = text.strip().lower().replace("\u2019", "'")
    return int(plain) if plain in {"0", "1", "2", "3", "4"} else _WORDS.get(plain)


def _rows(file: Path) -> list[list[str]]:
    if file.is_file() and file.stat().st_size > _LARGEST:
        raise BadMarks(f"{file}: it is too large to be a list of marks")
    text = text_of(file, BadMarks)
    if "\0" in text:
        raise BadMarks(f"{file}: it is not text; save the sheet as text, parted by tabs or commas")
    first = text.partition("\n")[0]
    mark = next((one for one in "\t;," if one in first), "\t")
    lines = io.StringIO(text, newline="")
    try:
        if mark == "\t":  # as ours are: a quotation mark in a title is only that
            return list(csv.reader(lines, delimiter=mark, quoting=csv.QUOTE_NONE))
        return list(csv.reader(lines, delimiter=mark))
    except csv.Error as error:
        raise BadMarks(f"{file}: {error}") from error


def write_sheet(file: Path, articles: Mapping[str, Article], chosen: Sequence[str]) -> None:
    """Write a sheet with an empty mark for each of the ``chosen`` articles."""
    with whole(file) as handle:
        handle.writelines(line.encode() for line in _lines(articles, chosen))


def _lines(articles: Mapping[str, Article], chosen: Sequence[str]) -> Iterator[str]:
    yield "id\tmark\tpublished\tsource\ttitle\n"
    for key in chosen:
        one = articles[key]
        cells = key, "", one.published or "", _shown(one.source), _shown(one.title or one.text[:200])
        yield "\t".join(" ".join(cell.split()) for cell in cells) + "\n"


def _shown(text: str) -> str:
    """Return a text that a spreadsheet shows: one that begins like a formula it would work out."""
    bare = text.lstrip()
    return f"'{bare}" if bare.startswith(("=", "+", "-", "@")) else bare
