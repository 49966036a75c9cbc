"""Standing phrases: found in an alert's articles, those asked for a moment ago too."""

from datetime import UTC, datetime

from tests.fakes.stories import alert
from tocsin.readers.interests import Interest, InterestKind
from tocsin.sending.standing import phrases_for
from tocsin.store.alerts import Version, add_version, version_of
from tocsin.store.engine import Store
from tocsin.store.preferences import choose
from tocsin.store.subscribers import add_subscriber

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_phrases_are_found_as_soon_as_they_are_asked_for(store: Store) -> None:
    words = " ".join(alert().headline.split()[:2])
    with store.write() as connection:
        number = add_version(
            connection, alert(), published_at=NOON, seen_at=NOON, decided_at=NOON, stages={}, held_until=None, reason=""
        )
        version = version_of(connection, number)
        assert isinstance(version, Version)
        assert phrases_for(store, connection, version) == ()
        reader = add_subscriber(connection, address="a", address_key="a", language="en", zone="UTC", at=NOON)
        choose(
            connection,
            reader,
            [Interest(InterestKind.PHRASE, words), Interest(InterestKind.PHRASE, "quite another thing")],
        )
        assert phrases_for(store, connection, version) == (words,)
