"""``tocsin read``: what an article says, who says it, when, where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tocsin.commands.output import err, json_line, out
from tocsin.errors import BadInput, TocsinError, WrongUse
from tocsin.intake.decode import decode
from tocsin.intake.extract import article_from_item, article_from_record, extract_page
from tocsin.intake.parse import parse_feed
from tocsin.intake.records import MAX_CHARS
from tocsin.intake.sniff import kind_of
from tocsin.model import Article, PlaceMention, Reading, Statement, TimeMention, instant
from tocsin.reading import organisations
from tocsin.reading.reader import read
from tocsin.reading.show import show
from tocsin.stories.origins import count_origins


@dataclass(frozen=True, slots=True)
class OriginFound:
    """Where an article's information began, and the words that say so."""

    name: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One line of ``tocsin read --json``: an article and what was found in it. Spans are code points of ``text``."""

    file: str
    title: str
    published: str | None
    language: str
    text: str
    removed: tuple[str, ...]
    statements: tuple[Statement, ...]
    times: tuple[TimeMention, ...]
    places: tuple[PlaceMention, ...]
    origins: tuple[OriginFound, ...]
    url: str | None = None
    authors: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that can't be read, and why."""

    file: str
    error: str


def read_files(
    files: Annotated[
        list[Path], typer.Argument(help="HTML pages, feed documents or raw text records.", show_default=False)
    ],
    plain: Annotated[
        bool, typer.Option("--plain", help="Each file is one clean article: keep its text exactly.")
    ] = False,
    published: Annotated[
        str | None, typer.Option(help="When it was published (ISO 8601), if the file doesn't say.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="Its language (en, uk, ru …), instead of detecting it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line per article.")] = False,
) -> None:
    """Read articles: their clean text, statements (who says what), times, places and origins.

    Whether a file is a page, a feed or a raw record is told by its content. Without --json the text is shown with what
    was found in it coloured.

    ```
    tocsin read article.html
    tocsin read --json records/*.txt | jq .statements
    ```
    """
    if published is not None and instant(published) is None:
        raise WrongUse(f"--published {published!r} is not an ISO 8601 date or time, such as 2022-11-11T05:30Z")
    any_read = False
    for file in files:
        try:
            found = list(articles_in(file, plain=plain, published=published, lang=lang))
        except (TocsinError, OSError) as error:
            told = why_unreadable(error)
            json_line(Unreadable(str(file), told)) if as_json else err.print(
                f"[red]{escape(str(file))}[/]: {escape(told)}"
            )
            continue
        for article in found:  # a full disk or a closed pipe behind us is no fault of the file
            reading = read(article)
            json_line(_line(file, article, reading)) if as_json else show(article, reading, out)
            any_read = True
    if not any_read:
        raise typer.Exit(1)


def why_unreadable(error: TocsinError | OSError) -> str:
    """Return what a person is told of a file that can't be read."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def articles_in(
    file: Path, *, plain: bool = False, published: str | None = None, lang: str | None = None
) -> Iterator[Article]:
    """Yield the articles of a file: one, or a feed document's entries. Raises BadInput or OSError."""
    body = file.read_bytes()
    found = [_plain(file, body)] if plain else _extracted(file, body)
    for article in found:
        yield replace(article, published=article.published or published, language=lang or article.language)


def _plain(file: Path, body: bytes) -> Article:
    if len(body) > 4 * MAX_CHARS:
        raise BadInput(f"more than {MAX_CHARS} characters")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"with --plain a file must be UTF-8 ({error.reason} at byte {error.start})") from error
    if len(text) > MAX_CHARS:
        raise BadInput(f"a text of {len(text)} characters, at most {MAX_CHARS}")
    return Article(id=str(file), source="", title="", text=text)


def _extracted(file: Path, body: bytes) -> Iterable[Article]:
    kind = kind_of(body)
    if kind == "feed":
        items = parse_feed(body, None, "", str(file)).items
        if not items:
            raise BadInput("a feed without entries")
        return map(article_from_item, items)
    if kind == "page":
        return [extract_page(body, None, source=str(file))]
    return [article_from_record(decode(body), source=str(file))]


def _line(file: Path, article: Article, reading: Reading) -> ReadFile:
    return ReadFile(
        file=str(file),
        title=article.title,
        published=article.published,
        language=reading.language,
        text=article.text,
        removed=article.removed,
        statements=reading.statements,
        times=reading.times,
        places=reading.places,
        origins=tuple(
            OriginFound(origin.name, "; ".join(origin.evidence))
            for origin in count_origins([(article, reading)], family=organisations.family)
        ),
        url=article.canonical_url or article.url,
        authors=article.authors,
        marks=article.marks,
    )
