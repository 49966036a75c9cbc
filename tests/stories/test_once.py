from datetime import timedelta

from tests.stories.reports import NOON, report
from tocsin.stories.once import Memory, Rarity

ORDINARY = [f"Council of {place} discusses budget" for place in ("Alby", "Borg", "Corby", "Dale", "Elm", "Ford")] * 40


def seen(*titles: str) -> Rarity:
    rarity = Rarity()
    for title in (*ORDINARY, *titles):
        rarity.saw(report(title), NOON)
    return rarity


def alerted(title: str, rarity: Rarity) -> Memory:
    memory = Memory(timedelta(hours=24))
    memory.alerted("old", NOON, report(title), rarity)
    return memory


def test_other_words_on_the_same_event_are_recognised_by_its_name() -> None:
    rarity = seen()
    memory = alerted("Reports of shots near the Lindholm arena", rarity)
    assert memory.same_event(report("Several hurt at Lindholm arena, police say"), NOON + timedelta(minutes=9)) == "old"


def test_another_event_is_news() -> None:
    rarity = seen()
    memory = alerted("Reports of shots near the Lindholm arena", rarity)
    assert memory.same_event(report("Magnitude 7 earthquake strikes off Chile"), NOON + timedelta(minutes=9)) is None


def test_the_same_kind_of_event_elsewhere_is_news() -> None:
    memory = alerted("Bomb blast kills 12 in Lindholm", seen())
    assert memory.same_event(report("Bomb blast kills 30 in Ostrava"), NOON + timedelta(minutes=9)) is None


def test_words_of_every_day_prove_little_in_an_empty_window_too() -> None:
    rarity = Rarity()
    memory = alerted("Gunmen attack hotels in Lindholm, at least 80 dead", rarity)
    hours = timedelta(hours=6)
    assert memory.same_event(report("Train derails in Lindholm, at least 50 dead"), NOON + hours) is None
    assert memory.same_event(report("Lindholm hotels attack: gunmen at large"), NOON + hours) == "old"


def test_a_toll_that_rises_is_that_of_what_was_told() -> None:
    memory = alerted("Gunmen attack hotels in Lindholm, at least 80 dead", Rarity())
    assert memory.same_event(report("Toll rises to 130 in Lindholm"), NOON + timedelta(hours=20)) == "old"


def test_a_name_that_is_always_in_the_news_proves_nothing() -> None:
    rarity = seen(*["Storm over Washington again"] * 200)
    memory = alerted("Shots fired in Washington", rarity)
    assert memory.same_event(report("Court in Washington rules on tax"), NOON + timedelta(hours=1)) is None


def test_more_must_be_shared_the_longer_ago_it_was() -> None:
    memory = alerted("Reports of shots near the Lindholm arena", seen())
    later = report("Vote on the Lindholm tram")
    assert memory.same_event(later, NOON + timedelta(hours=20)) is None


def test_alerts_are_forgotten_after_a_day() -> None:
    memory = alerted("Reports of shots near the Lindholm arena", seen())
    assert memory.same_event(report("Reports of shots near the Lindholm arena"), NOON + timedelta(hours=25)) is None
    assert memory.since(NOON + timedelta(hours=25), timedelta(days=2)) == 0


def test_messages_on_one_subject_are_counted_by_a_rare_name_for_some_hours() -> None:
    rarity = seen()
    memory = alerted("Reports of shots near the Lindholm arena", rarity)
    memory.told_again("old", NOON + timedelta(hours=1))
    later = NOON + timedelta(hours=2)
    asked = report("Third arrest in Lindholm overnight")
    assert memory.on_the_subject(asked, later, timedelta(hours=12)) == (NOON, NOON + timedelta(hours=1))
    assert memory.on_the_subject(asked, later, timedelta(minutes=90)) == (NOON + timedelta(hours=1),)
    assert memory.on_the_subject(report("Council of Borg resigns"), later, timedelta(hours=12)) == ()


def test_an_alert_is_known_by_the_story_that_took_its_own_over() -> None:
    rarity = seen()
    memory = alerted("Reports of shots near the Lindholm arena", rarity)
    memory.taken_over(gone="old", kept="older")
    memory.follows("older", report("Gunman Karlsson holds hostages"), rarity)
    for title in ("Several hurt at Lindholm arena, police say", "Karlsson gives up"):
        assert memory.same_event(report(title), NOON + timedelta(minutes=9)) == "older"
