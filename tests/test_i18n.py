"""Every word of the pages and letters is in every catalogue, and a browser gets the language it asks for."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import tocsin
from tocsin.i18n import alphabetical, languages, locale_of, negotiated, translations

ROOT = Path(tocsin.__file__).parent
OTHERS = [language for language in languages() if language != "en"]
_PLACES = re.compile(r"%\(\w+\)[sd]")


@cache
def messages() -> frozenset[str]:
    """Return the messages of the pages and letters; of plurals the first form."""
    sources = [("jinja2.ext:babel_extract", file) for file in (ROOT / "web" / "pages").glob("*.html")]
    sources += [("python", file) for file in (*(ROOT / "web").glob("*.py"), ROOT / "readers" / "letters.py")]
    options = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
    found = (row[1] for method, file in sources for row in extract_from_file(method, file, options=options))
    return frozenset(message if isinstance(message, str) else message[0] for message in found)


def test_there_are_the_languages_promised() -> None:
    assert set(languages()) >= {"en", "uk", "ru"}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_with_its_places(language: str) -> None:
    with (ROOT / "locale" / language / "pages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in messages():
        entry = catalogue.get(message)
        assert entry is not None, message
        forms = entry.string if isinstance(entry.string, tuple | list) else [entry.string]
        for form in forms:
            assert form, message
            assert sorted(_PLACES.findall(form)) == sorted(_PLACES.findall(message)), message


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_keeps_what_is_no_longer_said(language: str) -> None:
    with (ROOT / "locale" / language / "pages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    said = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in catalogue if entry.id}
    assert said - messages() == set()


def test_an_unknown_language_or_domain_is_english() -> None:
    assert translations("pages", "xx").gettext("Saved.") == "Saved."
    assert translations("nothing", "uk").gettext("Saved.") == "Saved."
    assert str(locale_of("../../etc")) == "en_GB"


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("uk-UA,uk;q=0.9,en;q=0.5", "uk"),
        ("de,ru;q=0.7,en;q=0.8", "en"),
        ("en-GB", "en"),
        ("", "en"),
        ("de", "en"),
        ("uk;q=0", "en"),
        ("*;q=0.5, ;;;, uk;q=x, \x00", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_browser_s_wish(header: str, chosen: str) -> None:
    assert negotiated(header, "en") == chosen


@pytest.mark.parametrize(
    "words",
    [
        ["Безпека", "Вибори", "Ґанок", "Економіка", "Європа", "Жнива", "Імміграція", "Їжа", "Йод", "Ринки"],
        ["Ель", "Ёлка", "Жара", "Игры", "Йод", "Культура"],
        ["Éclair", "elections", "Zoo"],
    ],
    ids=["uk", "ru", "latin"],
)  # fmt: skip
def test_words_stand_in_the_order_of_their_alphabet(words: list[str]) -> None:
    assert sorted(set(words), key=alphabetical) == words
