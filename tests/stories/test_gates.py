from datetime import timedelta

import pytest

from tests.stories.reports import NOON, article, report
from tocsin.model import Article
from tocsin.stories.gates import gates, new_for_this_story

SIX_HOURS = timedelta(hours=6)


def failing(one: Article, *, primed: bool = True, known: bool = False) -> dict[str, str]:
    checked = gates(one, report(one.title), NOON, primed=primed, fresh=SIX_HOURS, known=known)
    return {gate.name: gate.evidence for gate in checked if not gate.holds}


def test_a_fresh_report_of_an_event_passes() -> None:
    assert failing(article("Bridge collapses, 12 dead")) == {}


@pytest.mark.parametrize(
    "published",
    [None, "", "soon", "2026-03-02", "2026-03-02T02:00:00Z", "2026-03-02T13:00:00Z", "9999-12-31T23:59:59Z"],
)
def test_what_is_undated_merely_dated_old_or_dated_ahead_is_not_fresh(published: str | None) -> None:
    assert "fresh" in failing(article("Bridge collapses", published=published))


def test_a_bare_date_is_fresh_on_its_own_day_and_from_a_known_source_only() -> None:
    today = article("Bridge collapses, 12 dead", published="2026-03-02")
    assert failing(today, known=True) == {}
    assert failing(today, known=False) == {"fresh": "only a date: 2026-03-02"}
    assert "not a first fetch" in failing(today, known=True, primed=False)


@pytest.mark.parametrize("published", ["2026-03-01", "2026-03-03", "2026-03", "2026", "2025-03-02"])
def test_a_date_of_another_day_or_none_is_never_fresh(published: str) -> None:
    assert "fresh" in failing(article("Bridge collapses, 12 dead", published=published), known=True)


def test_clocks_may_differ_by_a_few_minutes() -> None:
    assert failing(article("Bridge collapses", published="2026-03-02T12:05:00Z")) == {}


def test_a_backlog_is_not_news() -> None:
    assert failing(article("Bridge collapses"), primed=False) == {"not a first fetch": "the source's backlog"}


@pytest.mark.parametrize(
    "title", ["Has the bridge collapsed?", "Why bridges collapse", "Subscribe to our bridge newsletter"]
)
def test_questions_explainers_and_promotions_are_no_events(title: str) -> None:
    assert "an event" in failing(article(title))


@pytest.mark.parametrize("mark", ["live-blog", "preview", "opinion"])
def test_a_page_that_calls_itself_something_else_is_no_event(mark: str) -> None:
    assert "an event" in failing(article("Bridge collapses", marks=(mark,)))


def test_a_story_readers_know_is_new_only_by_what_changed() -> None:
    assert all(reason.holds for reason in new_for_this_story(None, (), "s"))
    (gate,) = new_for_this_story(NOON, (), "s1")
    assert not gate.holds
    assert "s1" in gate.evidence
