"""Mail catalogues: every message translated, with its placeholders, and none that nobody says."""

import re
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import tocsin
from tocsin.delivery.words import words_of

HERE = Path(tocsin.__file__).parent
LANGUAGES = sorted(folder.name for folder in (HERE / "locale").iterdir() if (folder / "mail.po").is_file())
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def said_in_code() -> set[str]:
    """Return every message of the mails' code and templates; of a plural its first form."""
    methods = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
    keywords = {"gettext": None, "_": None, "ngettext": (1, 2)}
    options = {pattern: {"newstyle_gettext": "true"} for pattern, _ in methods}
    found = extract_from_dir(HERE / "delivery", methods, options_map=options, keywords=keywords)
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    return read_po(BytesIO((files("tocsin") / "locale" / language / "mail.po").read_bytes()), locale=language)


def strings(catalogue: Catalog) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for message in catalogue:
        if message.id:
            yield _each(message.id), _each(message.string)


def _each(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text or ""),)


def test_ukrainian_and_russian_are_there() -> None:
    assert set(LANGUAGES) >= {"uk", "ru"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_none_is_left_over(language: str) -> None:
    translated = {ids[0] for ids, texts in strings(catalogue(language)) if all(texts)}
    assert translated == said_in_code()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_its_placeholders(language: str) -> None:
    for ids, texts in strings(catalogue(language)):
        for text in texts:
            assert sorted(_PLACEHOLDER.findall(text)) == sorted(_PLACEHOLDER.findall(ids[-1])), text


@pytest.mark.parametrize(
    ("number", "wanted"), [(1, "джерело"), (3, "джерела"), (5, "джерел"), (11, "джерел"), (21, "джерело")]
)
def test_plurals_follow_the_language(number: int, wanted: str) -> None:
    text = words_of("uk").ngettext("%(num)d independent origin", "%(num)d independent origins", number)
    assert text.split()[-1] == wanted
