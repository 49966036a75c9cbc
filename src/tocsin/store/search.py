"""Finding a story by what a person knows of it, and the articles of a stretch of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from tocsin.store.alerts import alerts, versions
from tocsin.store.stories import ReadArticle, articles, lasting_story, stories

_MOST = 20


def story_named(connection: Connection, words: str) -> tuple[str, ...]:
    """Return the ids of the stories that ``words`` may mean: one if it is an id, else by title, the newest first.

    A story that was merged into another is found as that other.
    """
    found = connection.execute(select(stories.c.id).where(stories.c.id == words)).scalar()
    if found is not None:
        return (lasting_story(connection, found),)
    alike = func.lower(stories.c.title).contains(words.lower(), autoescape=True)
    query = select(stories.c.id).where(alike).order_by(stories.c.last_at.desc()).limit(_MOST)
    return tuple(dict.fromkeys(lasting_story(connection, story) for story in connection.execute(query).scalars()))


def story_of_version(connection: Connection, version_id: int) -> str | None:
    """Return the story of a version, or None if there is no such version."""
    query = select(alerts.c.story).join(versions, versions.c.alert == alerts.c.id).where(versions.c.id == version_id)
    return connection.execute(query).scalar()


def title_of(connection: Connection, story: str) -> str:
    """Return the title a story began with."""
    return connection.execute(select(stories.c.title).where(stories.c.id == story)).scalar() or ""


def articles_between(connection: Connection, since: datetime, until: datetime) -> Iterator[ReadArticle]:
    """Stream the articles seen in ``[since, until)``, in the order they came."""
    columns = ("id", "article", "reading", "seen_at", "read_at", "primed", "judged_at")
    query = (
        select(*(articles.c[name] for name in columns))
        .where(articles.c.seen_at >= since, articles.c.seen_at < until)
        .order_by(articles.c.seen_at, articles.c.id)
    )
    for row in connection.execute(query, execution_options={"yield_per": 500}):
        yield ReadArticle(**row._mapping)
