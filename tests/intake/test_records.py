"""Raw text records: the article's words kept, the form's removed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.errors import BadInput
from tocsin.intake.extract import article_from_record
from tocsin.intake.records import files_in, read_record, text_of_file

GOLDEN = Path(__file__).parent.parent / "golden" / "pages"


@pytest.fixture
def seed(data: Path) -> str:
    (text,) = map(text_of_file, files_in(data / "seed"))
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
    assert [(path.name, text_of_file(path)) for path in files_in(tmp_path)] == [("a.txt", "a.txt"), ("b.txt", "b.txt")]
    assert list(map(text_of_file, files_in(tmp_path / "c.html"))) == ["c.html"]
    with pytest.raises(BadInput):
        files_in(tmp_path / "none")


@pytest.mark.parametrize("name", ["quay", "menu"])
def test_golden_records(name: str) -> None:
    """A record that begins with a form's words, and a whole page line by line, its links on lines of their own."""
    article = article_from_record((GOLDEN / f"{name}.txt").read_text("utf-8"))
    page = json.loads((GOLDEN / "ferry.json").read_text("utf-8"))
    assert article.text == page["text"]
    assert article.published == "2022-11-11"
    assert article.title == {"quay": page["text"].partition("\n")[0], "menu": MENU_TITLE}[name]


MENU_TITLE = "Ferry aground off North Quay, passengers taken ashore"
FORM = "Sign up to our free newsletter Please enter a valid email address SIGN UP Thanks for signing up to the"


@pytest.mark.parametrize("form", [FORM, f"{FORM} Morning Briefing email", f"{FORM} Harbour list"])
def test_a_form_that_ran_into_a_sentence_is_parted_from_it(form: str) -> None:
    sentences = json.loads((GOLDEN / "ferry.json").read_text("utf-8"))["text"].split("\n\n")
    record = read_record("\n\n".join([f"{form} {sentences[0]}", *sentences[1:-1], f"{sentences[-1]} {FORM}"]))
    assert record.text.split("\n\n") == sentences
    assert record.removed == (form, FORM)


@pytest.mark.data
def test_the_seed_record_as_one_line_gives_the_same_words(seed: str) -> None:
    assert read_record(" ".join(seed.split())).text == read_record(seed).text.replace("\n\n", " ")


def test_a_long_record_takes_bounded_time_and_a_longer_one_is_refused() -> None:
    started = time.process_time()
    record = read_record("word " * 10_000 + "\n\n" + "sign up to " * 9_000 + "\n\n" + "our aaa" * 9_000)
    assert record.text or record.removed
    assert time.process_time() - started < 10
    with pytest.raises(BadInput):
        read_record("x" * 2_000_001)


@settings(max_examples=100, deadline=3000)
@given(
    st.text()
    | st.lists(st.sampled_from(["The man left.", "sign up to", "\n", " ", "©", "1", "日本。", "date "])).map("".join)
)
def test_no_text_crashes_and_no_word_is_lost(text: str) -> None:
    record = read_record(text)
    kept = "".join((record.text + "".join(record.removed)).split())
    assert sorted(kept) == sorted("".join(text.split())) or record.published
