from tests.stories.reports import report
from tocsin.stories.naming import names_of


def test_nations_are_told_from_other_names_and_cities_are_none() -> None:
    names = names_of(
        report("Russian missiles hit Kharkiv, at least 25 killed", text="Governor Synko said so in Paris.")
    )
    assert names.others == {"kharkiv", "synko", "pari"}
    assert names.nations <= {"russia"}


def test_a_first_word_is_a_name_only_if_it_is_known_to_be_one() -> None:
    assert names_of(report("Leftist wins vote in Lindholm")).others == {"lindholm"}
    assert names_of(report("Mumbai siege ends as last gunmen killed in Taj hotel")).others == {"mumbai", "taj"}


def test_in_title_case_names_are_what_nothing_explains_as_a_thing() -> None:
    assert names_of(report("Gunmen Storm Hotel In Bamako, At Least 20 Dead")).others == {"bamako"}
    assert "rotterdam" in names_of(report("Chemical Plant Explosion In Rotterdam Kills 25")).others


def test_a_sentence_begins_with_a_capital_that_tells_nothing() -> None:
    assert names_of(report("Blast kills 12", text="Rescuers came. Hospitals in Ostrava were full.")).others == {
        "ostrava"
    }
