import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import Article
from tocsin.stories.terms import name_key, stems_of, terms_of


def article(title: str, text: str = "", language: str | None = "en") -> Article:
    return Article(id="a", source="s", title=title, text=text, language=language)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Kyiv", "Kiev", "Київ", "Києві", "Киев", "Киева"),
        ("Kharkiv", "Харків", "Харькове", "Харкова"),
        ("Kherson", "Херсон", "Херсоні", "Херсоном"),
        ("Zelensky", "Zelenskyy", "Зеленський", "Зеленського", "Зеленскому"),
        ("Odesa", "Odessa", "Одеса", "Одессе"),
    ],
)
def test_one_name_has_one_key_in_every_script_and_case(spellings: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in spellings}) == 1


def test_different_names_keep_different_keys() -> None:
    names = ("Kyiv", "Kherson", "Kharkiv", "Moscow", "Putin", "Zelensky", "Odesa", "Lviv")
    assert len({name_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("forms", "language"),
    [
        (("attack", "attacks", "attacked"), "en"),
        (("взрыв", "взрывы", "взрыва"), "ru"),
        (("вибух", "вибухи", "вибуху", "вибухами"), "uk"),
        (("школа", "школи", "школу"), "uk"),
    ],
)
def test_forms_of_a_word_share_their_stem(forms: tuple[str, ...], language: str) -> None:
    assert len({stems_of(form, language) for form in forms}) == 1


@pytest.mark.parametrize(
    "words", [("Iran", "Iranian", "Iranians"), ("France", "French"), ("Netherlands", "Dutch"), ("Israel", "Israelis")]
)
def test_a_country_and_what_is_its_own_are_one_term(words: tuple[str, ...]) -> None:
    assert len({stems_of(word.lower(), "en") for word in words}) == 1


def test_countries_that_sound_alike_are_two_terms() -> None:
    for one, other in (("Niger", "Nigeria"), ("Austria", "Australia"), ("Slovakia", "Slovenia"), ("Iran", "Iraq")):
        assert stems_of(one.lower(), "en") != stems_of(other.lower(), "en")


def test_words_of_news_about_itself_are_no_terms() -> None:
    assert "break" not in terms_of(article("BREAKING: quake hits Izmit")).words


def test_names_and_figures_are_found_where_capitals_tell() -> None:
    terms = terms_of(
        article("Quake hits the city of Izmit", "At least 1,200 people were hurt, officials in Ankara said.")
    )
    assert set(terms.names) == {"izmit", "ankara"}
    assert set(terms.figures) == {"#1200"}


def test_headline_style_tells_no_names() -> None:
    assert not terms_of(article("Quake Hits The City Of Izmit As Thousands Flee Homes")).names


def test_a_post_without_title_has_its_first_words_as_headline() -> None:
    terms = terms_of(article("", "Взрыв прогремел на складе в Твери. " * 3 + "Подробности выясняются. " * 20, "ru"))
    assert stems_of("взрыв", "ru")[0] in terms.head
    assert stems_of("подробности", "ru")[0] not in terms.head


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert set(terms_of(article("東京で地震", language="ja")).words) == {"東京", "京で", "で地", "地震"}


def test_a_channel_s_invitation_is_no_word_of_its_posts() -> None:
    post = "Flood in [Tver](https://t.me/paper/12)\n[Send us news](https://t.me/paper) [Join](https://t.me/+a1B2)"
    assert set(terms_of(article("", post)).words) == {"flood", "tver"}


def test_links_and_handles_are_no_words() -> None:
    assert set(terms_of(article("Flood @agency https://example.org/storm #live")).words) == {"flood"}


@given(st.text(), st.text(), st.sampled_from([None, "en", "uk", "ru", "xx"]))
def test_any_text_can_be_taken(title: str, text: str, language: str | None) -> None:
    terms = terms_of(article(title, text, language))
    assert all(weight >= 1.0 for weight in terms.words.values())
    assert set(terms.head) | set(terms.names) | set(terms.figures) <= set(terms.words)


def test_a_very_long_text_costs_no_more_than_its_beginning() -> None:
    assert len(terms_of(article("", " ".join(f"word{chr(97 + i % 26)}{i}" for i in range(50_000)))).words) < 3_000
