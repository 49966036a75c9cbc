"""What counts as a change of the article behind an alert, and when it is looked at again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.stories import COURIER, WIRE, alert
from tocsin.alerts.afterwards import AGAIN, Finding, changed, correction_in, look, next_look, quotes_of
from tocsin.model import Article

AT = datetime(2026, 11, 20, 6, tzinfo=UTC)


def page(text: str, title: str = "Dam breached") -> Article:
    return Article("p", "wire", title, text)


def test_a_page_that_stays_as_it_was_gives_no_finding() -> None:
    quotes = quotes_of(alert(), WIRE.id)
    first = look(WIRE, quotes)
    assert len(first.quotes) == len(quotes) >= 3, "what was quoted stands on the page"
    retyped = replace(WIRE, text=WIRE.text.replace("\n\n", "\n  \n\n").replace("“", '"'), title=f" {WIRE.title}  ")
    assert changed(first, look(retyped, first.quotes)) == ()


def test_a_silent_change_of_a_figure_is_found_by_the_words_that_are_gone() -> None:
    first = look(WIRE, quotes_of(alert(), WIRE.id))
    now = look(replace(WIRE, text=WIRE.text.replace("two arches", "one arch")), first.quotes)
    found = changed(first, now)
    assert [finding.kind for finding in found] == ["words"] * len(found)
    assert any("two arches" in finding.before for finding in found)


def test_another_title_and_a_correction_are_found() -> None:
    first = look(page("It gave way."), ())
    now = look(page("It gave way.\n\nCorrection: it was the sluice, not the dam.", "Sluice fails"), ())
    assert changed(first, now) == (
        Finding("title", "Dam breached", "Sluice fails"),
        Finding("note", "", "Correction: it was the sluice, not the dam."),
    )


def test_quotes_belong_to_the_article_they_are_from() -> None:
    assert set(quotes_of(alert(), WIRE.id)).isdisjoint(quotes_of(alert(), COURIER.id))
    assert "We heard it before we saw it" in quotes_of(alert(), COURIER.id)
    assert quotes_of(alert(), "unknown") == ()


@pytest.mark.parametrize(
    "note",
    [
        "CORRECTION: An earlier version gave the wrong figure.",
        "This article was amended on 3 March 2026 to correct the death toll.",
        "This story has been corrected to show that four people died.",
        "An earlier version of this article misstated the name of the river.",
        "Editor’s note: the mayor's office has withdrawn its statement.",
        "Виправлення: загинули четверо людей.",
        "У попередній версії цієї статті було хибно вказано назву річки.",
        "Исправлено: погибли четыре человека.",
    ],
)
def test_notes_of_correction(note: str) -> None:
    assert correction_in(page(f"The dam gave way.\n\n{note}")) == note


@pytest.mark.parametrize(
    "text",
    [
        "The minister spent ten years in a house of correction.",
        "A market correction is near, analysts said.",
        "She corrected him twice.",
        "Поліція внесла уточнення до списку загиблих.",
    ],
)
def test_what_only_speaks_of_corrections_is_none(text: str) -> None:
    assert correction_in(page(text)) == ""


def test_looks_grow_rarer_and_end_after_two_days() -> None:
    pauses = []
    for hours in (0.1, 2, 12, 47, 49):
        now = AT + timedelta(hours=hours)
        due = next_look(AT, now, suspected=False)
        pauses.append(None if due is None else (due - now) / timedelta(minutes=1))
    assert pauses == [10, 30, 180, 180, None]
    assert next_look(AT, AT, suspected=True) == AT + AGAIN
