"""Signs of origin: each form of credit line, dateline, byline and citation names whom it goes back to."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model import Article
from tocsin.reading.reader import read

STORY = Article(id="a", source="s", title="", text="The bridge fell at noon.", publisher="The Harbour Post")


def credits_of(article: Article) -> list[tuple[str, str]]:
    found = read(article).credits
    for credit in found:
        if credit.span is not None:
            assert article.text[slice(*credit.span)] == credit.evidence
    return [(credit.kind, credit.name) for credit in found]


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("(Reuters) - The bridge fell.", ("wire", "Reuters")),
        ("KYIV, Nov 11 (Reuters) - The bridge fell.", ("dateline", "Reuters")),
        ("LONDON (AP) — The bridge fell.", ("dateline", "Associated Press")),
        ("KYIV, Ukraine (AFP) – The bridge fell.", ("dateline", "Agence France-Presse")),
        ("МОСКВА, 11 ноя — РИА Новости. Мост рухнул.", ("dateline", "RIA Novosti")),
        ("МОСКВА, 11 ноября. /ТАСС/. Мост рухнул.", ("dateline", "TASS")),
        ("Київ. 11 листопада. УНІАН. Міст упав.", ("dateline", "UNIAN")),
        ("It fell.\n\n(Reporting by A. Roe; Editing by B. Doe)", ("wire", "Reuters")),
        ("It fell.\n\n© 2024 AFP", ("wire", "Agence France-Presse")),
        ("It fell.\n\nSource: Reuters", ("wire", "Reuters")),
        ("Мост рухнул.\n\nИсточник: Интерфакс", ("wire", "Interfax")),
        ("It fell.\n\nThe Associated Press contributed to this report.", ("attribution", "Associated Press")),
        ("The mayor told Reuters that it fell.", ("attribution", "Reuters")),
        ("It fell, the report said, citing TASS.", ("attribution", "TASS")),
        ("According to AFP, it fell.", ("attribution", "Agence France-Presse")),
        ("It fell, Bloomberg reported.", ("attribution", "Bloomberg")),
        ("Мост рухнул, пишет Reuters.", ("attribution", "Reuters")),
        ("Міст упав, повідомляє Укрінформ.", ("attribution", "Ukrinform")),
        ("Мост рухнул, сообщил чиновник со ссылкой на ТАСС.", ("attribution", "TASS")),
    ],
)
def test_words_that_name_another_origin(text: str, credit: tuple[str, str]) -> None:
    assert credit in credits_of(replace(STORY, text=text))


@pytest.mark.parametrize(
    "text",
    [
        "The bridge (built in 1950) - a landmark - fell.",
        "Prices rose.\n\nPhoto © 2024 Reuters",
        "Reuters is moving its office to the new bridge.",
        "The bridge fell, residents said.",
    ],
)
def test_words_that_name_none(text: str) -> None:
    assert not [credit for credit in credits_of(replace(STORY, text=text)) if credit[0] != "authority"]


def test_bylines_name_people_or_the_wire_they_work_for() -> None:
    assert credits_of(replace(STORY, authors=("Jane Roe",))) == [("byline", "Jane Roe")]
    assert credits_of(replace(STORY, authors=("Jane Roe, Associated Press",))) == [("wire", "Associated Press")]


def test_feed_names_the_true_publisher() -> None:
    assert ("feed-source", "The Valley Times") in credits_of(replace(STORY, credited="The Valley Times"))


def test_canonical_link_to_another_outlet() -> None:
    here = "https://post.example/bridge"
    elsewhere = replace(STORY, url=here, canonical_url="https://www.reuters.com/world/bridge")
    assert ("canonical", "Reuters") in credits_of(elsewhere)
    assert credits_of(replace(STORY, url=here, canonical_url="https://www.post.example/bridge?x=1")) == []
    assert credits_of(replace(STORY, url=here, canonical_url="http://[broken")) == []


def test_what_was_said_to_the_publisher_is_its_own() -> None:
    text = "Mayor Ana Roe arrived.\n\nSpeaking to The Harbour Post she said the bridge had fallen."
    assert credits_of(replace(STORY, text=text)) == [("own", "The Harbour Post")]


def test_record_without_publisher_names_it_in_its_own_form() -> None:
    text = "Speaking to The Independent he said the bridge had fallen."
    nameless = replace(STORY, publisher=None, text=text)
    assert ("attribution", "The Independent") in credits_of(nameless)
    assert ("own", "The Independent") in credits_of(replace(nameless, removed=("offers from The Independent",)))


def test_authority_speaks_in_its_own_words() -> None:
    text = "The Pentagon said the aircraft had landed safely."
    assert "authority" in [kind for kind, _ in credits_of(replace(STORY, text=text))]


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_article_gives_credits_with_true_evidence(text: str, authors: list[str]) -> None:
    credits_of(replace(STORY, text=text, authors=tuple(authors), canonical_url=text[:30], url=text[30:60]))


@pytest.mark.parametrize("unit", ["(Reuters) - ", "© ", "Reporting by a; ", "Source: ", "citing ", "AFP "])
def test_cost_is_linear(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    start = time.process_time()
    credits_of(replace(STORY, text=text))
    assert time.process_time() - start < 10
