"""The stories' state beside the store: written down now and then, taken up again after a restart.

A newsroom that starts would have to judge again everything of the last 72 hours to know its stories. Instead it takes
up this file and judges again only what was judged after it was written. The file is trusted for nothing: if it is
damaged, or from another program, other rules or another store, a line in the log says so and the store is read instead.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import Connection

from tocsin.model import Article, Reading
from tocsin.reading.reader import read
from tocsin.store.stories import ReadArticle, articles_in_rows, judged_at
from tocsin.stories.core import Core

log = structlog.get_logger()

NAME = "stories.snapshot"
_MAGIC = b"tocsin stories 1\n"
_DIGEST = 32
_LEAST_APART, _MOST_APART = timedelta(minutes=1), timedelta(minutes=10)
_ENOUGH = 1000
_ROWS_AT_ONCE = 500
_DECIDES = ("stories", "reading", "alerts/route.py", "model.py")
"""What the decisions depend on: if any of it changes, a state is no longer what this program would have come to."""


class Unusable(Exception):
    """This file can't be taken up; the text says why."""


class Saved(msgspec.Struct, frozen=True):
    """A state, the last article judged in it (its row and when), and the row of every article the state names."""

    fingerprint: str
    row: int
    at: datetime
    rows: dict[str, int]
    core: bytes


class Recollection:
    """Writes a core's state down, and takes it up."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._rows: dict[str, int] = {}
        self._last: tuple[datetime, int] | None = None
        self._unwritten = 0
        self._written_at: datetime | None = None

    def judged(self, article: ReadArticle, at: datetime) -> None:
        """Note that an article was judged, and that the store has it."""
        self._rows[article.article.id] = article.id
        self._last = at, article.id
        self._unwritten += 1
        self._written_at = self._written_at or at

    def write_if_due(self, core: Core, now: datetime) -> None:
        """Write the state down: after so many articles or so long a time, and not all the time."""
        since = now - self._written_at if self._written_at else timedelta(0)
        if self._unwritten and (since >= _MOST_APART or (since >= _LEAST_APART and self._unwritten >= _ENOUGH)):
            self.write(core, now)

    def write(self, core: Core, now: datetime) -> None:
        """Write the state down, whole or not at all; what goes wrong is logged, since the store has everything."""
        if self._last is None or not self._unwritten:
            return
        self._rows = {one: self._rows[one] for one in core.articles()}
        at, row = self._last
        body = msgspec.msgpack.encode(Saved(fingerprint(core), row, at, self._rows, core.snapshot()))
        try:
            _replace(self._file, _MAGIC + hashlib.sha256(body).digest() + body)
        except OSError as error:
            log.warning("stories.not_written_down", file=str(self._file), error=str(error))
        self._unwritten, self._written_at = 0, now

    def take_up(self, connection: Connection, core: Core, beat: Callable[[], None]) -> tuple[datetime, int] | None:
        """Take the state up in a new core; return the last article judged in it (when, and its row).

        None, with a line in the log, if it can't be: the core is then to be thrown away. ``beat`` is called every so
        often, since this may take seconds.
        """
        try:
            saved = _load(self._file, core, connection)
            core.restore(saved.core, dict(_texts(connection, saved.rows, beat)))
        except FileNotFoundError:
            return None
        except (Unusable, OSError, msgspec.DecodeError, KeyError) as error:
            log.warning("stories.not_taken_up", file=str(self._file), why=str(error) or type(error).__name__)
            return None
        self._rows, self._last = saved.rows, (saved.at, saved.row)
        log.info("stories.taken_up", articles=len(saved.rows), until=saved.at.isoformat())
        return self._last


class Readings:
    """The readings of the articles judged last, so that judging reads an article again only after a restart."""

    def __init__(self, size: int = 2000) -> None:
        self._known: OrderedDict[str, Reading] = OrderedDict()
        self._size = size

    def add(self, article: Article, reading: Reading) -> None:
        """Keep one, in the place of the oldest."""
        self._known[article.id] = reading
        if len(self._known) > self._size:
            self._known.popitem(last=False)

    def of(self, article: Article) -> Reading:
        """Return the reading of an article."""
        return self._known.get(article.id) or read(article)


def fingerprint(core: Core) -> str:
    """Return what a state depends on, beside the articles: the program, the rules and the sources."""
    sources = sorted(map(repr, core.sources.values()))
    return hashlib.sha256("\n".join((_program(), repr(core.rules), *sources)).encode()).hexdigest()


@cache
def _program() -> str:
    package = Path(str(files("tocsin")))
    found = [path for name in _DECIDES for path in (package / name, *(package / name).rglob("*")) if path.is_file()]
    digest = hashlib.sha256()
    for path in sorted(path for path in found if path.suffix != ".pyc"):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _load(file: Path, core: Core, connection: Connection) -> Saved:
    content = file.read_bytes()
    head, body = content[: len(_MAGIC) + _DIGEST], content[len(_MAGIC) + _DIGEST :]
    if head != _MAGIC + hashlib.sha256(body).digest():
        raise Unusable("it is damaged, or of another version")
    saved = msgspec.msgpack.decode(body, type=Saved)
    if saved.fingerprint != fingerprint(core):
        raise Unusable("the program, its rules or its sources have changed since")
    if judged_at(connection, saved.row) != saved.at:
        raise Unusable("the store is another one, or an older copy")
    return saved


def _texts(connection: Connection, rows: dict[str, int], beat: Callable[[], None]) -> Iterator[tuple[str, Article]]:
    wanted = iter(sorted(rows.values()))
    while some := list(islice(wanted, _ROWS_AT_ONCE)):
        beat()
        for article in articles_in_rows(connection, some):
            yield article.id, article


def _replace(file: Path, content: bytes) -> None:
    """Put a file in the place of another, so that at any moment, a loss of power included, one of them is there."""
    new = file.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
