from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories.reports import article, found, report
from tocsin.stories.features import report_of


def test_each_feature_quotes_the_words_it_stood_on() -> None:
    seen = found("Prime minister resigns after coalition collapses")
    assert seen["leader"] == "Prime minister"
    assert seen["exit"] == "resigns"
    assert seen["leader + exit"] == "Prime minister resigns"


def test_a_plan_at_the_end_of_a_headline_weighs_less_than_one_that_opens_it() -> None:
    assert "plan" in found("Minister plans new law on water")
    assert "plan later" in found("Bridge collapses in the north of the country, repairs planned")


def test_steps_of_a_toll_add_up() -> None:
    seen = found("22 people dead after ferry sinks")
    assert {"1+ dead", "5+ dead", "10+ dead", "20+ dead"} <= set(seen)
    assert "50+ dead" not in seen


def test_the_lead_counts_apart_from_the_headline() -> None:
    seen = found("Trouble in the harbour", text="A ferry sank with forty people on board.")
    assert "wreck" not in seen
    assert "wreck in the lead" in seen


def test_a_speaker_is_told_from_an_attribution() -> None:
    assert "a speaker first" in found("Smith: we will not give way")
    assert "attributed last" in found("Three hurt as tram derails: police")
    assert "a speaker last" in found("They must leave at once: opposition chief")


def test_names_are_what_is_capitalised_inside_the_headline() -> None:
    assert report("Explosion heard near Lindholm harbour").names == {"lindholm"}
    assert report("Lindholm harbour closed").names == {"lindholm"}


@settings(max_examples=60)
@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["en", "ru", "uk", "ja", None]))
def test_any_text_makes_a_report_whose_spans_lie_within_it(title: str, text: str, language: str | None) -> None:
    made = report_of(article(title, text, language=language))  # type: ignore[arg-type]  # None is a language too
    for one in made.features:
        assert 0 <= one.start <= one.end <= len(made.text)


def test_a_post_of_a_megabyte_is_only_read_at_its_beginning() -> None:
    made = report_of(article("", "Fire in the old town. " + "word " * 200_000))
    assert len(made.text) <= 2_000


def test_the_magnitude_of_a_quake_is_read_from_its_figure() -> None:
    assert "a quake of 7" in found("Magnitude 7.8 earthquake hits coast")
    assert "a quake of 6" not in found("Quake of magnitude 5,1 felt in Athens")
    assert "a quake of 6" not in found("Goalkeeper rated 7.8 after win")
    assert "a quake of 7" in found("Землетрясение магнитудой 7,1 в Чили", "ru")


def test_harm_that_did_not_happen_is_not_counted() -> None:
    assert "deaths" not in found("Tower catches fire, no deaths reported")
    assert "deaths" in found("Two dead, no threat to others")


def test_a_cause_after_the_event_is_not_the_event_recalled() -> None:
    assert "recalled as background" not in found("Bridge collapses after ship crash")
    assert "recalled as background" in found("Mayor thanks crews after attack")


def test_an_attack_that_has_a_name_is_known_already() -> None:
    def named(headline: str) -> bool:
        return "an event by name" in {found.name for found in report(headline).features}

    assert named("What we know of the Westminster attack")
    assert not named("Attack in Westminster")
    assert not named("Police: Westminster attack kills four")


def test_what_stands_before_a_colon_may_be_the_event() -> None:
    assert "a speaker first" not in found("Manchester bombing: 22 people are dead")
    assert "a speaker first" in found("Johnson: we will not give way")


def test_what_happens_to_a_person_is_told_from_what_happens_near_the_name() -> None:
    assert "known_leader then arrested" in found("Duterte arrested in Manila")
    assert "known_leader then arrested" not in found("12 arrested at Trump march")
    assert "known_leader then arrested" not in found("Wife of Fillon charged")
    assert "known_leader then steps_down" in found("Ельцин ушёл в отставку", "ru")


def test_a_great_toll_is_no_daily_war() -> None:
    assert "20+ dead in unrest" in found("Blast in Syria kills 39")
    assert "20+ dead in unrest" not in found("Blast in Syria kills 3")
    assert "20+ dead in unrest" not in found("Blast in Sweden kills 39")


def test_a_name_in_quotation_marks_is_no_quotation() -> None:
    assert "a long quotation" not in found("Обрушилась кровля «Трансвааль-парка»", "ru")
    assert "a long quotation" in found("Minister: “nobody will be left behind here”")


def test_the_percentage_of_a_rate_costs_nothing() -> None:
    assert "a percentage" not in found("Central bank raises rates to 17%")
    assert "a percentage" in found("Only 17% of voters are content")
