"""Articles with their readings, stories, and every verdict with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from tocsin.model import Article, Reading, Verdict
from tocsin.store.engine import Id, Moment, Packed, metadata
from tocsin.stories.plain import headline_and_lead

articles = Table(
    "articles",
    metadata,
    Column("id", Id, primary_key=True),  # the item's id: one item, one article
    Column("article", Packed(Article), nullable=False),
    Column("reading", Packed(Reading), nullable=False),
    Column("primed", Boolean, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("read_at", Moment, nullable=False),
    Column("judged_at", Moment),
    Column("story", String(64)),
    Index("ix_articles_seen_at", "seen_at"),
    Index("ix_articles_story", "story"),
    Index(
        "ix_articles_unjudged",
        "id",
        sqlite_where=Column("judged_at").is_(None),
        postgresql_where=Column("judged_at").is_(None),
    ),
)

stories = Table(
    "stories",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("articles", Integer, nullable=False),
    Column("merged_into", String(64)),
    Index("ix_stories_last_at", "last_at"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article", Id, nullable=False),
    Column("story", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("band", String(10), nullable=False),
    Column("route", String(10), nullable=False),
    Column("verdict", Packed(Verdict), nullable=False),
    Index("ix_verdicts_story", "story"),
    Index("ix_verdicts_at", "at"),
)


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article with its reading, and when Tocsin saw, read and judged it. ``primed`` False: back catalogue."""

    id: int
    article: Article
    reading: Reading
    seen_at: datetime
    read_at: datetime
    primed: bool
    judged_at: datetime | None = None


_READ = [
    articles.c.id,
    articles.c.article,
    articles.c.reading,
    articles.c.seen_at,
    articles.c.read_at,
    articles.c.primed,
    articles.c.judged_at,
]


def add_article(connection: Connection, read: ReadArticle) -> None:
    """Keep an article that was read and waits to be judged."""
    connection.execute(
        insert(articles).values(
            id=read.id,
            article=read.article,
            reading=read.reading,
            primed=read.primed,
            seen_at=read.seen_at,
            read_at=read.read_at,
        )
    )


def unjudged(connection: Connection, limit: int) -> tuple[ReadArticle, ...]:
    """Return the articles that wait for judgement, in the order they came."""
    query = select(*_READ).where(articles.c.judged_at.is_(None)).order_by(articles.c.id).limit(limit)
    return tuple(ReadArticle(**row._mapping) for row in connection.execute(query))


def withdraw_article(connection: Connection, row: int) -> None:
    """Take an article that can't be judged out of what waits, and out of all that is observed again later."""
    connection.execute(delete(articles).where(articles.c.id == row, articles.c.judged_at.is_(None)))


def judged_since(connection: Connection, since: datetime) -> Iterator[ReadArticle]:
    """Stream the articles judged already and seen since ``since``, in the order they were judged."""
    query = (
        select(*_READ)
        .where(articles.c.judged_at.is_not(None), articles.c.seen_at >= since)
        .order_by(articles.c.judged_at, articles.c.id)
    )
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield ReadArticle(**row._mapping)


def judged_after(connection: Connection, at: datetime, row: int) -> Iterator[ReadArticle]:
    """Stream the articles judged after the one in ``row``, which was judged ``at``, in the order they were judged."""
    judged = (articles.c.id == verdicts.c.article) & (articles.c.judged_at == verdicts.c.at)
    later = (verdicts.c.at > at) | ((verdicts.c.at == at) & (articles.c.id > row))
    query = (
        select(*_READ).join(verdicts, judged).where(verdicts.c.at >= at, later).order_by(verdicts.c.at, articles.c.id)
    )
    for found in connection.execution_options(yield_per=1000).execute(query):
        yield ReadArticle(**found._mapping)


def judged_at(connection: Connection, row: int) -> datetime | None:
    """Return when the article in a row was judged; None when it was not, or is not there."""
    return connection.execute(select(articles.c.judged_at).where(articles.c.id == row)).scalar_one_or_none()


def articles_in_rows(connection: Connection, rows: Sequence[int]) -> Sequence[Article]:
    """Return the articles in these rows, as far as they are there."""
    return connection.execute(select(articles.c.article).where(articles.c.id.in_(rows))).scalars().all()


def record_verdict(connection: Connection, article: ReadArticle, verdict: Verdict, merged: tuple[str, ...]) -> None:
    """Keep a verdict, join its article to its story, and fold ``merged`` stories into it."""
    connection.execute(
        insert(verdicts).values(
            article=article.id,
            story=verdict.story,
            at=verdict.at,
            band=verdict.band,
            route=verdict.route,
            verdict=verdict,
        )
    )
    connection.execute(
        update(articles).where(articles.c.id == article.id).values(judged_at=verdict.at, story=verdict.story)
    )
    _join(connection, article, verdict)
    for old in merged:
        fold_story(connection, verdict.story, old)


def fold_story(connection: Connection, kept: str, gone: str) -> None:
    """Give the articles of a story that turned out to be another one to that."""
    its = select(stories.c.articles).where(stories.c.id == gone).scalar_subquery()
    grown = stories.c.articles + func.coalesce(its, 0)
    connection.execute(update(stories).where(stories.c.id == kept).values(articles=grown))
    connection.execute(update(stories).where(stories.c.id == gone).values(merged_into=kept))
    connection.execute(update(articles).where(articles.c.story == gone).values(story=kept))


def lasting_story(connection: Connection, story: str) -> str:
    """Follow merges to the story that lives on."""
    into = connection.execute(select(stories.c.merged_into).where(stories.c.id == story)).scalar()
    return story if into is None else lasting_story(connection, into)


def _join(connection: Connection, article: ReadArticle, verdict: Verdict) -> None:
    grown = (
        update(stories).where(stories.c.id == verdict.story).values(last_at=verdict.at, articles=stories.c.articles + 1)
    )
    if not connection.execute(grown).rowcount:
        title = article.article.title or headline_and_lead(article.article)[0]  # a post has none
        connection.execute(
            insert(stories).values(id=verdict.story, title=title, first_at=verdict.at, last_at=verdict.at, articles=1)
        )


def articles_of(connection: Connection, story: str) -> tuple[ReadArticle, ...]:
    """Return a story's articles, first seen first."""
    query = select(*_READ).where(articles.c.story == story).order_by(articles.c.seen_at, articles.c.id)
    return tuple(ReadArticle(**row._mapping) for row in connection.execute(query))


def verdicts_of(connection: Connection, story: str) -> tuple[Verdict, ...]:
    """Return a story's verdicts in time."""
    query = select(verdicts.c.verdict).where(verdicts.c.story == story).order_by(verdicts.c.id)
    return tuple(connection.execute(query).scalars())


def worth_of(connection: Connection, story: str) -> dict[str, float]:
    """Return what each article of a story deserved on its own words (0–100), by its id."""
    return {verdict.article: verdict.item_score for verdict in verdicts_of(connection, story)}
