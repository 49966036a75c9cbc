"""Many feeds at once: a subscription list that another program wrote becomes sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from tocsin.errors import TocsinError
from tocsin.intake.opml import Feed, host_of
from tocsin.model import Source
from tocsin.newsroom.book import add_sources, sources_of
from tocsin.wiring import Parts

_LONGEST_NAME = 200


def import_feeds(
    parts: Parts, connection: Connection, feeds: Sequence[Feed], *, tier: int, by: str, at: datetime
) -> Iterator[tuple[Source, TocsinError | None]]:
    """Add each feed that is not listened to yet, and give it as a source with what was in its way, if anything.

    Feeds of one site are one publisher. Nothing is asked here: a newsroom does, and says what is wrong with each.
    """
    known = {source.name: source.url for source in sources_of(parts, connection).all}
    heard = set(known.values())
    new = [feed for feed in feeds if feed.url not in heard]
    return add_sources(parts, connection, (_source(feed, known, tier) for feed in new), by=by, at=at)


def _source(feed: Feed, known: dict[str, str | None], tier: int) -> Source:
    name, publisher = _free_name(feed, known), feed.publisher[:_LONGEST_NAME]
    known[name] = feed.url
    return Source(name, publisher, publisher, url=feed.url, tier=tier, language=feed.language)


def _free_name(feed: Feed, known: dict[str, str | None]) -> str:
    """Return the feed's name, told apart from another source's by its host, and then by its address."""
    for name in (feed.name[:_LONGEST_NAME], f"{feed.name} ({host_of(feed.url)})"[-_LONGEST_NAME:]):
        if name not in known:
            return name
    return f"{feed.name} ({feed.url})"[-_LONGEST_NAME:]
