"""What a headline only mentions: reacted to, supposed, negated, or worn as an attribute."""

import pytest

from tests.stories.reports import report


def values(headline: str, language: str = "en") -> dict[str, float]:
    return {found.name: found.value for found in report(headline, language).features}


@pytest.mark.parametrize(
    "headline",
    [
        "President condemns bombing that left many dead",
        "President could order airstrike on bombing suspects",
        "President did not order the bombing of a school",
        "Crowds demand answers on bombing",
    ],
)
def test_what_is_only_mentioned_counts_less(headline: str) -> None:
    assert values(headline)["attack"] < 1.0


@pytest.mark.parametrize(
    "headline",
    [
        "Bombing kills twelve, president condemns attack",
        "Police respond to bombing at a school",
        "Bombing at a school could be terrorism, police say",
    ],
)
def test_what_is_told_counts_in_full(headline: str) -> None:
    assert values(headline)["attack"] == 1.0


def test_a_toll_that_is_reacted_to_counts_less() -> None:
    assert values("President mourns after bombing kills 12")["10+ dead"] < 1.0
    assert values("Bombing kills 12")["10+ dead"] == 1.0


def test_a_full_participle_says_only_who_somebody_is() -> None:
    assert "arrest" not in values("Задержанный министр обжаловал решение", "ru")
    assert "arrest" in values("Министр задержан", "ru")
    assert "exit" not in values("Parliament recalls the exit of former president")


def test_an_attribute_is_no_event() -> None:
    assert "exit" not in values("Ousted president calls for calm")
    assert "exit" in values("Parliament has ousted president")
