"""Composition: extractive, from the best article, with both sides heard and follow-ups as differences."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.stories import (
    COURIER,
    LATER,
    READ,
    SOURCES,
    WIRE,
    WIRE_READING,
    alert,
    correction,
    hebrew,
    said,
    update,
    verdict,
)
from tocsin.alerts.compose import compose
from tocsin.alerts.selection import MOST_SAID
from tocsin.alerts.subject import MOST_LINE
from tocsin.errors import WrongUse
from tocsin.model import Article, Band, Change, Reading, Source, VersionKind


def test_the_alert_quotes_its_best_article() -> None:
    draft = alert()
    assert draft.subject == "Dam above Alderton breached, four villages evacuated — Northern Wire"
    assert (draft.headline, draft.url, draft.publisher) == (WIRE.title, WIRE.url, "Northern Wire")
    assert all(piece in WIRE.text for piece in draft.paragraphs)
    assert draft.paragraphs[0].startswith("The dam above the town")
    assert [report.headline for report in draft.reports] == [WIRE.title, COURIER.title]
    assert draft.articles == ("a1", "a2")


def test_who_says_so_hears_everybody_once_and_evidence_last() -> None:
    told = alert().statements
    assert [s.speaker for s in told] == [
        "the regional governor",
        "The operator of the dam",
        "Mara Olsen, who runs the ferry at Nether Quay",
        "The fire service",
        "Drone footage posted by residents",
    ]
    assert [s.kind for s in told] == ["said"] * 4 + ["evidence"]
    assert {s.article for s in told} == {"a1", "a2"}, "each says in which article it stands"


def test_a_lock_screen_tells_who_says_what() -> None:
    assert alert().lock_screen.startswith("the regional governor: The dam above the town of Alderton gave way")


def test_topics_and_places_are_kept() -> None:
    assert alert().topics == ("medtop:20000139", "medtop:03000000")
    assert alert().places == ("GB", "GB/Alderton")


def _article(number: str, **more: str | None) -> Article:
    shown = Article(number, "wire", f"Title {number}", "Text.", "2026-11-20T06:00:00+00:00", "en")
    return replace(shown, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (_article("1"), _article("2", source="courier")),
        (_article("1"), replace(_article("2"), marks=("live-blog",))),
        (_article("1", source="courier"), replace(_article("2"), marks=("opinion",))),
        (_article("1"), _article("2", title="")),
        (_article("1"), _article("2", published="2026-11-20")),
        (_article("1"), _article("2", published="2026-11-20T06:00:01+00:00")),
        (_article("1"), _article("2", published=None)),
        (_article("1"), _article("2", source="nobody knows")),
    ],
)
def test_the_best_article_is_chosen_whatever_the_order(better: Article, worse: Article) -> None:
    for order in ((better, worse), (worse, better)):
        draft = compose("1", VersionKind.ALERT, verdict(), [(a, Reading("en")) for a in order], SOURCES)
        assert draft.headline == better.title


BEFORE = _article("1", title="The dam is inspected")
NEWS = _article("2", title="The dam gives way", published="2026-11-20T08:00:00+00:00", source="courier")


def _headline(worth: dict[str, float], *articles: Article) -> str:
    read = [(article, Reading("en")) for article in articles]
    return compose("1", VersionKind.ALERT, verdict(), read, SOURCES, worth=worth).headline


def test_what_came_before_the_news_does_not_speak_for_the_alert() -> None:
    assert _headline({"1": 8.0, "2": 97.0}, BEFORE, NEWS) == NEWS.title
    assert _headline({"1": 24.0, "2": 38.0}, BEFORE, NEWS) == NEWS.title, (
        "also where only other reports helped over the bar"
    )
    assert _headline({"1": 55.0, "2": 97.0}, BEFORE, NEWS) == BEFORE.title, (
        "a sober first report of a better source does"
    )
    assert _headline({"1": 30.0, "2": 38.0}, BEFORE, NEWS) == BEFORE.title, "no article is worth much more"
    live = replace(NEWS, marks=("live-blog",))
    assert _headline({"1": 8.0, "2": 97.0}, BEFORE, live) == BEFORE.title, "but a live blog never does"


def test_an_update_quotes_the_news_of_what_came_since() -> None:
    more = _article("3", title="What a dam is")
    read = [(article, Reading("en")) for article in (BEFORE, NEWS, more, replace(NEWS, id="4", title="Dam: 12 dead"))]
    previous = compose("1", VersionKind.ALERT, verdict(), read[:2], SOURCES)
    worth = {"1": 8.0, "2": 97.0, "3": 5.0, "4": 60.0}
    update = compose("1", VersionKind.UPDATE, verdict(), read, SOURCES, previous=previous, worth=worth)
    assert update.headline == "Dam: 12 dead"


@pytest.mark.parametrize("title", [" ", WIRE.text.split("\n")[0]], ids=["none", "the sentence itself"])
def test_a_record_without_a_title_is_headed_by_its_first_sentence(title: str) -> None:
    article = replace(WIRE, title=title)
    draft = compose("a1", VersionKind.ALERT, verdict(), [(article, WIRE_READING)], SOURCES)
    assert draft.headline.endswith("sent a wall of water down the valley…")
    assert article.text.startswith(draft.headline[:-1]), "a quotation, cut where its clause ends"
    assert draft.paragraphs[0].startswith("The dam above"), "a sentence that was cut is told whole"
    assert draft.subject.endswith("… — Northern Wire")
    assert len(draft.subject) <= MOST_LINE


def test_a_short_first_sentence_is_the_headline_whole_and_not_said_again() -> None:
    article = replace(WIRE, title="", text="The dam above Alderton gave way.\n\nFour villages are being cleared.")
    draft = compose("a1", VersionKind.ALERT, verdict(), [(article, WIRE_READING)], SOURCES)
    assert draft.headline == "The dam above Alderton gave way."
    assert draft.paragraphs == ("Four villages are being cleared.",)


def test_who_published_comes_from_the_feed_that_names_it_then_from_the_configuration() -> None:
    for article, wanted in (
        (replace(WIRE, credited="Agence X", publisher="Y"), "Agence X"),
        (replace(WIRE, publisher="Y"), "Northern Wire"),
        (replace(WIRE, source="channel", publisher="Y"), "Y"),
        (replace(WIRE, source="?", publisher=None, site="z.example"), "z.example"),
    ):
        draft = compose("a1", VersionKind.ALERT, verdict(), [(article, WIRE_READING)], SOURCES)
        assert draft.publisher == wanted


def test_fifty_statements_become_a_few_of_as_many_speakers() -> None:
    lost = [f"village number {i} lost its {('road', 'bridge', 'mill')[i % 3]}" for i in range(50)]
    text = " ".join(f"Minister{i % 10} said that {content}." for i, content in enumerate(lost))
    said_so = tuple(said(text, f"Minister{i % 10}", "said", content) for i, content in enumerate(lost))
    reading = Reading("en", said_so)
    draft = compose("1", VersionKind.ALERT, verdict(), [(replace(WIRE, text=text), reading)], SOURCES)
    assert len(draft.statements) == MOST_SAID
    assert len({s.speaker for s in draft.statements}) == MOST_SAID


def test_a_copy_in_another_paper_is_told_once() -> None:
    copy = replace(COURIER, id="a9", text=WIRE.text)
    draft = compose("a1", VersionKind.ALERT, verdict(), [(WIRE, WIRE_READING), (copy, WIRE_READING)], SOURCES)
    assert {s.article for s in draft.statements} == {"a1"}


def test_no_statement_leaves_what_happened_for_the_lock_screen() -> None:
    draft = compose("a1", VersionKind.ALERT, verdict(), [(WIRE, Reading("en"))], SOURCES)
    assert draft.statements == ()
    assert draft.lock_screen.startswith("The dam above the town")


def test_an_update_tells_what_came_since_and_how_it_differs() -> None:
    draft = update()
    assert draft.subject == "Update: Nine missing after dam above Alderton breached — Northern Wire"
    assert draft.changes[0] == Change(LATER.title, WIRE.title)
    assert draft.changes[1].before is None
    assert [report.article for report in draft.reports] == ["a3"]
    assert {s.article for s in draft.statements} == {"a3"}
    assert draft.note == "", "no machine's words are shown as the desk's"
    assert set(alert().articles) < set(draft.articles)


def test_an_update_with_nothing_new_still_quotes() -> None:
    again = compose("a1", VersionKind.UPDATE, verdict(), READ, SOURCES, previous=alert())
    assert again.headline == WIRE.title
    assert again.changes == ()


def test_a_correction_shows_old_and_new() -> None:
    draft = correction()
    assert draft.subject.startswith("Correction: Two, not nine, missing")
    assert draft.label == "Corrected"
    assert Change("Two, not nine, missing after dam breach: fire service", LATER.title) in draft.changes


def test_nothing_to_quote_is_refused() -> None:
    with pytest.raises(WrongUse, match="no article"):
        compose("a1", VersionKind.ALERT, verdict(), (), SOURCES)


def test_a_claim_names_its_claimant_in_the_subject() -> None:
    draft = compose("a1", VersionKind.ALERT, verdict("Claimed by Oslo", Band.FLASH), READ, SOURCES)
    assert draft.subject == "BREAKING: Dam above Alderton breached, four villages evacuated, says Oslo"


def test_a_language_without_words_of_ours_is_quoted_all_the_same() -> None:
    assert hebrew().paragraphs
    assert hebrew().statements


_TEXT = st.text(max_size=120)


@given(st.lists(st.tuples(_TEXT, _TEXT, st.sampled_from(["2026-11-20", "soon", None])), min_size=1, max_size=3))
def test_every_word_told_is_quoted(rows: list[tuple[str, str, str | None]]) -> None:
    articles = [Article(str(i), "wire", title, text, at, "en") for i, (title, text, at) in enumerate(rows)]
    sources = {"wire": Source("wire", "W", "w")}
    read = [(a, Reading("en")) for a in articles]
    first = compose("0", VersionKind.ALERT, verdict(), read[:1], sources)
    draft = compose("0", VersionKind.UPDATE, verdict(), read, sources, previous=first)
    whole = " ".join(f"{a.title} {a.text}" for a in articles)
    assert all(piece in whole for piece in draft.paragraphs)
    assert " ".join(draft.headline.split()) in " ".join(whole.split())
    assert all(" ".join(change.now.split()) in " ".join(whole.split()) for change in draft.changes)
    assert {field.name for field in fields(draft)} >= {"subject", "note"}
