from tests.stories.reports import report
from tocsin.model import Reading
from tocsin.stories.material import Known, changes, known_of, told_with

SILENT = Reading("en")


def known(title: str, label: str = "One report") -> Known:
    return known_of(label, report(title), SILENT)


def names(before: str, now: str, *, was: str = "One report", label: str = "One report") -> set[str]:
    return {reason.name for reason in changes(known(before, was), known(now, label), report(now))}


def test_the_same_again_is_nothing_new() -> None:
    assert names("12 dead as ferry sinks", "Ferry sinks, 12 dead") == set()


def test_a_toll_must_rise_by_half() -> None:
    assert names("20 dead as ferry sinks", "24 dead as ferry sinks") == set()
    assert names("20 dead as ferry sinks", "31 dead as ferry sinks") == {"the toll rose by half"}


def test_what_a_toll_has_risen_to_counts_wherever_it_is_said() -> None:
    assert names("80 dead in attacks on Mumbai hotels", "Toll in Mumbai attacks rises to 130") == {
        "the toll rose by half"
    }
    risen = known_of("One report", report("Число погибших на вокзале в Волгограде выросло до 34", "ru"), SILENT)
    assert risen.dead == 34


def test_a_first_count_of_many_is_news() -> None:
    assert "a first count of the dead" in names("Blasts at airport", "14 dead in blasts at airport")
    assert "a first count of the dead" not in names("Blasts at airport", "Three dead in blasts at airport")


def test_a_label_that_confirms_is_news() -> None:
    assert "the label changed" in names("Ferry sinks", "Ferry sinks", label="Confirmed by the coast guard")


def test_more_of_the_same_label_is_not() -> None:
    assert names("Ferry sinks", "Ferry sinks", was="Reported by 2", label="Reported by 3") == set()


def test_a_new_turn_is_news() -> None:
    assert "the story turned" in names("Gunmen take hostages at hotel", "Hotel hostages freed")


def test_a_denial_and_a_correction_are_news() -> None:
    assert "a denial" in names("Ferry sinks", "Operator denies that ferry sinks")
    assert "a correction" in names("Ferry sinks", "Correction: no ferry sank")


def test_what_was_told_adds_up() -> None:
    both = told_with(known("20 dead as ferry sinks"), known("12 dead, hostages freed"))
    assert both.dead == 20
    assert {"wreck", "freed"} <= both.turns
