"""Show a reading to a person in the terminal: the coloured text, then what was found and why."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tocsin.model import Article, Credit, PlaceMention, Reading, Statement, TimeMention

SPEAKER, CUE, CONTENT, TIME, PLACE, REMOVED = "bold cyan", "bold", "green", "magenta", "yellow", "dim"
_CREDIT_WORDS = {
    "wire": "credited wire",
    "dateline": "dateline",
    "byline": "byline",
    "feed-source": "named by the feed",
    "canonical": "linked as the original",
    "attribution": "cited",
    "authority": "speaks for itself",
    "own": "spoke to this publisher",
}


def show(article: Article, reading: Reading, console: Console) -> None:
    """Print the article's text with all that was read in it coloured, then what each was taken for and why."""
    console.print(Group(*_parts(article, reading)), soft_wrap=False)


def _plain(text: str) -> str:
    """Return text of the same length in which nothing is a command to the terminal."""
    return "".join(" " if unicodedata.category(sign) == "Cc" and sign not in "\n\t" else sign for sign in text)


def _parts(article: Article, reading: Reading) -> Iterator[RenderableType]:
    if article.title:
        yield Text(_plain(article.title), style="bold underline")
    yield Text(
        _plain(" · ".join(filter(None, (article.published or "date unknown", reading.language, article.publisher)))),
        style="dim",
    )
    yield _legend()
    yield Padding(_coloured(article.text, reading), (1, 0))
    for title, rows in (
        ("Who says what", [_statement_row(statement) for statement in reading.statements]),
        ("When", [_time_row(time) for time in reading.times]),
        ("Where", [_place_row(place) for place in reading.places]),
        ("Signs of origin", [_credit_row(credit) for credit in reading.credits]),
    ):
        yield _table(title, rows)
    if article.removed:
        yield Text("Taken out as boilerplate", style="bold")
        yield from (Text(f"  {_plain(line)}", style=REMOVED) for line in article.removed)
    yield Text()


def _legend() -> Text:
    words = (("speaker", SPEAKER), ("cue", CUE), ("what is said", CONTENT), ("time", TIME), ("place", PLACE))
    return Text("  ").join(Text(word, style=style) for word, style in words)


def _coloured(text: str, reading: Reading) -> Text:
    coloured = Text(_plain(text))
    for statement in reading.statements:
        coloured.stylize(CONTENT, *statement.content_span)
    for place in reading.places:
        coloured.stylize(PLACE, *place.span)
    for time in reading.times:
        coloured.stylize(TIME, *time.span)
    for statement in reading.statements:
        coloured.stylize(CUE, *statement.cue_span)
        if statement.speaker_span is not None:
            coloured.stylize(SPEAKER, *statement.speaker_span)
    return coloured


def _table(title: str, rows: list[tuple[Text, Text]]) -> RenderableType:
    if not rows:
        return Text.assemble((title, "bold"), ("  none found", "dim"))
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    table.add_column(ratio=2)
    table.add_column(ratio=5)
    for row in rows:
        table.add_row(*row)
    return table


def _statement_row(statement: Statement) -> tuple[Text, Text]:
    who = Text(_plain(statement.speaker or "nobody named"), style=SPEAKER)
    if statement.resolved_to:
        who.append(_plain(f" = {statement.resolved_to}"))
    said = Text.assemble((f"{statement.cue} ", CUE), (_plain(" ".join(statement.content.split())), CONTENT))
    marks = ", ".join(_marks(statement))
    if marks:
        said.append(f"  ({marks})", style="dim")
    return who, said


def _marks(statement: Statement) -> Iterator[str]:
    flags = (("evidence, not speech", statement.kind == "evidence"), ("quoted", statement.quoted))
    yield from (word for word, holds in flags if holds)
    yield from (word for word, holds in (("denial", statement.denied), ("hedged", statement.hedged)) if holds)
    facts = (
        ("by", statement.medium),
        ("via", statement.via),
        ("on", statement.said),
        ("role:", statement.role),
        ("side:", statement.party),
        ("meaning:", statement.gloss),
    )
    yield from (_plain(f"{word} {value}") for word, value in facts if value)


def _time_row(time: TimeMention) -> tuple[Text, Text]:
    why = [
        f"{time.kind} to the {time.precision}",
        *(["background"] if time.background else []),
        *filter(None, [time.zone]),
    ]
    return Text(_plain(time.text), style=TIME), Text.assemble(
        time.value or "unresolved", (f"  ({', '.join(why)})", "dim")
    )


def _place_row(place: PlaceMention) -> tuple[Text, Text]:
    where = ", ".join(filter(None, (place.name, place.country))) or "unresolved"
    return Text(_plain(place.text), style=PLACE), Text(where)


def _credit_row(credit: Credit) -> tuple[Text, Text]:
    return Text(_plain(credit.name), style="bold"), Text.assemble(
        f"{_CREDIT_WORDS[credit.kind]}: ", (_plain(credit.evidence), "italic")
    )
