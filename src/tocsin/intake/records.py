"""Raw text records: a whole page as one text, form words mixed in, cleaned as well as the words allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import BadInput
from tocsin.intake.boilerplate import is_boilerplate, reads_as_prose
from tocsin.intake.dates import iso_date
from tocsin.intake.decode import decode

MAX_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """A cleaned record. ``title`` is its own headline, or the text's first sentence when it has none."""

    title: str
    text: str
    published: str | None
    removed: tuple[str, ...]


_HEAD_DATE = re.compile(
    r"^\s*(?:(?:date|published|updated)\b\s*:?\s*)(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)\s*", re.IGNORECASE
)
_SENTENCE = re.compile(r".+?[.!?…][\"'”’»)\]]*(?=\s+[\"'“‘«(\[]?[^\W\da-z_])|.+$", re.DOTALL)


def read_record(text: str) -> Record:
    """Return what is article in a record, and what was removed, in order."""
    published, body = _head_date(text)
    lines = [line for raw in body.splitlines() if (line := " ".join(raw.split()))]
    keep = _kept(lines)
    kept = [line for line, stays in zip(lines, keep, strict=True) if stays]
    removed = tuple(line for line, stays in zip(lines, keep, strict=True) if not stays)
    title = _headline(kept)
    paragraphs = kept[1:] if kept and title == kept[0] and len(kept) > 1 and not reads_as_prose(title) else kept
    return Record(title, "\n\n".join(paragraphs), published, removed)


def _head_date(text: str) -> tuple[str | None, str]:
    matched = _HEAD_DATE.match(text)
    return (iso_date(matched[1]), text[matched.end() :]) if matched else (None, text)


def _kept(lines: list[str]) -> list[bool]:
    prose = [reads_as_prose(line) and not is_boilerplate(line) for line in lines]
    if not any(prose):
        return [not is_boilerplate(line) for line in lines]
    first, last = prose.index(True), len(prose) - prose[::-1].index(True)
    return [first <= at < last and not is_boilerplate(line) for at, line in enumerate(lines)]


def _headline(lines: list[str]) -> str:
    if not lines:
        return ""
    return first_sentence(lines[0])


def first_sentence(text: str) -> str:
    """Return the first sentence of a paragraph, verbatim."""
    matched = _SENTENCE.match(text)
    return matched.group().strip() if matched else text


def read_folder(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each record of a file, or of a folder's ``.txt`` files by name, as its path and text.

    Raises BadInput when there is nothing at ``path`` or a record is larger than MAX_BYTES.
    """
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder")
    for file in sorted(path.glob("*.txt")) if path.is_dir() else [path]:
        if file.stat().st_size > MAX_BYTES:
            raise BadInput(f"{file}: larger than {MAX_BYTES} bytes")
        yield file, decode(file.read_bytes())
