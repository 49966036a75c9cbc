"""Show a reading to a person in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from tocsin.model import Article, Reading


def show(article: Article, reading: Reading, console: Console) -> None:
    """Print the article's text with statements, times and places coloured, and what each was taken for."""
    text = Text(article.text)
    for statement in reading.statements:
        text.stylize("green", *statement.content_span)
        text.stylize("bold", *statement.cue_span)
        if statement.speaker_span:
            text.stylize("bold cyan", *statement.speaker_span)
    console.print(text)
