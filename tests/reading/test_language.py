"""Telling languages apart, with and without a hint."""

import pytest

from tocsin.reading.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The minister said the bridge was open again.", "en"),
        ("Міністр заявив, що міст знову відкрито.", "uk"),
        ("Министр заявил, что мост снова открыт.", "ru"),
        ("Le ministre a déclaré que le pont était de nouveau ouvert.", "fr"),
        ("Der Minister sagte, die Brücke sei wieder offen.", "de"),
    ],
)
def test_sentence_is_enough(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("hint", ["uk-UA", "uk_UA", "UK", " uk "])
def test_hint_decides_where_words_are_few(hint: str) -> None:
    assert detect("ТАСС", hint) == "uk"


def test_text_overrules_a_wrong_hint() -> None:
    assert detect("The minister said on Friday that the old bridge was open again to all traffic.", "ru") == "en"


@pytest.mark.parametrize("text", ["", "   ", "123 – 456", "!!!"])
def test_text_without_letters_is_what_the_hint_says_or_english(text: str) -> None:
    assert detect(text) == "en"
    assert detect(text, "ru") == "ru"


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert detect("Снег выпал, и дороги закрыты. " * 100 + "The road is closed. " * 100_000) == "ru"
