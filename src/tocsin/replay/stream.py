"""Recorded streams: rows in the order of their own time, with a clear outcome for each row that can't be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from tocsin.errors import BadInput
from tocsin.intake.feed import urgency_of
from tocsin.intake.json_text import NotJson, json_value
from tocsin.model import Article, bare_language, instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXTS = ("source", "title", "text", "published", "lang", "url", "publisher")


@dataclass(slots=True)
class StreamNotes:
    """What was odd about a stream: rows refused (line number and why), rows out of order, rows without a time."""

    refused: list[tuple[int, str]] = field(default_factory=list)
    out_of_order: int = 0
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """An article and the moment of the stream at which it is seen."""

    article: Article
    at: datetime


def read_stream(path: Path, notes: StreamNotes) -> Iterator[Seen]:
    """Yield the articles of a stream in order of time; rows of equal time keep the file's order.

    A row without a time is seen when the row before it in the file was. Memory holds one offset per row, not the rows.
    BadInput if the file can't be read.
    """
    try:
        with path.open("rb") as file:
            for at, offset in _in_order(path, notes):
                file.seek(offset)
                yield Seen(_article(_decoded(file.readline())), at)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error


def count_lines(path: Path) -> int:
    """Return how many lines a stream has: about as many items."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _in_order(path: Path, notes: StreamNotes) -> list[tuple[datetime, int]]:
    places: list[tuple[datetime, int]] = []
    ids: set[str] = set()
    before = latest = _EPOCH
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            row = _checked(line, number, ids, notes)
            if row is not None:
                at = instant(row.get("published"))
                notes.undated += at is None
                at = before = at or before
                notes.out_of_order += at < latest
                places.append((at, offset))
                latest = max(latest, at)
            offset += len(line)
    places.sort(key=lambda place: place[0])
    return places


def _checked(line: bytes, number: int, ids: set[str], notes: StreamNotes) -> dict[str, str] | None:
    """Return the row if it can be replayed, else note why not."""
    if not line.strip():
        return None
    try:
        row = _decoded(line)
    except NotJson as error:
        notes.refused.append((number, f"not JSON: {error.args[0]}"))
        return None
    why = _fault(row, ids)
    if why:
        notes.refused.append((number, why))
        return None
    ids.add(str(row["id"]))
    return cast("dict[str, str]", row)


def _decoded(line: bytes) -> Any:
    """Return the value of a line. Raises NotJson.

    The second way is slower and takes more: NaN, a byte order mark, and half an emoji where a text was cut.
    """
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return json_value(line)


def _fault(row: object, ids: set[str]) -> str:
    if not isinstance(row, dict):
        return "not an object"
    if isinstance(row.get("id"), bool) or not isinstance(row.get("id"), str | int) or row["id"] == "":
        return "no id"
    if str(row["id"]) in ids:
        return f"the id {row['id']} came before"
    wrong = [name for name in _TEXTS if not isinstance(row.get(name, ""), str | None)]
    if wrong:
        return f"not text: {', '.join(wrong)}"
    return "" if row.get("title") or row.get("text") else "neither title nor text"


def _article(row: dict[str, str | None]) -> Article:
    return Article(
        id=str(row["id"]),
        source=row.get("source") or "",
        title=row.get("title") or "",
        text=row.get("text") or "",
        published=row.get("published"),
        language=bare_language(row.get("lang")),
        url=row.get("url"),
        publisher=row.get("publisher"),
        urgency=urgency_of(str(row.get("urgency") or "")),
    )
