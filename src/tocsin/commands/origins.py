"""``tocsin origins``: how many independent beginnings stand behind a story."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tocsin.commands.output import err, json_line, out
from tocsin.commands.read import articles_in, why_unreadable
from tocsin.errors import TocsinError
from tocsin.model import Article
from tocsin.reading import organisations
from tocsin.reading.reader import read
from tocsin.stories.origins import count_origins


def print_origins(
    files: Annotated[list[Path], typer.Argument(help="The story's articles: pages, feeds or records.")],
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line per origin.")] = False,
) -> None:
    """Read the files as one story and print its independent origins, with the evidence for each merge.

    Ten copies of one wire are one origin. Each line names the origin, the articles that go back to it, and why. A file
    that can't be read is told, and the rest go on.

    ```
    tocsin origins reuters.html times.html ministry.html
    ```
    """
    story = [(article, read(article)) for file in files for article in _articles_in(file)]
    if not story:
        raise typer.Exit(1)
    origins = count_origins(story, family=organisations.family)
    for origin in origins:
        if as_json:
            json_line(origin)
            continue
        out.print(f"[bold]{escape(origin.name)}[/]  {len(origin.articles)} of {len(story)} articles")
        for line in origin.evidence:
            out.print(f"    {line}", markup=False)
    if not as_json:
        out.print(f"{len(origins)} independent origin{'s' if len(origins) != 1 else ''} in {len(story)} articles")


def _articles_in(file: Path) -> list[Article]:
    try:
        return list(articles_in(file))
    except (TocsinError, OSError) as error:
        err.print(f"[red]{escape(str(file))}[/]: {escape(why_unreadable(error))}")
        return []
