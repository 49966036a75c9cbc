"""Preferences: which subscriber wants what, each wish with a number that deliveries keep as their reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    case,
    delete,
    func,
    literal,
    select,
    tuple_,
)

from tocsin.readers.interests import Interest, InterestKind, Stop, StopKind
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, Moment, metadata
from tocsin.store.subscribers import SubscriberState, subscribers

interests = Table(
    "interests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("value", String(300), nullable=False),
    UniqueConstraint("kind", "value"),
)

preferences = Table(
    "preferences",
    metadata,
    # In this order the readers of one interest lie side by side, sorted: an audience is read off, not searched.
    Column("interest", Id, ForeignKey("interests.id"), primary_key=True),
    Column("subscriber", Id, ForeignKey("subscribers.id"), primary_key=True),
    Index("ix_preferences_subscriber", "subscriber"),
    sqlite_with_rowid=False,
)

stops = Table(
    "stops",
    metadata,
    Column("subscriber", Id, ForeignKey("subscribers.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("value", String(300), primary_key=True),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)


def choose(connection: Connection, subscriber: int, wanted: Iterable[Interest]) -> None:
    """Make ``wanted`` a subscriber's interests, in place of what they were."""
    connection.execute(delete(preferences).where(preferences.c.subscriber == subscriber))
    choose_for_all(connection, (subscriber,), wanted)


def choose_for_all(connection: Connection, new: Sequence[int], wanted: Iterable[Interest]) -> None:
    """Make ``wanted`` the interests of subscribers that have none yet."""
    numbers = [_number(connection, interest) for interest in dict.fromkeys(wanted)]
    rows = [{"interest": number, "subscriber": subscriber} for number in numbers for subscriber in new]
    if rows:
        connection.execute(insert_new(connection, preferences), rows)


def _number(connection: Connection, interest: Interest) -> int:
    query = select(interests.c.id).where(interests.c.kind == interest.kind, interests.c.value == interest.value)
    number = connection.execute(query).scalar()
    if number is None:
        connection.execute(insert_new(connection, interests).values(kind=interest.kind, value=interest.value))
        number = connection.execute(query).scalar_one()
    return int(number)


def interests_of(connection: Connection, subscriber: int) -> tuple[Interest, ...]:
    """Return a subscriber's interests, in the order of kind and name."""
    query = (
        select(interests.c.kind, interests.c.value)
        .join(preferences, preferences.c.interest == interests.c.id)
        .where(preferences.c.subscriber == subscriber)
        .order_by(interests.c.kind, interests.c.value)
    )
    return tuple(Interest(InterestKind(row.kind), row.value) for row in connection.execute(query))


def interest_of(connection: Connection, number: int) -> Interest | None:
    """Return the interest with a number: why somebody gets an alert."""
    row = connection.execute(select(interests.c.kind, interests.c.value).where(interests.c.id == number)).first()
    return None if row is None else Interest(InterestKind(row.kind), row.value)


def phrases_after(connection: Connection, number: int) -> tuple[tuple[int, str], ...]:
    """Return the standing phrases (number, phrase) that came after ``number``, oldest first; begin with 0."""
    query = select(interests.c.id, interests.c.value).where(
        interests.c.kind == InterestKind.PHRASE, interests.c.id > number
    )
    return tuple((row.id, row.value) for row in connection.execute(query.order_by(interests.c.id)))


def stop(connection: Connection, subscriber: int, stopped: Stop, at: datetime) -> None:
    """Keep that a subscriber wants no more of a story or topic."""
    connection.execute(
        insert_new(connection, stops).values(subscriber=subscriber, kind=stopped.kind, value=stopped.value, at=at)
    )


def move_stops(connection: Connection, gone: str, kept: str) -> None:
    """Let whoever stopped a story that was folded into another have stopped that."""
    its = (stops.c.kind == StopKind.STORY) & (stops.c.value == gone)
    rows = select(stops.c.subscriber, stops.c.kind, literal(kept), stops.c.at).where(its)
    connection.execute(insert_new(connection, stops).from_select(("subscriber", "kind", "value", "at"), rows))
    connection.execute(delete(stops).where(its))


def resume(connection: Connection, subscriber: int, stopped: Iterable[Stop]) -> None:
    """Take stops back."""
    which = tuple_(stops.c.kind, stops.c.value).in_([(one.kind, one.value) for one in stopped])
    connection.execute(delete(stops).where(stops.c.subscriber == subscriber, which))


def stops_of(connection: Connection, subscriber: int) -> tuple[Stop, ...]:
    """Return what a subscriber has stopped, oldest first."""
    query = select(stops.c.kind, stops.c.value).where(stops.c.subscriber == subscriber).order_by(stops.c.at)
    return tuple(Stop(StopKind(row.kind), row.value) for row in connection.execute(query))


def forget_preferences(connection: Connection, subscriber: int) -> None:
    """Remove all interests and stops of a subscriber."""
    connection.execute(delete(preferences).where(preferences.c.subscriber == subscriber))
    connection.execute(delete(stops).where(stops.c.subscriber == subscriber))


def interest_sizes(connection: Connection) -> tuple[tuple[Interest, int], ...]:
    """Return how many active readers have each interest, the commonest first.

    Phrases count together, under an empty one: a phrase can tell who asked for it.
    """
    value = case((interests.c.kind == InterestKind.PHRASE, ""), else_=interests.c.value)
    many = func.count(preferences.c.subscriber.distinct())
    query = (
        select(interests.c.kind, value.label("value"), many.label("many"))
        .join(preferences, preferences.c.interest == interests.c.id)
        .join(subscribers, subscribers.c.id == preferences.c.subscriber)
        .where(subscribers.c.state == SubscriberState.ACTIVE)
        .group_by(interests.c.kind, value)
        .order_by(many.desc(), interests.c.kind, value)
    )
    return tuple((Interest(InterestKind(row.kind), row.value), row.many) for row in connection.execute(query))
