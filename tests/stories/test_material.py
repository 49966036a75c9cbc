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
    later = report("12 dead, hostages freed")
    both = told_with(known("20 dead as ferry sinks"), known_of("One report", later, SILENT), later)
    assert both.dead == 20
    assert {"wreck", "freed"} <= both.turns


def test_a_toll_that_was_counted_wrongly_is_a_correction_until_it_is_told() -> None:
    corrected = report("Death toll in ferry sinking revised to 18 from 25")
    told = known("25 dead as ferry sinks")
    assert [(one.name, one.evidence) for one in changes(told, known_of("Corrected", corrected, SILENT), corrected)] == [
        ("the toll was corrected", "25 → 18"),
        ("the label changed", "One report → Corrected"),
    ]
    after = told_with(told, known_of("Corrected", corrected, SILENT), corrected)
    assert after.dead == 18
    assert changes(after, known_of("Corrected", corrected, SILENT), corrected) == ()


def test_a_lower_number_alone_corrects_nothing() -> None:
    assert names("25 dead as ferry sinks", "At least 10 dead as ferry sinks") == set()


def test_a_toll_lowered_to_more_than_was_told_is_no_correction() -> None:
    assert names("16 dead as ferry sinks", "Death toll in ferry sinking revised to 18 from 25") == set()


def test_a_late_report_of_the_number_that_was_corrected_is_no_rise() -> None:
    told, corrected = known("40 dead as ferry sinks"), report("Death toll in ferry sinking revised to 18 from 40")
    after = told_with(told, known_of("Corrected", corrected, SILENT), corrected)
    assert changes(after, known("40 dead as ferry sinks", "Corrected"), report("40 dead as ferry sinks")) == ()
    worse = "61 dead as ferry sinks"
    assert [one.name for one in changes(after, known(worse, "Corrected"), report(worse))] == ["the toll rose by half"]
