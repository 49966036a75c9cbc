"""How commands speak: text and tables for people, JSON lines for programs, progress on the terminal only."""

from __future__ import annotations

import csv
import io
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec
import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from tocsin.delivery.seen import is_seen
from tocsin.errors import WrongUse

Found = TypeVar("Found")


def plain(text: str) -> str:
    """Return text as one line in which nothing commands a terminal, or turns what stands behind it round."""
    return "".join(" " if sign.isspace() or unicodedata.category(sign) == "Cc" else sign for sign in text if _fit(sign))


def _fit(sign: str) -> bool:
    return is_seen(sign) or unicodedata.category(sign) == "Cc"


class Terminal(Console):
    """Prints to a terminal. What it is given may hold what others wrote: only its own styles are commands."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Give what is to be printed, piece by piece, each of them plain."""
        for piece in super().render(renderable, options):
            yield piece if piece.control or piece.text == "\n" else piece._replace(text=_plain_lines(piece.text))


def _plain_lines(text: str) -> str:
    return "\n".join(map(plain, text.split("\n")))


out = Terminal(soft_wrap=True, highlight=False)
err = Terminal(stderr=True, soft_wrap=True, highlight=False)


def on_terminal() -> bool:
    """Tell whether somebody can be asked; a closed standard input is nobody."""
    return sys.stdin is not None and sys.stdin.isatty()


def json_line(value: Any) -> None:
    """Print one compact line of JSON on the standard output."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table that a person can read."""
    out.print(drawn(columns, rows, title))


def listing(
    found: Sequence[Found],
    columns: Sequence[str],
    row: Callable[[Found], Sequence[object]],
    *,
    as_json: bool,
    nothing: str,
) -> None:
    """Print what was found: a line of JSON each, or a table with a row each; with ``nothing`` to show, exit 3."""
    if not found:
        err.print(nothing, markup=False)
        raise typer.Exit(3)
    if as_json:
        for one in found:
            json_line(one)
    else:
        table(columns, map(row, found))


def drawn(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> Table:
    """Return such a table. Cells are plain text: what came from outside is never taken for markup or escapes."""
    found = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        found.add_row(*(Text("" if cell is None else plain(str(cell))) for cell in row))
    return found


def progress() -> Progress:
    """Return a bar for work that takes its time, shown on a terminal only."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def readers(count: int) -> str:
    """Return so many readers in words."""
    return "1 reader" if count == 1 else f"{count:,} readers"


@contextmanager
def interruptible(told: Callable[[], str]) -> Iterator[None]:
    """Tell whoever presses Ctrl-C what has come of it so far."""
    try:
        yield
    except KeyboardInterrupt:
        err.print(told(), markup=False)
        raise


def check_place(file: Path, named: str = "") -> None:
    """Raise ``WrongUse`` where a file can't be written, before the work whose result it is to hold."""
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise WrongUse(
            f"{named}{file}: {'this is a folder' if file.is_dir() else 'its folder is not there'}; name a file"
        )


@contextmanager
def whole(file: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Open a file that stands under its name only when all of it is written: not when the disk is full half-way."""
    if file.exists() and not file.is_file():  # such as /dev/stdout
        with file.open("wb") as handle:
            yield handle
        return
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as handle:
            yield handle
        fresh.replace(file)
    except OSError as error:
        error.filename = error.filename or str(file)
        raise
    finally:
        fresh.unlink(missing_ok=True)


def write_table(file: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> int:
    """Write a table as CSV, readable by its owner alone, for it holds addresses; return how many rows it has."""
    count = 0
    with whole(file, 0o600) as handle:
        lines = io.TextIOWrapper(handle, "utf-8", newline="")
        writer = csv.writer(lines)
        writer.writerow(columns)
        for row in rows:
            writer.writerow(map(_cell, row))
            count += 1
        lines.detach()
    return count


def _cell(value: object) -> object:
    """Return a value as a spreadsheet takes it for text: what others have written must never run as a formula."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
