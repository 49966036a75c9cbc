"""Standing phrases: found in any case and ending, added and removed at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.audience import MOST_WORDS, Phrases


def found(phrase: str, text: str) -> list[str]:
    return [one.evidence for one in Phrases([phrase]).find(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "evidence"),
    [
        ("Kherson", "The mayor of KHERSON’s old town", "KHERSON’s"),
        ("nuclear weapons", "A nuclear weapon was", "nuclear weapon"),
        ("wage", "Wages fell", "Wages"),
        ("state of alarm in the far north", "A State of Alarm in the far North!", "State of Alarm in the far North"),
        ("Херсон", "бої під Херсоном тривають", "Херсоном"),
        ("Харків", "у Харкові та біля Харкова", "Харкові"),
        ("Київ", "влада Києва заявила", "Києва"),
        ("ядерна зброя", "носії ядерної зброї", "ядерної зброї"),
        ("атомная станция", "на атомной станции", "атомной станции"),
        ("п'ять", "П’ять будинків", "П’ять"),
        ("ёлка", "у елки", "елки"),
        ("A-50", "an A-50 was shot down", "A-50"),
        ("東京", "昨日東京で地震", "東京"),
        ("  spaced   out ", "all spaced out.", "spaced out"),
    ],
)  # fmt: skip
def test_a_phrase_is_found_as_people_write_it(phrase: str, text: str, evidence: str) -> None:
    assert found(phrase, text)[0] == evidence


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("Oslo", "Osloers cheered"),
        ("nuclear weapons", "nuclear and other weapons"),
        ("state of emergency in the far north", "state of emergency in the far south"),
        ("gas", "gases? no: gasoline"),
        ("мир", "миротворці прибули"),
        ("", "anything"),
        ("!!!", "anything!!!"),
        (" ".join(["word"] * (MOST_WORDS + 1)), " ".join(["word"] * 40)),
    ],
)
def test_nothing_else_is_found(phrase: str, text: str) -> None:
    assert found(phrase, text) == []


def test_phrases_that_share_their_words_are_all_found_and_go_one_by_one() -> None:
    phrases = Phrases(["Dam", "dams", "dam breach", "dam breach near Alderton"])
    text = "A dam breach near Alderton"
    assert {one.phrase for one in phrases.find(text)} == {"Dam", "dams", "dam breach", "dam breach near Alderton"}
    phrases.remove("Dam")
    phrases.remove("dam breach near Alderton")
    phrases.remove("never there")
    assert {one.phrase for one in phrases.find(text)} == {"dams", "dam breach"}
    phrases.remove("dams")
    phrases.remove("dam breach")
    assert phrases.find(text) == ()


_PHRASE = st.lists(st.sampled_from(["dam", "dams", "Oslo", "сир", "сиру", "near", "far"]), min_size=1, max_size=5).map(
    " ".join
)


@given(st.lists(_PHRASE, max_size=8), _PHRASE, st.lists(_PHRASE, max_size=6).map(" ".join))
def test_adding_and_removing_leaves_no_trace(kept: list[str], passing: str, text: str) -> None:
    plain, changed = Phrases(kept), Phrases(kept)
    if passing not in kept:
        changed.add(passing)
        assert {one.phrase for one in changed.find(passing)} >= {passing}
        changed.remove(passing)
    assert {one.phrase for one in plain.find(text)} == {one.phrase for one in changed.find(text)}


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_and_phrase_are_survived(text: str, phrase: str) -> None:
    for one in Phrases([phrase]).find(text):
        assert one.evidence in text
