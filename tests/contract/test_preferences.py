"""Interests and stops in the store, on both engines."""

from datetime import UTC, datetime

from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind, Stop, StopKind
from tocsin.store.engine import Store
from tocsin.store.preferences import (
    choose,
    forget_preferences,
    interest_of,
    interests_of,
    phrases_after,
    resume,
    stop,
    stops_of,
)
from tocsin.store.subscribers import add_subscriber

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SPORT = Interest(InterestKind.TOPIC, "sport")
PHRASE = Interest(InterestKind.PHRASE, "a phrase")


def add(store: Store, name: str) -> int:
    with store.write() as connection:
        return add_subscriber(connection, address=name, address_key=name, language="en", zone="UTC", at=NOON)


def test_a_choice_takes_the_place_of_the_one_before(store: Store) -> None:
    one, two = add(store, "one"), add(store, "two")
    with store.write() as connection:
        choose(connection, one, (ALL_NEWS, SPORT, SPORT))
        choose(connection, two, (SPORT,))
        assert interests_of(connection, one) == (ALL_NEWS, SPORT)
        choose(connection, one, (PHRASE,))
        assert interests_of(connection, one) == (PHRASE,)
        assert interests_of(connection, two) == (SPORT,)
        forget_preferences(connection, one)
        assert interests_of(connection, one) == ()


def test_an_interest_keeps_its_number(store: Store) -> None:
    one = add(store, "one")
    with store.write() as connection:
        choose(connection, one, (SPORT, PHRASE))
        found = {interest_of(connection, number) for number in range(1, 5)}
    assert {SPORT, PHRASE} <= found


def test_new_phrases_are_told_once(store: Store) -> None:
    one = add(store, "one")
    with store.write() as connection:
        choose(connection, one, (PHRASE, SPORT))
        [(number, phrase)] = phrases_after(connection, 0)
        assert phrase == PHRASE.value
        assert phrases_after(connection, number) == ()
        choose(connection, one, (PHRASE, Interest(InterestKind.PHRASE, "another")))
        assert [value for _, value in phrases_after(connection, number)] == ["another"]


def test_stops_come_and_go(store: Store) -> None:
    one = add(store, "one")
    story, topic = Stop(StopKind.STORY, "s"), Stop(StopKind.TOPIC, "s")
    with store.write() as connection:
        for _ in range(2):
            stop(connection, one, story, NOON)
        stop(connection, one, topic, NOON)
        resume(connection, one, (story,))
        assert stops_of(connection, one) == (topic,)
