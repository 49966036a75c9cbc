import pytest

from tests.stories.reports import found, report


@pytest.mark.parametrize(
    ("title", "language", "name"),
    [
        ("Robin Williams found dead at his home", "en", "Robin Williams"),
        ("Умер Владимир Жириновский", "ru", "Владимир Жириновский"),
        ("Помер Леонід Кравчук", "uk", "Леонід Кравчук"),
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
