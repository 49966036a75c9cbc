"""Counts that tell whether the pipeline flows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from tocsin.store.alerts import VersionState, versions
from tocsin.store.intake import SILENT_AFTER, items, sources
from tocsin.store.stories import articles
from tocsin.store.subscribers import SubscriberState, subscribers

STUCK_S = 60.0
"""An item that has waited so long says that nobody reads."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the pipeline stands; ``oldest_wait_s`` is how long the news that waits longest has waited, in seconds.

    The back catalogue of a new source is no news: it is read behind all else, and may take minutes.
    """

    sources: int
    silent_sources: int
    unread_items: int
    unjudged_articles: int
    oldest_wait_s: float
    held_versions: int
    sending_versions: int
    active_subscribers: int


def health_of(connection: Connection, now: datetime) -> Health:
    """Count what waits. Every count is over an index of what is open, not over history."""

    def count(what: object) -> int:
        return int(connection.execute(select(func.count()).where(what)).scalar_one())  # type: ignore[arg-type]

    heard = sources.c.active & sources.c.polled
    waiting = items.c.state == "new"
    news = waiting & items.c.primed
    oldest = connection.execute(select(items.c.seen_at).where(news).order_by(items.c.id).limit(1)).scalar()
    return Health(
        sources=count(heard),
        silent_sources=count(heard & (sources.c.worked_at.is_(None) | (sources.c.worked_at < now - SILENT_AFTER))),
        unread_items=count(waiting),
        unjudged_articles=count(articles.c.judged_at.is_(None)),
        oldest_wait_s=(now - oldest).total_seconds() if oldest else 0.0,
        held_versions=count(versions.c.state == VersionState.HELD),
        sending_versions=count(versions.c.state == VersionState.SENDING),
        active_subscribers=count(subscribers.c.state == SubscriberState.ACTIVE),
    )
