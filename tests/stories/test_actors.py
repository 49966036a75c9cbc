import pytest

from tests.stories.reports import found, report


@pytest.mark.parametrize(
    ("title", "language", "name"),
    [
        ("Robin Williams found dead at his home", "en", "Robin Williams"),
        ("Умер Владимир Карпухин", "ru", "Владимир Карпухин"),
        ("Помер Леонід Бабенко", "uk", "Леонід Бабенко"),
    ],
)
def test_a_person_named_near_the_beginning_is_someone(title: str, language: str, name: str) -> None:
    assert found(title, language)["someone"] == name


@pytest.mark.parametrize(
    "title", ["Two men found dead in Leeds", "Fire Kills Three In Small Town After Gas Leak Explodes"]
)
def test_neither_a_number_nor_a_headline_in_capitals_names_anyone(title: str) -> None:
    assert "someone" not in found(title)


def test_two_nations_in_one_headline_are_told_from_one_named_twice() -> None:
    assert "two_nations" in report("Russia expels French envoy").concepts
    assert "two_nations" not in report("Russia says Russian envoy stays").concepts


def test_harm_is_given_to_the_person_beside_the_verb_only() -> None:
    assert "harmed near known_leader" in found("Trump shot at rally in Pennsylvania")
    assert "harmed near known_leader" not in found("Trump to visit the families of those who were killed in Dallas")


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Russian troops enter Kyiv", "en"),
        ("Ukrainian soldiers have entered the southern city of Kherson", "en"),
        ("ВСУ вошли в Херсон", "ru"),
        ("В Кабул вошли талибы", "ru"),
        ("Українські військові увійшли до Херсона", "uk"),
    ],
)
def test_an_army_enters_a_city_that_decides_a_war(title: str, language: str) -> None:
    assert "key_city_entered" in report(title, language).concepts


def test_an_army_goes_into_a_place_of_whatever_name() -> None:
    assert found("Troops push into southern Atlantis")["advance"] == "Troops push into southern Atlantis"
    assert found("Військові увійшли в Авдіївку", "uk")["advance"] == "Військові увійшли в Авдіївку"


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Troops enter second week of exercises", "en"),
        ("Troops Enter Second Week Of Their Exercise", "en"),
        ("Rebels vow to take Atlantis", "en"),
        ("Soldiers capture Saddam Hussein", "en"),
        ("Soldiers enter, Atlantis protests", "en"),
        ("Военные вошли в тройку профессий", "ru"),
    ],
)
def test_who_enters_no_place_or_only_means_to_does_not_advance(title: str, language: str) -> None:
    assert not {"advance", "key_city_entered"} & report(title, language).concepts


def test_a_place_after_a_preposition_names_nobody() -> None:
    assert "someone" not in found("В Армении сильное землетрясение", "ru")
