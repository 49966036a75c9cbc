"""What the desk writes itself, and writes anew: its origins and reports say whose words they are."""

from dataclasses import replace

from tests.fakes.stories import alert
from tocsin.alerts.own_words import OwnWords, rewritten
from tocsin.model import Band, Origin

WORDS = OwnWords("Ferry held in harbour", "The ferry stays.\n\nNo boat leaves today.", "The harbour master", Band.FLASH)


def test_rewritten_words_are_everywhere_and_what_a_draft_is_known_by_stays() -> None:
    known = replace(alert(), origins=(Origin("Someone", ("a1",), evidence=("began it",)), Origin("Other", ("a2",))))
    draft = rewritten(known, WORDS)
    assert (draft.story, draft.articles, draft.url) == (known.story, known.articles, known.url)
    assert (draft.headline, draft.paragraphs) == (WORDS.headline, ("The ferry stays.", "No boat leaves today."))
    assert {origin.name for origin in draft.origins} == {WORDS.who}
    assert [origin.articles for origin in draft.origins] == [("a1",), ("a2",)]
    assert {(report.publisher, report.headline) for report in draft.reports} == {(WORDS.who, WORDS.headline)}
    assert WORDS.who in draft.subject
