"""One article read as a whole."""

import tracemalloc

import pytest

from tocsin.model import Article
from tocsin.reading.lexicon import load
from tocsin.reading.reader import read

TEXT = (
    "Troops have left the port of Odesa, Ukraine's defence ministry said on Friday.\n\n"
    "Its spokesman, Taras Hul, told The Harbour Post that the last ship sailed at 5am.\n\n"
    "He said nobody was hurt."
)
ARTICLE = Article(id="a", source="s", title="Port", text=TEXT, published="2024-05-17", publisher="The Harbour Post")


def test_all_parts_of_an_article_are_read() -> None:
    reading = read(ARTICLE)
    assert reading.language == "en"
    assert [statement.said for statement in reading.statements] == ["2024-05-17", None, None]
    assert reading.statements[2].resolved_to == "Taras Hul"
    assert "2024-05-17T05" in [time.value for time in reading.times]
    assert "Odesa" in [place.name for place in reading.places]
    assert ("own", "The Harbour Post") in [(credit.kind, credit.name) for credit in reading.credits]


def test_speakers_belong_to_the_country_their_phrase_names() -> None:
    assert read(ARTICLE).statements[0].party == "UA"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "“", "1", "said"])
def test_article_with_hardly_any_text(text: str) -> None:
    assert read(Article(id="a", source="s", title="", text=text)).statements == ()


def test_language_given_by_the_article_decides_when_the_text_cannot() -> None:
    assert read(Article(id="a", source="s", title="", text="1 2 3", language="uk")).language == "uk"


def test_statement_lexicons_are_small() -> None:
    load.cache_clear()
    tracemalloc.start()
    for language in ("en", "uk", "ru"):
        load(language)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 6_000_000
