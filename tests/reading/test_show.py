"""What a person sees of a reading in the terminal."""

from io import StringIO

from rich.console import Console

from tocsin.model import Article
from tocsin.reading.reader import read
from tocsin.reading.show import show

TEXT = (
    "The ferry sank on Friday, the coast guard said in a statement to Reuters.\n\n"
    "Captain Elsa Moor denied that it was overloaded. She said [bold]nobody[/bold] was missing."
)


def shown(article: Article) -> str:
    page = StringIO()
    show(article, read(article), Console(width=120, file=page))
    return page.getvalue()


def test_text_and_findings_are_shown_with_their_reasons() -> None:
    article = Article(
        id="a",
        source="s",
        title="Ferry sinks",
        text=TEXT,
        published="2024-05-17",
        removed=("Sign up to our newsletter",),
    )
    page = shown(article)
    assert "Ferry sinks" in page
    assert "2024-05-17 · en" in page
    assert "by statement, via Reuters" in page
    assert "denial" in page
    assert "She = Elsa Moor" in page
    assert "cited: said in a statement to Reuters" in page
    assert "Sign up to our newsletter" in page


def test_markup_in_an_article_is_only_text() -> None:
    page = shown(Article(id="a", source="s", title="[red]T[/red]", text=TEXT))
    assert "[bold]nobody[/bold]" in page
    assert "[red]T[/red]" in page


def test_article_without_findings_says_so() -> None:
    page = shown(Article(id="a", source="s", title="", text="Snow fell."))
    assert "none found" in page
    assert "date unknown" in page


def test_long_lines_are_wrapped_and_not_cut_whatever_the_console_does_elsewhere() -> None:
    text = "Divers searched the bay for the missing crew of the ferry until it was too dark to see. " * 4
    page = StringIO()
    article = Article(id="a", source="s", title="", text=text)
    show(article, read(article), Console(width=60, file=page, soft_wrap=True))
    assert page.getvalue().split().count("dark") == 4


def test_an_article_can_not_command_the_terminal() -> None:
    page = shown(Article(id="a", source="s", title="\x1b[2JGone", text="\x1b]0;x\x07The mayor\x1b[31m said no."))
    assert "\x1b" not in page
    assert "\x07" not in page
