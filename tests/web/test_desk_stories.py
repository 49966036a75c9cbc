"""A story as the desk shows it: copies folded under their origin, links that open at the words, how fast it grows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.fakes.stories import COURIER, COURIER_READING, WIRE, WIRE_READING, verdict
from tocsin.model import Article, Origin, Reading
from tocsin.store.stories import ReadArticle
from tocsin.web.desk.stories import story_now, velocity, words_at

NOW = datetime(2026, 11, 20, 6, 20, tzinfo=UTC)


def seen(number: int, article: Article, reading: Reading, minute: int) -> ReadArticle:
    at = datetime(2026, 11, 20, 6, minute, tzinfo=UTC)
    return ReadArticle(number, article, reading, at, at, primed=True)


def test_copies_stand_under_the_origin_they_come_from_and_a_latecomer_for_itself() -> None:
    copy, late = replace(WIRE, id="a9", publisher="Valley Post"), replace(COURIER, id="a8", publisher="Late News")
    read = (
        seen(1, WIRE, WIRE_READING, 0),
        seen(2, copy, WIRE_READING, 4),
        seen(3, COURIER, COURIER_READING, 12),
        seen(4, late, COURIER_READING, 14),
    )
    judged = replace(
        verdict(),
        origins=(Origin("Northern Wire", ("a9", "a1"), ("same words",)), Origin("The Alder Courier", ("a2",))),
    )
    story = story_now(judged, read)
    assert [
        (each.name, each.first.article.id, [copy.article.id for copy in each.copies]) for each in story.origins
    ] == [
        ("Northern Wire", "a1", ["a9"]),
        ("The Alder Courier", "a2", []),
        ("Late News", "a8", []),
    ]
    assert story.lag == timedelta(minutes=8)
    said = {saying.who: saying for saying in story.sayings}
    assert said["Mara Olsen"].url == "https://courier.example/dam#:~:text=We%20heard%20it%20before%20we%20saw%20it"


def test_an_article_that_stands_behind_two_origins_counts_for_both() -> None:
    judged = replace(verdict(), origins=(Origin("Northern Wire", ("a1",)), Origin("Reuters", ("a1",))))
    story = story_now(judged, (seen(1, WIRE, WIRE_READING, 0),))
    assert [(each.name, each.first.article.id) for each in story.origins] == [
        ("Northern Wire", "a1"),
        ("Reuters", "a1"),
    ]


def test_a_bare_date_gives_no_lag() -> None:
    story = story_now(verdict(), (seen(1, replace(WIRE, published="2026-11-20"), WIRE_READING, 0),))
    assert story.lag is None


def test_a_link_to_words_names_their_ends_and_takes_the_place_of_a_fragment() -> None:
    assert words_at(None, "x") is None
    words = "a well-known bridge, it seems, fell into the river at six"
    assert words_at("https://a.example/x#top", words) == (
        "https://a.example/x#:~:text=a%20well%2Dknown%20bridge%2C%20it,the%20river%20at%20six"
    )


def test_velocity_shows_when_reports_came() -> None:
    start = NOW - timedelta(minutes=24)
    assert velocity([start]) == (100, *[0] * 23)
    bars = velocity([start, NOW, NOW])
    assert (bars[0], bars[-1], len(bars)) == (50, 100, 24)
