"""An editor chooses and cuts what is quoted; nothing that was published can be reworded."""

from dataclasses import replace

import pytest

from tests.fakes.stories import COURIER, READ, alert
from tocsin.alerts.editing import (
    Choices,
    Edit,
    choices_of,
    differences,
    edited,
    key_of,
    key_of_statement,
)
from tocsin.alerts.own_words import LABEL
from tocsin.errors import WrongUse
from tocsin.model import Band, Draft


@pytest.fixture
def draft() -> Draft:
    return alert()


@pytest.fixture
def choices(draft: Draft) -> Choices:
    return choices_of(draft, READ)


def as_it_is(draft: Draft) -> Edit:
    quoted = draft.reports[0].article
    return Edit(
        key_of(draft.headline),
        tuple(key_of(quoted, text) for text in draft.paragraphs),
        tuple(key_of_statement(each) for each in draft.statements),
        draft.note,
        draft.band,
    )


def test_saving_a_draft_as_it_is_changes_nothing(draft: Draft, choices: Choices) -> None:
    assert edited(draft, choices, as_it_is(draft)) == draft
    assert differences(draft, edited(draft, choices, as_it_is(draft))) == ()


def test_what_is_offered_stands_word_for_word_in_the_articles(choices: Choices) -> None:
    texts = [" ".join(f"{article.title} {article.text}".split()) for article, _ in READ]
    for words in (*(p.text for p in choices.paragraphs), *(s.content for s in choices.statements.values())):
        assert any(" ".join(words.split()) in text for text in texts), words
    for headline in choices.headlines:
        said = headline.text.partition(": ")[2] or headline.text
        assert any(said in text for text in texts), headline.text


def test_what_is_denied_is_never_offered_as_a_headline(choices: Choices) -> None:
    assert any(each.denied for each in choices.statements.values())
    assert not any("sluices had failed" in headline.text for headline in choices.headlines)


def test_another_outlets_headline_brings_its_publisher_and_link(draft: Draft, choices: Choices) -> None:
    theirs = next(each for each in choices.headlines if each.text == COURIER.title)
    paragraphs = tuple(each.key for each in choices.paragraphs if each.article == COURIER.id)
    made = edited(draft, choices, replace(as_it_is(draft), headline=theirs.key, paragraphs=paragraphs[:1]))
    assert (made.headline, made.publisher, made.url) == (COURIER.title, "The Alder Courier", COURIER.url)
    assert made.reports[0].article == COURIER.id
    assert len(made.reports) == len(draft.reports)
    assert made.subject.startswith(COURIER.title)
    assert made.subject.endswith("The Alder Courier")


def test_paragraphs_are_never_shown_under_another_outlets_headline(draft: Draft, choices: Choices) -> None:
    theirs = next(each for each in choices.headlines if each.text == COURIER.title)
    with pytest.raises(WrongUse, match="is not from The Alder Courier"):
        edited(draft, choices, replace(as_it_is(draft), headline=theirs.key))


def test_statements_are_cut_and_a_note_is_the_desks_own(draft: Draft, choices: Choices) -> None:
    kept = key_of_statement(draft.statements[0])
    made = edited(draft, choices, replace(as_it_is(draft), statements=(kept,), note=" We asked  the operator. "))
    assert made.statements == draft.statements[:1]
    assert made.note == "We asked the operator."
    found = differences(draft, made)
    assert [each.what for each in found] == ["note"] + ["statement"] * (len(draft.statements) - 1)
    assert all(each.now == "" for each in found[1:])


def test_urgency_is_the_editors(draft: Draft, choices: Choices) -> None:
    made = edited(draft, choices, replace(as_it_is(draft), band=Band.FLASH))
    assert made.subject.startswith("BREAKING: ")
    assert [(each.what, each.before, each.now) for each in differences(draft, made)] == [("urgency", "alert", "flash")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"headline": "0" * 12}, "not offered"),
        ({"paragraphs": ("made up",)}, "not offered"),
        ({"statements": ("made up",)}, "not offered"),
        ({"paragraphs": (), "statements": ()}, "who says so"),
        ({"note": "x" * 601}, "at most 600"),
    ],
)
def test_what_was_not_published_cannot_be_put_in(
    draft: Draft, choices: Choices, change: dict[str, object], told: str
) -> None:
    with pytest.raises(WrongUse, match=told):
        edited(draft, choices, replace(as_it_is(draft), **change))  # type: ignore[arg-type]


def test_a_draft_whose_articles_are_gone_can_still_be_cut(draft: Draft) -> None:
    choices = choices_of(draft, ())
    made = edited(draft, choices, replace(as_it_is(draft), paragraphs=()))
    assert made.paragraphs == ()
    assert made.headline == draft.headline
    assert draft.label != LABEL
