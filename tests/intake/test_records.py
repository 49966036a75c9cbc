"""Raw text records: the article's words kept, the form's removed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tocsin.errors import BadInput
from tocsin.intake.extract import article_from_record
from tocsin.intake.records import read_folder, read_record


@pytest.fixture
def seed(data: Path) -> str:
    ((_, text),) = read_folder(data / "seed")
    return text


@pytest.mark.data
def test_the_seed_record_gives_its_day_and_every_sentence_and_no_form_word(seed: str) -> None:
    """Read in place: the record's first line is the form, each line after it is a paragraph of the article."""
    article = article_from_record(seed)
    form, *paragraphs = [line for line in seed.split("\n") if line.strip()]
    assert article.published == "2022-11-11"
    assert article.text.split("\n\n") == [" ".join(line.split()) for line in paragraphs]
    assert " ".join(article.removed) == form.partition("2022-11-11")[2].strip()
    assert article.title == article.text[: len(article.title)]
    assert article.title.endswith(".")
    assert article.language == "en"


@pytest.mark.data
def test_the_seed_record_survives_other_line_breaks(seed: str) -> None:
    text = read_record(seed).text
    assert read_record(seed.replace("\n", "\r\n")).text == text
    assert read_record(seed.replace("\n\n", "\n")).text == text
    assert read_record(seed + "\n\nSIGN UP\n\nRead our privacy notice\n").text == text


def test_a_record_without_words_is_no_article() -> None:
    for text in ("", " \n\n ", "date 2022-11-11 "):
        with pytest.raises(BadInput):
            article_from_record(text)


def test_a_folder_gives_its_records_by_name(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.html"):
        (tmp_path / name).write_text(name)
    assert [(path.name, text) for path, text in read_folder(tmp_path)] == [("a.txt", "a.txt"), ("b.txt", "b.txt")]
    assert [text for _, text in read_folder(tmp_path / "c.html")] == ["c.html"]
    with pytest.raises(BadInput):
        list(read_folder(tmp_path / "none"))


def test_a_long_line_takes_bounded_time() -> None:
    record = read_record("word " * 200_000 + "\n\n" + "sign up to " * 100_000)
    assert hashlib.sha256(record.text.encode()).digest()
