import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.stories.lexicon import TUNED, Lexicon, Words, lexicon


def concepts(text: str, language: str) -> set[str]:
    known = lexicon(language)
    return {hit.concept for hit in known.find(Words(text, 50, known).known)}


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "Prime minister steps down after vote", {"leader", "exit", "legislature"}),
        ("en", "A ferry capsized off the coast", {"crash", "wreck"}),
        ("ru", "Премьер-министр ушёл в отставку", {"leader", "exit"}),
        ("ru", "Землетрясение магнитудой 7,1", {"disaster"}),
        ("uk", "Унаслідок удару загинули люди", {"strike", "deaths"}),
        ("uk", "Президент подав у відставку", {"leader", "exit"}),
        ("uk", "У Сирії повалили режим, дрон збито над Лівією", {"nation_unrest", "coup", "strike"}),
    ],
)
def test_concepts_are_found_in_each_tuned_language(language: str, text: str, wanted: set[str]) -> None:
    assert wanted <= concepts(text, language)


@pytest.mark.parametrize(
    ("language", "text", "unwanted"),
    [
        ("en", "Bombardier wins order for trains", {"strike"}),
        ("en", "Nationalist party holds congress", {"decision", "bankruptcy"}),
        ("en", "Lashkar commander killed", {"reaction"}),
        ("en", "Reactor shut down after leak", {"reaction"}),
        ("en", "Authorities urge stability", {"decision", "attack"}),
        ("uk", "Наступного тижня миттєво подешевшає газ", {"offensive", "sanctions", "nation_unrest"}),
        (
            "uk",
            "Президент підписав меморандум про воду і прагне прибути",
            {"promotion", "soft", "city", "money_routine"},
        ),
        ("uk", "Великобританія схвалила стратегію щодо збитків", {"verdict", "first", "strike"}),
        ("uk", "Ліві партії зібралися, вітер повалив дерева", {"nation_unrest", "coup"}),
        ("uk", "У сирій погоді здалося холодніше", {"nation_unrest", "offensive"}),
        ("ru", "Следовательно, цены вырастут", {"arrest"}),
        ("ru", "Казначейство разместит средства", {"deaths"}),
        ("ru", "Лучший бомбардир сезона", {"attack", "strike"}),
        ("ru", "Поезд в Выборг отменен", {"election"}),
        ("ru", "Компания протестировала новый двигатель", {"protest"}),
        ("ru", "Число переболевших выросло", {"outage"}),
        ("ru", "Президент подписал указ", {"promotion"}),
        ("ru", "Неизвестный открыл огонь в кафе", {"routine"}),
        ("ru", "Искусство сбора модулей на танкере", {"soft", "legal_routine", "military_routine"}),
    ],
)
def test_a_word_that_only_begins_alike_stands_for_something_else(language: str, text: str, unwanted: set[str]) -> None:
    assert not unwanted & concepts(text, language)


def test_all_languages_know_the_same_concepts() -> None:
    known = {language: set(lexicon(language).concepts) for language in TUNED}
    assert known["ru"] - known["en"] <= {"first_ever"}
    assert known["uk"] <= known["ru"]


def test_a_phrase_needs_all_its_words_in_a_row() -> None:
    own = Lexicon("en", {"exit": ["steps down"]}, {})
    assert own.find(Words("He steps down", 9, own).known)
    assert not own.find(Words("He steps slowly down", 9, own).known)
    assert not own.find(Words("He steps", 9, own).known)


def test_a_star_stands_for_any_ending_and_nothing_else_does() -> None:
    own = Lexicon("en", {"quake": ["earthquake*"], "die": ["dies"]}, {})
    assert [hit.concept for hit in own.find(Words("Earthquakes: no one diesel", 9, own).known)] == ["quake"]


def test_a_language_without_a_lexicon_finds_nothing() -> None:
    assert concepts("地震 magnitude 7", "ja") == set()


@given(st.text(max_size=200), st.integers(0, 50))
def test_words_point_into_the_text(text: str, offset: int) -> None:
    words = Words(text, 20, lexicon("en"), offset)
    for place, word in enumerate(words.known):
        assert 0 <= words.start(place) - offset < words.end(place) - offset <= len(text)
        assert word.form


def test_the_first_words_of_a_long_text_are_the_same_as_those_of_the_whole() -> None:
    text = "incomprehensibilities-antidisestablishmentarianism " * 50
    assert len(Words(text, 40, lexicon("en")).known) == 40
