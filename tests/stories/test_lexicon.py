import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.stories.lexicon import TUNED, Lexicon, lexicon, tokens_of


def concepts(text: str, language: str) -> set[str]:
    return {hit.concept for hit in lexicon(language).find(tokens_of(text, 50))}


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "Prime minister steps down after vote", {"leader", "exit", "legislature"}),
        ("en", "A ferry capsized off the coast", {"crash", "wreck"}),
        ("ru", "Премьер-министр ушёл в отставку", {"leader", "exit"}),
        ("ru", "Землетрясение магнитудой 7,1", {"disaster"}),
        ("uk", "Унаслідок удару загинули люди", {"strike", "deaths"}),
        ("uk", "Президент подав у відставку", {"leader", "exit"}),
    ],
)
def test_concepts_are_found_in_each_tuned_language(language: str, text: str, wanted: set[str]) -> None:
    assert wanted <= concepts(text, language)


def test_all_languages_know_the_same_concepts() -> None:
    known = {language: set(lexicon(language).concepts) for language in TUNED}
    assert known["ru"] - known["en"] <= {"first_ever"}
    assert known["uk"] <= known["ru"]


def test_a_phrase_needs_all_its_words_in_a_row() -> None:
    lexicon = Lexicon({"exit": ["steps down"]}, {})
    assert lexicon.find(tokens_of("He steps down", 9))
    assert not lexicon.find(tokens_of("He steps slowly down", 9))
    assert not lexicon.find(tokens_of("He steps", 9))


def test_a_star_stands_for_any_ending_and_nothing_else_does() -> None:
    lexicon = Lexicon({"quake": ["earthquake*"], "die": ["dies"]}, {})
    assert [hit.concept for hit in lexicon.find(tokens_of("Earthquakes: no one diesel", 9))] == ["quake"]


def test_a_language_without_a_lexicon_finds_nothing() -> None:
    assert lexicon("ja").find(tokens_of("地震 magnitude 7", 9)) == []


@given(st.text(max_size=200), st.integers(0, 50))
def test_tokens_point_into_the_text(text: str, offset: int) -> None:
    for token in tokens_of(text, 20, offset):
        assert 0 <= token.start - offset < token.end - offset <= len(text)
        assert token.form
