"""The record that started Tocsin, read in place: every row of DESIGN's table about statements and times.

Offsets and short values only: the record's sentences stay outside the repository.
"""

from pathlib import Path

import pytest

from tocsin.intake.extract import article_from_record
from tocsin.model import Article, Reading, Statement
from tocsin.reading.reader import read

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def article(data: Path) -> Article:
    record = next((data / "seed").glob("*.txt"))
    return article_from_record(record.read_text(encoding="utf-8"), source=str(record))


@pytest.fixture(scope="module")
def reading(article: Article) -> Reading:
    return read(article)


@pytest.fixture(scope="module")
def statements(reading: Reading) -> tuple[Statement, ...]:
    return reading.statements


def test_statements_stand_where_the_record_has_them(statements: tuple[Statement, ...]) -> None:
    assert [(s.kind, s.speaker_span, s.cue_span, s.content_span) for s in statements] == [
        ("said", (101, 135), (136, 140), (0, 99)),
        ("evidence", (253, 295), (296, 302), (303, 409)),
        ("said", (425, 431), (447, 455), (457, 460)),
        ("said", (507, 548), (549, 553), (585, 693)),
        ("said", (717, 723), (724, 728), (729, 861)),
        ("said", (864, 889), (890, 894), (895, 982)),
        ("said", (1169, 1219), (1220, 1226), (1227, 1296)),
        ("said", (1327, 1329), (1330, 1334), (1335, 1475)),
        ("said", (1327, 1329), (1330, 1334), (1479, 1572)),
    ]


def test_spans_point_at_their_words(article: Article, statements: tuple[Statement, ...]) -> None:
    for statement in statements:
        assert article.text[slice(*statement.cue_span)] == statement.cue
        assert article.text[slice(*statement.content_span)] == statement.content
        assert statement.speaker_span is not None
        assert article.text[slice(*statement.speaker_span)] == statement.speaker


def test_defence_intelligence_said_it_on_the_day_of_publication(statements: tuple[Statement, ...]) -> None:
    assert statements[0].said == "2022-11-11"
    assert not statements[0].quoted


def test_videos_are_evidence(statements: tuple[Statement, ...]) -> None:
    assert statements[1].kind == "evidence"
    assert statements[1].cue == "showed"


def test_shouted_word_has_its_gloss(article: Article, statements: tuple[Statement, ...]) -> None:
    shouted = statements[2]
    assert (shouted.content, shouted.cue, shouted.quoted) == ("ZSU", "shouting", True)
    assert shouted.gloss_span is not None
    assert article.text[slice(*shouted.gloss_span)] == shouted.gloss
    assert shouted.gloss is not None
    assert shouted.gloss.startswith("the acronym for")


def test_statement_to_reuters_names_medium_and_via(statements: tuple[Statement, ...]) -> None:
    assert (statements[3].medium, statements[3].via) == ("statement", "Reuters")


def test_other_party_spoke_of_five_in_the_morning(reading: Reading, statements: tuple[Statement, ...]) -> None:
    assert statements[5].speaker == "Russia’s defence ministry"
    start, end = statements[5].content_span
    inside = [time.value for time in reading.times if start <= time.span[0] and time.span[1] <= end]
    assert inside == ["2022-11-11T05"]


def test_named_speaker_has_his_role(statements: tuple[Statement, ...]) -> None:
    assert statements[6].role == "senior advisor to the defence ministry"
    assert statements[6].affiliation == "the defence ministry"
    assert statements[6].cue == "called"
    assert statements[6].quoted


def test_he_who_speaks_to_the_publisher_is_the_last_named_speaker(statements: tuple[Statement, ...]) -> None:
    assert (statements[7].speaker, statements[7].resolved_to) == ("he", "Yuri Sak")
    assert statements[7].via == "The Independent"


def test_last_quotation_is_his_too(statements: tuple[Statement, ...]) -> None:
    assert (statements[8].resolved_to, statements[8].quoted) == ("Yuri Sak", True)
