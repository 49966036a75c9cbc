"""Who gets a version, at once or later, and why; the same on both engines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from tests.fakes.stories import alert
from tocsin.model import Band, Draft, VersionKind
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind, Stop, StopKind
from tocsin.store.alerts import Version, add_version, approve_version, version_of
from tocsin.store.audience import AT_ONCE, LATER, LEFT_OUT, audience_counts, audience_of, freeze_audience, held_back
from tocsin.store.deliveries import deliveries
from tocsin.store.engine import Store
from tocsin.store.preferences import choose, interest_of, stop
from tocsin.store.subscribers import SubscriberState, activate, add_subscriber, change_subscriber, end
from tocsin.store.suppressions import Suppressed, suppress
from tocsin.store.zones import keep_zone

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
POLITICS, SPORT = (Interest(InterestKind.TOPIC, name) for name in ("politics", "sport"))
KHERSON = Interest(InterestKind.PLACE, "UA/Kherson")
PHRASE = Interest(InterestKind.PHRASE, "nuclear plant")


def reader(connection: Connection, name: str, *interests: Interest, **columns: object) -> int:
    number = add_subscriber(
        connection, address=f"{name}@example.com", address_key=name, language="en", zone="UTC", at=NOON
    )
    activate(connection, number, NOON)
    choose(connection, number, interests)
    if columns:
        change_subscriber(connection, number, **columns)
    return number


def version(connection: Connection, **draft: object) -> Version:
    made: Draft = replace(alert(), topics=("politics",), places=("UA/Kherson",), **draft)  # type: ignore[arg-type]
    number = add_version(
        connection,
        made,
        published_at=NOON,
        seen_at=NOON,
        decided_at=NOON,
        stages={},
        held_until=None,
        reason="",
    )
    approve_version(connection, number, "test", NOON)
    found = version_of(connection, number)
    assert found is not None
    return found


def audience(connection: Connection, of: Version, phrases: tuple[str, ...] = ()) -> dict[int, str]:
    rows = connection.execute(audience_of(of, phrases)).all()
    assert len(rows) == len({row.subscriber for row in rows}), "nobody comes twice"
    whys = {row.subscriber: interest_of(connection, row.why) for row in rows}
    return {subscriber: str(why.kind) for subscriber, why in whys.items() if why is not None}


def test_topics_places_phrases_and_all_news_each_bring_their_readers_with_the_reason(store: Store) -> None:
    with store.write() as connection:
        everything = reader(connection, "everything", ALL_NEWS)
        topic = reader(connection, "topic", POLITICS, SPORT)
        place = reader(connection, "place", KHERSON, POLITICS, ALL_NEWS)
        phrase = reader(connection, "phrase", PHRASE, KHERSON)
        reader(connection, "other", SPORT)
        reader(connection, "nothing")
        found = audience(connection, version(connection), ("nuclear plant",))
    assert found == {everything: "all", topic: "topic", place: "place", phrase: "phrase"}


def test_only_active_not_suppressed_readers_get_anything(store: Store) -> None:
    with store.write() as connection:
        stays = reader(connection, "stays", ALL_NEWS)
        leaves = reader(connection, "leaves", ALL_NEWS)
        reader(connection, "pending", ALL_NEWS, state=SubscriberState.PENDING)
        reader(connection, "bounces", ALL_NEWS)
        end(connection, leaves, SubscriberState.UNSUBSCRIBED, NOON)
        suppress(connection, "bounces", Suppressed.BOUNCED, NOON)
        assert audience(connection, version(connection)) == {stays: "all"}


def test_stopped_stories_and_topics_stay_away(store: Store) -> None:
    with store.write() as connection:
        story, topic, other = (reader(connection, name, ALL_NEWS) for name in ("story", "topic", "other"))
        stop(connection, story, Stop(StopKind.STORY, alert().story), NOON)
        stop(connection, topic, Stop(StopKind.TOPIC, "politics"), NOON)
        stop(connection, other, Stop(StopKind.STORY, "another"), NOON)
        assert audience(connection, version(connection)) == {other: "all"}


def test_flash_only_readers_get_flashes_only(store: Store) -> None:
    with store.write() as connection:
        calm = reader(connection, "calm", ALL_NEWS, flash_only=True)
        assert audience(connection, version(connection, band=Band.ALERT)) == {}
        assert audience(connection, version(connection, band=Band.FLASH)) == {calm: "all"}


@pytest.mark.parametrize(
    ("columns", "band", "at_once"),
    [
        ({}, Band.ALERT, True),
        ({"pace": "daily"}, Band.FLASH, False),
        ({"pace": "weekly"}, Band.ALERT, False),
        ({"paused_until": NOON + timedelta(days=1)}, Band.FLASH, False),
        ({"paused_until": NOON - timedelta(days=1)}, Band.ALERT, True),
        # 12:00 UTC is 14:00 in Kyiv in winter and 07:00 in New York.
        ({"zone": "Europe/Kyiv", "quiet_from": 13 * 60, "quiet_to": 15 * 60}, Band.ALERT, False),
        ({"zone": "Europe/Kyiv", "quiet_from": 11 * 60, "quiet_to": 13 * 60}, Band.ALERT, True),
        ({"zone": "America/New_York", "quiet_from": 22 * 60, "quiet_to": 8 * 60}, Band.ALERT, False),
        ({"zone": "America/New_York", "quiet_from": 22 * 60, "quiet_to": 7 * 60}, Band.ALERT, True),
        ({"zone": "America/New_York", "quiet_from": 22 * 60, "quiet_to": 8 * 60}, Band.FLASH, True),
        ({"quiet_from": 0, "quiet_to": 1439, "quiet_override": "alert"}, Band.ALERT, True),
        ({"quiet_from": 0, "quiet_to": 1439, "quiet_override": "alert"}, Band.WATCH, False),
        ({"quiet_from": 0, "quiet_to": 1439, "quiet_override": "none"}, Band.FLASH, False),
        ({"daily_cap": 1}, Band.ALERT, True),
    ],
)
def test_pace_pause_and_quiet_hours_say_when(
    store: Store, columns: dict[str, object], band: Band, at_once: bool
) -> None:
    with store.write() as connection:
        number = reader(connection, "reader", ALL_NEWS, **columns)
        keep_zone(connection, str(columns.get("zone", "UTC")), NOON - timedelta(days=120))  # in summer time
        frozen = freeze_audience(connection, version(connection, band=band), NOON)
        sent = connection.execute(select(deliveries.c.subscriber)).scalars().all()
        kept = connection.execute(select(held_back.c.subscriber)).scalars().all()
    assert (frozen.at_once, frozen.later) == (int(at_once), int(not at_once))
    assert (sent, kept) == (([number], []) if at_once else ([], [number]))


def test_the_cap_holds_back_alerts_but_never_a_flash_or_a_correction(store: Store) -> None:
    with store.write() as connection:
        reader(connection, "reader", ALL_NEWS, daily_cap=1)
        first = version(connection, story="first")
        assert freeze_audience(connection, first, NOON).at_once == 1
        assert freeze_audience(connection, version(connection, story="second"), NOON).later == 1
        assert freeze_audience(connection, version(connection, story="third", band=Band.FLASH), NOON).at_once == 1
        correction = replace(version(connection, kind=VersionKind.CORRECTION), refers_to=first.id)
        assert freeze_audience(connection, correction, NOON).at_once == 1


def test_a_correction_reaches_those_who_were_sent_the_version_past_all_wishes(store: Store) -> None:
    with store.write() as connection:
        was_sent = reader(connection, "sent", ALL_NEWS)
        first = version(connection)
        freeze_audience(connection, first, NOON)
        change_subscriber(connection, was_sent, pace="weekly", paused_until=NOON + timedelta(days=9), flash_only=True)
        stop(connection, was_sent, Stop(StopKind.STORY, alert().story), NOON)
        reader(connection, "came later", ALL_NEWS)
        correction = replace(version(connection, kind=VersionKind.CORRECTION), refers_to=first.id)
        freeze_audience(connection, correction, NOON)
        mine = deliveries.c.version == correction.id
        assert connection.execute(select(deliveries.c.subscriber).where(mine)).scalars().all() == [was_sent]


def test_freezing_twice_adds_nobody(store: Store) -> None:
    with store.write() as connection:
        reader(connection, "reader", ALL_NEWS)
        reader(connection, "slow", ALL_NEWS, pace="daily")
        same = version(connection)
        freeze_audience(connection, same, NOON)
        again = freeze_audience(connection, same, NOON)
    assert (again.at_once, again.later) == (0, 0)


def test_every_reader_is_counted_once_with_what_becomes_of_the_version(store: Store) -> None:
    with store.write() as connection:
        reader(connection, "now", ALL_NEWS)
        reader(connection, "also now", KHERSON, PHRASE, POLITICS)
        reader(connection, "phrase", PHRASE)
        reader(connection, "paused", ALL_NEWS, paused_until=NOON + timedelta(days=1))
        reader(connection, "asleep", ALL_NEWS, quiet_from=0, quiet_to=1439)
        reader(connection, "daily", ALL_NEWS, pace="daily")
        reader(connection, "other", SPORT)
        reader(connection, "calm", ALL_NEWS, flash_only=True)
        reader(connection, "pending", ALL_NEWS, state=SubscriberState.PENDING)
        stop(connection, reader(connection, "story", ALL_NEWS), Stop(StopKind.STORY, alert().story), NOON)
        stop(connection, reader(connection, "topic", ALL_NEWS), Stop(StopKind.TOPIC, "politics"), NOON)
        reader(connection, "bounces", ALL_NEWS)
        suppress(connection, "bounces", Suppressed.BOUNCED, NOON)
        of = version(connection)
        counts = audience_counts(connection, of, ("nuclear plant",), NOON)
        frozen = freeze_audience(connection, of, NOON, ("nuclear plant",))
    assert counts == {AT_ONCE: 3, "is pending": 1, **dict.fromkeys((*LEFT_OUT, *LATER), 1)}
    assert (frozen.at_once, frozen.later) == (counts[AT_ONCE], sum(counts[why] for why in LATER))


def test_a_correction_counts_those_who_left_since_the_wrong_version(store: Store) -> None:
    with store.write() as connection:
        for name in ("stays", "leaves", "bounces"):
            reader(connection, name, ALL_NEWS)
        wrong = version(connection)
        freeze_audience(connection, wrong, NOON)
        end(connection, 2, SubscriberState.UNSUBSCRIBED, NOON)
        suppress(connection, "bounces", Suppressed.BOUNCED, NOON)
        correction = replace(version(connection, kind=VersionKind.CORRECTION), refers_to=wrong.id)
        counts = audience_counts(connection, correction, (), NOON)
    assert counts == {AT_ONCE: 1, "unsubscribed": 1, LEFT_OUT[1]: 1}
