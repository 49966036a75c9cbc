"""``tocsin record``: what came in, as a stream that ``tocsin replay`` reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Annotated

import msgspec
import typer

from tocsin.commands.moments import moment
from tocsin.commands.options import Config
from tocsin.commands.output import check_place, err, whole
from tocsin.settings import installation
from tocsin.store.search import articles_between
from tocsin.store.stories import ReadArticle
from tocsin.wiring import assemble

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a stream; ``seen`` is when it came here, which replay does not read."""

    id: str
    published: str | None
    source: str
    lang: str | None
    title: str
    text: str
    url: str | None
    publisher: str | None
    urgency: int | None
    seen: datetime


def record(
    file: Annotated[
        Path, typer.Option("--out", help="The file to write; - for the standard output.", show_default=False)
    ],
    since: Annotated[str, typer.Option(help="From when: an ISO 8601 time, or 24h, 7d before now.")] = "24h",
    until: Annotated[str | None, typer.Option(help="Until when, likewise; until now if not given.")] = None,
    config: Config = None,
) -> None:
    """Write what came in as a stream for `tocsin replay`: an installation in shadow shows what it would have sent.

    What a feed's first fetch brought is left out: it was known but never news, and in a replay every row is news.

    ```
    tocsin record --since 7d --out week.jsonl
    tocsin replay week.jsonl --sources sources.toml --out report
    ```
    """
    parts = assemble(installation(config))
    now = parts.clock()
    first, last = moment(since, now), moment(until, now) if until else now
    count = 0
    with parts.store.read() as connection, _writing(file) as handle, err.status("recording …") as status:
        for article in articles_between(connection, first, last):
            if article.primed:
                handle.write(msgspec.json.encode(_row(article)) + b"\n")
                count += 1
                if count % 1000 == 0:
                    status.update(f"recording … {count:,}")
    err.print(f"{count:,} articles seen from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC.")
    if not count:
        raise typer.Exit(3)


def _row(read: ReadArticle) -> Row:
    article = read.article
    return Row(
        id=article.id,
        published=article.published,
        source=article.source,
        lang=article.language or read.reading.language,
        title=article.title,
        text=article.text,
        url=article.url,
        publisher=article.publisher,
        urgency=article.urgency,
        seen=read.seen_at,
    )


@contextmanager
def _writing(file: Path) -> Iterator[IO[bytes]]:
    """Open the stream to write: a file, or the standard output."""
    if str(file) == "-":
        yield sys.stdout.buffer
        return
    check_place(file, "--out ")
    with whole(file) as handle:
        yield handle
