"""Topics: assigned by words that can be shown, wider ones included, the operator's own beside IPTC's."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.topics import (
    LANGUAGES,
    MOST_TOPICS,
    load_topics,
    place_keys,
    places_about,
    shipped_topics,
)
from tocsin.errors import WrongUse
from tocsin.model import PlaceMention, Reason


def labels(headline: str, text: str = "", language: str = "en") -> list[str]:
    return [shipped_topics().label(one.topic, "en") for one in shipped_topics().assign(headline, text, language)]


@pytest.mark.parametrize(
    ("headline", "language", "topic"),
    [
        ("Magnitude 7.1 earthquake strikes off the coast", "en", "disaster"),
        ("Missiles hit the port overnight", "en", "armed conflict"),
        ("Central bank raises interest rates", "en", "economy"),
        ("Polls close in presidential election", "en", "election"),
        ("Cholera outbreak in two districts", "en", "diseases and conditions"),
        ("Train derails outside the capital", "en", "accident and emergency incident"),
        ("Junta dissolves the court after coup", "en", "coup d'etat"),
        ("Суд виніс вирок колишньому міністру", "uk", "judiciary"),
        ("Масований обстріл дронами: є загиблі", "uk", "armed conflict"),
        ("На виборах перемогла опозиція", "uk", "election"),
        ("Землетрясение магнитудой 6,4 у берегов", "ru", "disaster"),
        ("Полиция задержала подозреваемых", "ru", "law enforcement"),
        ("Центробанк повысил ключевую ставку", "ru", "economy"),
    ],
)
def test_a_headline_gets_its_topic(headline: str, language: str, topic: str) -> None:
    assert topic in labels(headline, language=language)


@pytest.mark.parametrize(
    ("headline", "not_topic"),
    [
        ("Supermarkets begin a price war over bread", "conflict, war and peace"),
        ("Ceasefire holds for a second day", "accident and emergency incident"),
        ("Minister under fire over expenses", "accident and emergency incident"),
        ("The choir sings on", "crime"),
    ],
)
def test_the_same_words_may_mean_another_matter(headline: str, not_topic: str) -> None:
    assert not_topic not in labels(headline)


def test_one_word_of_the_lead_is_not_enough_and_two_are() -> None:
    assert labels("A quiet day", "A judge was seen.") == []
    assert "judiciary" in labels("A quiet day", "A judge and a jury were seen.")
    assert labels("A quiet day", "word " * 200 + "judge jury court trial") == [], "only the beginning counts"


def test_a_topic_comes_with_its_evidence_and_brings_the_wider_one() -> None:
    assigned = shipped_topics().assign("Floods follow the Earthquake", "", "en")
    assert [one.topic for one in assigned] == ["medtop:20000148", "medtop:03000000"]
    assert assigned[0].evidence == ("floods", "earthquake")


def test_what_judging_found_counts_as_evidence() -> None:
    reasons = (Reason("disaster at once", points=9.5, evidence="swept away"),)
    assert shipped_topics().assign("The valley", "A flood.", "en") == ()
    assigned = shipped_topics().assign("The valley", "A flood.", "en", reasons=reasons)
    assert assigned[0].evidence == ("flood", "disaster: swept away")


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from([*LANGUAGES, "fr", ""]))
def test_any_article_gets_a_bounded_number_of_topics_once_each(headline: str, text: str, language: str) -> None:
    topics = [one.topic for one in shipped_topics().assign(headline, text, language)]
    assert len(topics) == len(set(topics)) <= 2 * MOST_TOPICS


def test_every_shipped_topic_is_an_iptc_topic_with_three_labels_and_words() -> None:
    ids = [topic.id for topic in shipped_topics()]
    assert len(ids) == len(set(ids))
    for topic in shipped_topics():
        assert topic.id.startswith("medtop:")
        assert len(topic.id) == len("medtop:00000000")
        assert set(topic.labels) == set(topic.words) == set(LANGUAGES)
        assert topic.parent is None or topic.parent in ids


def test_every_event_is_a_concept_that_judging_knows() -> None:
    known = tomllib.loads((files("tocsin.stories") / "lexicons" / "en.toml").read_text(encoding="utf-8"))["event"]
    assert {event for topic in shipped_topics() for event in topic.events} <= known.keys()


def test_the_operators_own_topics_stand_beside_the_shipped(tmp_path: Path) -> None:
    file = tmp_path / "topics.toml"
    file.write_text(
        '[[topic]]\nid = "own:harbour"\nen = "the harbour"\nwords.en = ["ferry", "quay*"]\nplaces = ["GB/Alderton"]\n'
    )
    topics = load_topics(file)
    assert topics.label("own:harbour", "uk") == "the harbour"
    assert topics.assign("Ferry strikes the quayside", "", "en")[0].topic == "own:harbour"
    place = PlaceMention("Alderton", (0, 8), "Alderton", "GB", 54.9, -2.1)
    assert topics.assign("Nothing else", "", "en", [place])[0].evidence == ("Alderton",)
    assert any(topic.id == "medtop:15000000" for topic in topics)


@pytest.mark.parametrize(
    "content", ["[[topic]]\nen = 'no id'", "not toml at all [", "topic = 3", "[[topic]]\nid='x'\nwords = 5"]
)
def test_a_file_that_makes_no_sense_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "topics.toml"
    file.write_text(content)
    with pytest.raises(WrongUse, match=r"topics\.toml"):
        load_topics(file)


def test_an_unknown_topic_is_called_by_its_id() -> None:
    assert shipped_topics().label("medtop:99", "uk") == "medtop:99"


def _place(name: str | None, country: str | None, at: int) -> PlaceMention:
    return PlaceMention(name or "?", (at, at + 5), name, country)


def test_a_place_is_known_by_its_country_and_its_name() -> None:
    places = (
        _place("Kherson", "UA", 0),
        _place("Ukraine", "UA", 9),
        _place(None, None, 20),
        _place("Moscow", "RU", 30),
    )
    assert place_keys(places) == ("UA", "UA/Kherson", "RU", "RU/Moscow")


def test_places_far_down_count_only_when_they_come_back() -> None:
    once, often = _place("Oslo", "NO", 900), [_place("Riga", "LV", 900 + i) for i in range(3)]
    assert places_about((once, *often), "A headline") == tuple(often)
    assert places_about((once,), "Oslo closes its port") == (once,)
