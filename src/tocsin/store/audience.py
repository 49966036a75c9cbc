"""Who gets a version, and why: read off in the order of the index, so that the first readers are there at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, union_all

from tocsin.model import Band
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind, StopKind
from tocsin.store.alerts import Version
from tocsin.store.preferences import interests, preferences, stops
from tocsin.store.subscribers import SubscriberState, subscribers
from tocsin.store.suppressions import suppressions

Audience = Select[int, int]
"""Rows of ``subscriber`` and ``why``, the number of the interest that brings them the version; nobody comes twice."""


def audience_of(version: Version, phrases: Sequence[str] = ()) -> Audience:
    """Return the active, consented, not suppressed readers of a version who have not stopped its story or a topic.

    ``phrases`` are the standing phrases found in its articles. A reader with several matching interests gets the most
    particular as the reason: phrase, place, topic, then all news.
    """
    draft = version.draft
    wanted = (
        *(Interest(InterestKind.PHRASE, phrase) for phrase in phrases),
        *(Interest(InterestKind.PLACE, place) for place in draft.places),
        *(Interest(InterestKind.TOPIC, topic) for topic in draft.topics),
        ALL_NEWS,
    )
    allowed = _allowed(version)
    # One branch for each interest, each leaving out the readers of those before: no branch has to be sorted or
    # gathered to tell repeats, so rows stream.
    branches = [_readers_of(interest, wanted[:i], allowed) for i, interest in enumerate(wanted)]
    together = union_all(*branches).subquery("audience")
    return select(together.c.subscriber, together.c.why)


def _number(interest: Interest) -> ColumnElement[int]:
    which = (interests.c.kind == interest.kind) & (interests.c.value == interest.value)
    return select(interests.c.id).where(which).scalar_subquery()


def _readers_of(interest: Interest, before: Sequence[Interest], allowed: ColumnElement[bool]) -> Audience:
    mine, other = preferences.alias("mine"), preferences.alias("other")
    query = (
        select(mine.c.subscriber, mine.c.interest.label("why"))
        .join(subscribers, subscribers.c.id == mine.c.subscriber)
        .where(mine.c.interest == _number(interest), allowed)
    )
    if not before:
        return query
    earlier = exists(literal(1)).where(
        other.c.subscriber == mine.c.subscriber, or_(*(other.c.interest == _number(one) for one in before))
    )
    return query.where(~earlier)


def _allowed(version: Version) -> ColumnElement[bool]:
    draft = version.draft
    silenced = exists(literal(1)).where(suppressions.c.address_key == subscribers.c.address_key)
    stopped = exists(literal(1)).where(
        stops.c.subscriber == subscribers.c.id,
        or_(
            (stops.c.kind == StopKind.STORY) & (stops.c.value == draft.story),
            (stops.c.kind == StopKind.TOPIC) & stops.c.value.in_(draft.topics),
        ),
    )
    conditions = [subscribers.c.state == SubscriberState.ACTIVE, ~silenced, ~stopped]
    if version.band is not Band.FLASH:
        conditions.append(subscribers.c.flash_only.is_(False))
    return and_(*conditions)
