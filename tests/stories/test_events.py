import pytest

from tests.stories.reports import report


def tolls(title: str, language: str = "en") -> dict[str, int]:
    return {toll.what: toll.value for toll in report(title, language).tolls}


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("At least 34 people killed as bus veers into crowd", {"dead": 34}),
        ("Two killed and 55 injured in storms", {"dead": 2, "hurt": 55}),
        ("Death toll rises to 1,154", {"dead": 1154}),
        ("Dozens dead after landslide", {"dead": 24}),
        ("Actor dies at 87", {}),
        ("Singer, aged 54, found dead", {}),
        ("Troops killed in 2017", {}),
        ("Storm kills none but 30 rescued", {"freed": 30}),
        ("Bus accident kills 23, injures 11", {"dead": 23, "hurt": 11}),
        ("Ten people shot, two fatally", {"dead": 2}),
        ("Killed 40 km from the front", {}),
        ("Woman killed. 30 streets closed for the race", {}),
        ("Police look for Ann Lee, 33, after boy dies", {}),
        ("Painter has died at the age of 84", {}),
        ("Bid to kill 9/11 law", {}),
        ("Suspect killed after 4-hour standoff", {}),
        ("15-20 people killed", {"dead": 20}),
    ],
)
def test_counts_are_given_to_what_they_count(title: str, wanted: dict[str, int]) -> None:
    assert tolls(title) == wanted


def test_counts_in_russian_words() -> None:
    assert tolls("Трое погибли, двадцать ранены при взрыве", "ru") == {"dead": 3, "hurt": 20}


def test_the_quoted_words_are_the_evidence() -> None:
    made = report("Officials say 12 people were killed there")
    (toll,) = made.tolls
    assert made.text[toll.start : toll.end] == "12 people were killed"


def test_a_number_of_absurd_length_counts_nothing() -> None:
    assert tolls("9" * 400 + " people killed") == {}


def test_thousands_in_words_are_no_year() -> None:
    assert tolls("Землетрус у Туреччині, тисячі загиблих", "uk") == {"dead": 2000}
    assert tolls("Thousands dead after tsunami") == {"dead": 2000}
    assert tolls("Killed in 2000, found today") == {}
