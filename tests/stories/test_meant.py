"""Words that look like a concept and are not meant as it."""

import pytest

from tests.stories.reports import report


@pytest.mark.parametrize(
    ("headline", "concept", "other"),
    [
        ("Two beaten to death in a village", "death_of", "Death of a singer"),
        ("Fire department names new spokesman", "disaster", "Fire in a warehouse"),
        ("Director was fired, law enforcement sources say", "legislature", "Senate passes law"),
        ("Minister blasts ruling", "attack", "Blasts at an airport"),
        ("Country fires what appears to be a missile", "plan", "Missile talks to be held"),
        ("Wall collapse kills 24 at wedding ceremony", "soft", "A wedding in the rain"),
        ("Wall collapse kills 24 at wedding ceremony", "routine", "A ceremony in the rain"),
        ("No casualties in explosion", "deaths", "Casualties in explosion"),
        ("Knife-edge vote in parliament", "attack", "Knife attack in a station"),
        ("Soldiers under artillery fire at the front", "disaster", "Fire in a warehouse"),
        ("Strike plunges country into chaos", "market", "Shares plunge after rate decision"),
        ("Kremlin critic leaves hospital", "landmark", "Explosion near the Kremlin"),
        ("New rules on tipping", "verdict", "Court rules on tipping"),
        ("Victim named as Ann Lee", "appoint", "Ann Lee named as prime minister"),
        ("Ann Lee named as new finance minister", "aftermath", "Victim named as Ann Lee"),
        ("Soldiers capture 20 militants", "captured", "Rebels capture the port"),
        ("Erdogan wants the death penalty back", "death_of", "Death of a singer"),
        ("General arrested after 13 years on the run", "anniversary", "Thirty years on: a city rebuilt"),
        ("France champions after shootout in World Cup final", "attack", "Shootout in a bank"),
        ("Tanks roll into Prague", "military_routine", "Tanks on show at a parade"),
        ("Group announces end to armed campaign", "routine", "Campaign opens in the north"),
    ],
)
def test_a_word_is_taken_for_what_it_means_there(headline: str, concept: str, other: str) -> None:
    assert concept not in report(headline).concepts
    assert concept in report(other).concepts


def test_militants_who_act_are_told_from_those_who_were_killed() -> None:
    assert "militants_act" in report("Militants kill 31 at a market").concepts
    assert "militants_act" not in report("31 militants killed at a market").concepts


def test_a_source_of_a_fact_is_no_speaker() -> None:
    def names(headline: str) -> set[str]:
        return {found.name for found in report(headline).features}

    assert "a source last" in names("Boat capsizes off the coast, 40 missing - aid group")
    assert "a speaker last" in names("We need more time for this - aid group")
    assert not names("Bridge collapses in flames. Watch:") & {"a source last", "a speaker last"}


def test_more_than_a_number_recalls_nothing() -> None:
    def recalls(headline: str) -> bool:
        return any(found.name == "recalled as background" for found in report(headline).features)

    assert recalls("Anger over attack in the capital")
    assert not recalls("Strike leaves over 200 dead in the capital")


def test_who_was_liquidated_is_no_fire_put_out() -> None:
    assert "nothing" not in report("Главарь боевиков ликвидирован", "ru").concepts
    assert "nothing" in report("Пожар на складе ликвидирован", "ru").concepts


def test_a_school_as_the_place_of_an_attack_is_no_soft_news() -> None:
    assert "soft" not in report("Стрельба произошла в школе", "ru").concepts
    assert "soft" in report("Школа открыла бассейн", "ru").concepts
