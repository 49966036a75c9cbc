"""A source phrase taken apart: name, role, affiliation, and what kind of speaker it is."""

import pytest

from tocsin.reading.lexicon import load
from tocsin.reading.speakers import Memory, Speaker, describe, is_evidence
from tocsin.reading.tokens import tokenise


def speaker(phrase: str, language: str = "en") -> Speaker:
    lexicon = load(language)
    return describe(phrase, tokenise(phrase, (0, len(phrase)), (), lexicon.vocabulary), lexicon)


@pytest.mark.parametrize(
    ("phrase", "name", "role", "affiliation"),
    [
        (
            "Yuri Moroz, a senior adviser to the ministry",
            "Yuri Moroz",
            "senior adviser to the ministry",
            "the ministry",
        ),
        ("Prime Minister Jonas Berg", "Jonas Berg", "Prime Minister", None),
        ("Pentagon spokesman Carl Dean", "Carl Dean", "Pentagon spokesman", "Pentagon"),
        ("Rosa Menez, 54, a baker from Lima", "Rosa Menez", "baker from Lima", None),
        ("the head of the agency, Olga Brandt", "Olga Brandt", "head of the agency", "the agency"),
        (
            "a spokeswoman for the council",
            "a spokeswoman for the council",
            "spokeswoman for the council",
            "the council",
        ),
        ("the ministry", "the ministry", None, None),
        ("Ann Fry", "Ann Fry", None, None),
    ],
)
def test_phrase_taken_apart(phrase: str, name: str, role: str | None, affiliation: str | None) -> None:
    found = speaker(phrase)
    assert (found.name, found.role, found.affiliation) == (name, role, affiliation)


@pytest.mark.parametrize(
    ("phrase", "name", "role", "language"),
    [
        ("міністр оборони Рустем Коваль", "Рустем Коваль", "міністр оборони", "uk"),
        ("глава МИД Украины Олег Сомов", "Олег Сомов", "глава МИД Украины", "ru"),
    ],
)
def test_title_before_a_slavic_name(phrase: str, name: str, role: str, language: str) -> None:
    found = speaker(phrase, language)
    assert (found.name, found.role) == (name, role)


@pytest.mark.parametrize("phrase", ["Ann Fry", "the minister", "Mr. Varga", "Judge Helen Marsh"])
def test_people(phrase: str) -> None:
    assert speaker(phrase).person


@pytest.mark.parametrize("phrase", ["the ministry", "Kyiv", "The Associated Press", "the Green Party"])
def test_institutions(phrase: str) -> None:
    assert not speaker(phrase).person


@pytest.mark.parametrize(
    ("phrase", "evidence"),
    [
        ("satellite images of the port", True),
        ("two witnesses", True),
        ("the man in the video", False),
        ("the army", False),
    ],
)
def test_evidence_is_told_from_speakers(phrase: str, evidence: bool) -> None:
    lexicon = load("en")
    assert is_evidence(tokenise(phrase, (0, len(phrase)), (), lexicon.vocabulary), lexicon) is evidence


def test_last_fitting_speaker_is_meant() -> None:
    memory = Memory()
    for phrase in ("Ann Fry", "the ministry", "two officials"):
        memory.note(speaker(phrase))
    assert memory.resolve(speaker("she")) == "Ann Fry"
    assert memory.resolve(speaker("it")) == "the ministry"
    assert memory.resolve(speaker("they")) == "two officials"
    assert memory.resolve(speaker("we")) is None


def test_nobody_is_made_up() -> None:
    assert Memory().resolve(speaker("he")) is None
    assert Memory().resolve(speaker("the minister")) is None
