"""Verbatim pieces: first sentences, and cuts that show they are cuts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.excerpt import cut, first_sentences, sentences
from tocsin.alerts.lexicon import lexicon

EN, UK = lexicon("en"), lexicon("uk")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It rained. It poured.", ["It rained.", " It poured."]),
        ("Gen. J. Smith of the U.S. Army spoke. Who?", ["Gen. J. Smith of the U.S. Army spoke.", " Who?"]),
        ("“It is over.” She left!", ["“It is over.”", " She left!"]),
        ("The price fell 3.5 percent. etc. and so on", ["The price fell 3.5 percent. etc. and so on"]),
        ("No end here", ["No end here"]),
        ("Was it… the dam? Yes.", ["Was it… the dam?", " Yes."]),
        ("水位上升。人们撤离。", ["水位上升。", "人们撤离。"]),
    ],
)  # fmt: skip
def test_sentences_end_where_they_end(text: str, wanted: list[str]) -> None:
    assert list(sentences(text, EN)) == wanted


def test_ukrainian_abbreviations_end_nothing() -> None:
    assert len(list(sentences("Це сталося на вул. Лісовій у м. Києві. Усе скінчилося.", UK))) == 2


@given(st.text(max_size=300))
def test_sentences_join_to_the_paragraph(text: str) -> None:
    pieces = list(sentences(text, EN))
    assert text.startswith("".join(pieces))
    assert not text[len("".join(pieces)) :].strip()


def test_what_happened_is_whole_first_sentences() -> None:
    text = "One fell. Two fell.\n\nThree fell. Four fell."
    assert first_sentences(text, EN) == ("One fell. Two fell.", "Three fell.")
    assert first_sentences(text, EN, most=5) == ("One fell.",), "a first sentence is never cut"
    assert first_sentences("", EN) == ()


def test_a_first_sentence_that_repeats_the_headline_is_left_out() -> None:
    text = "Dam breached! Villages are being cleared."
    assert first_sentences(text, EN, after="DAM BREACHED") == ("Villages are being cleared.",)
    assert first_sentences("Dam breached.", EN, after="Dam breached") == ()


@given(st.text(max_size=200), st.integers(2, 150))
def test_every_piece_is_verbatim(text: str, most: int) -> None:
    assert all(piece in text for piece in first_sentences(text, EN))
    shown = cut(text, most)
    assert len(shown) <= most
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1].rstrip()))
