"""Articles wait for judgement in their order, and stories fold into each other."""

from datetime import UTC, datetime, timedelta

from tocsin.model import Article, Band, Reading, Route, Verdict
from tocsin.store.engine import Store
from tocsin.store.stories import (
    ReadArticle,
    add_article,
    articles_of,
    judged_since,
    record_verdict,
    unjudged,
    verdicts_of,
)

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def an_article(number: int) -> ReadArticle:
    article = Article(id=f"a{number}", source="Wire", title=f"Report {number}", text="It happened.")
    return ReadArticle(number, article, Reading(language="en"), NOW, NOW, primed=True)


def a_verdict(number: int, story: str) -> Verdict:
    at = NOW + timedelta(seconds=number)
    return Verdict(at, f"a{number}", story, 40.0, 50.0, Band.ALERT, Route.HOLD, "One report")


def test_articles_wait_in_order_until_they_are_judged(store: Store) -> None:
    with store.write() as connection:
        for number in (1, 2, 3):
            add_article(connection, an_article(number))
        assert [each.id for each in unjudged(connection, 2)] == [1, 2]
        record_verdict(connection, an_article(1), a_verdict(1, "a1"), ())
        assert [each.id for each in unjudged(connection, 9)] == [2, 3]
        (again,) = judged_since(connection, NOW)
    assert again.article == an_article(1).article
    assert again.judged_at == NOW + timedelta(seconds=1), "the state is rebuilt with the time of the decision"


def test_a_merge_moves_the_articles_to_the_older_story(store: Store) -> None:
    with store.write() as connection:
        for number in (1, 2, 3):
            add_article(connection, an_article(number))
        record_verdict(connection, an_article(1), a_verdict(1, "a1"), ())
        record_verdict(connection, an_article(2), a_verdict(2, "a2"), ())
        record_verdict(connection, an_article(3), a_verdict(3, "a1"), ("a2",))
        assert [each.id for each in articles_of(connection, "a1")] == [1, 2, 3]
        assert [verdict.article for verdict in verdicts_of(connection, "a1")] == ["a1", "a3"]
