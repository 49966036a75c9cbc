"""Deliveries on both engines: frozen once, claimed by one, recorded by whoever claimed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, literal, select, update

from tocsin.model import Band, DeliveryState, Draft, VersionKind
from tocsin.store.alerts import add_version, approve_version
from tocsin.store.claims import Claim, Sendable, Settled, Where, claim, give_back, next_due, overtaken, sendable, settle
from tocsin.store.deliveries import (
    cancel_waiting,
    end_cancelled,
    expire_waiting,
    freeze,
    owed_correction,
    still_open,
    supersede,
    tally,
)
from tocsin.store.engine import Store
from tocsin.store.paces import closed, hold, next_opening, reserve
from tocsin.store.replies import ReplyBook
from tocsin.store.senders import beat_sender, bury_sender, join_senders
from tocsin.store.subscribers import subscribers
from tocsin.store.suppressions import Suppressed, suppress

NOON = datetime(2022, 11, 11, 12, tzinfo=UTC)
ALL = select(subscribers.c.id.label("subscriber"), literal(7).label("why"))


@pytest.fixture
def readers(store: Store) -> int:
    with store.write() as connection:
        rows = [
            {
                "id": number,
                "address": f"r{number}@example.org",
                "address_key": f"key{number}",
                "state": "active",
                "language": "uk",
                "zone": "Europe/Kyiv",
                "created_at": NOON,
            }
            for number in range(1, 11)
        ]
        connection.execute(insert(subscribers), rows)
    return len(rows)


def approved(store: Store, *, band: Band = Band.ALERT, story: str = "s1", corrects: int | None = None) -> int:
    kind = VersionKind.ALERT if corrects is None else VersionKind.CORRECTION
    draft = Draft(story, kind, band, "", "", "", (), (), (), "", None, None, "en")
    with store.write() as connection:
        version = add_version(
            connection,
            draft,
            published_at=None,
            seen_at=NOON,
            decided_at=NOON,
            stages={},
            held_until=None,
            reason="",
            refers_to=corrects,
        )
        approve_version(connection, version, "editor", NOON)
        freeze(connection, version, ALL if corrects is None else owed_correction(corrects))
    return version


def sender(store: Store) -> int:
    with store.write() as connection:
        return join_senders(connection, "nowhere", NOON)


def take(store: Store, who: int, version: int, *, after: int = 0, most: int = 4, later: int = 0) -> Claim:
    with store.write() as connection:
        found = next(v for v in sendable(connection) if v.id == version)
        return claim(connection, found, who, after=after, most=most, now=NOON + timedelta(milliseconds=later))


def outcome(version: int, reader: int, state: DeliveryState, *, due: int | None = None, maybe: bool = False) -> Settled:
    return Settled(version, reader, state, 5, 9, due, maybe, 250, "2.0.0 Ok", None, False)


def record(store: Store, who: int, *outcomes: Settled) -> None:
    with store.write() as connection:
        settle(connection, who, outcomes, ReplyBook())


def states(store: Store, version: int) -> dict[DeliveryState, int]:
    with store.read() as connection:
        return tally(connection, version)


def taken(found: Claim) -> list[int]:
    return [one.subscriber for one in found.taken]


def test_an_audience_is_frozen_once(store: Store, readers: int) -> None:
    version = approved(store)
    with store.write() as connection:
        assert freeze(connection, version, ALL) == 0
    assert states(store, version) == {DeliveryState.PENDING: readers}


def test_what_one_sender_claims_no_other_gets(store: Store, readers: int) -> None:
    version, one, other = approved(store), sender(store), sender(store)
    first, second, third = (take(store, who, version) for who in (one, other, one))
    assert (taken(first), taken(second), taken(third)) == ([1, 2, 3, 4], [5, 6, 7, 8], [9, 10])
    assert (first.exhausted, third.exhausted) == (False, True)
    assert taken(take(store, other, version)) == []
    found = first.taken[0]
    assert (found.version, found.why, found.tries) == (version, 7, 1)
    assert (found.address, found.language, found.zone) == ("r1@example.org", "uk", "Europe/Kyiv")


def test_a_claim_settles_those_who_left_or_are_suppressed(store: Store, readers: int) -> None:
    version, who = approved(store), sender(store)
    with store.write() as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == 2).values(state="unsubscribed"))
        suppress(connection, "key3", Suppressed.BOUNCED, NOON)
    assert taken(take(store, who, version)) == [1, 4]
    assert states(store, version)[DeliveryState.SUPPRESSED] == 2


def test_only_whoever_claimed_may_record(store: Store, readers: int) -> None:
    version, one, other = approved(store), sender(store), sender(store)
    take(store, one, version, most=2)
    record(store, other, outcome(version, 1, DeliveryState.ACCEPTED))
    assert states(store, version) == {DeliveryState.IN_HAND: 2, DeliveryState.PENDING: 8}
    record(store, one, outcome(version, 1, DeliveryState.ACCEPTED), outcome(version, 2, DeliveryState.FAILED))
    record(store, one, outcome(version, 2, DeliveryState.ACCEPTED))
    assert states(store, version) == {
        DeliveryState.ACCEPTED: 1,
        DeliveryState.FAILED: 1,
        DeliveryState.PENDING: 8,
    }


def test_a_deferred_delivery_waits_until_it_is_due(store: Store, readers: int) -> None:
    version, who = approved(store), sender(store)
    take(store, who, version, most=10)
    record(store, who, *(outcome(version, n, DeliveryState.DEFERRED, due=1000 * n) for n in range(1, 11)))
    assert taken(take(store, who, version, later=999)) == []
    assert taken(take(store, who, version, later=2000)) == [1, 2]
    with store.read() as connection:
        assert next_due(connection, Sendable(version, NOON, Band.ALERT, VersionKind.ALERT, None)) == NOON + timedelta(
            seconds=3
        )


def test_a_deferral_of_before_the_clock_was_set_back_is_tried_at_once(store: Store, readers: int) -> None:
    version, who = approved(store), sender(store)
    take(store, who, version, most=10)
    hour = 3_600_000
    record(store, who, *(outcome(version, n, DeliveryState.DEFERRED, due=hour * (n % 2) + 5000) for n in range(1, 11)))
    assert taken(take(store, who, version, most=10, later=0)) == [1, 3, 5, 7, 9]


def test_a_dead_sender_s_deliveries_go_back_as_perhaps_sent(store: Store, readers: int) -> None:
    version, dead, heir = approved(store), sender(store), sender(store)
    take(store, dead, version, most=3)
    record(store, dead, outcome(version, 1, DeliveryState.ACCEPTED))
    with store.write() as connection:
        assert bury_sender(connection, dead) == 2
        assert not beat_sender(connection, dead, NOON)
    record(store, dead, outcome(version, 2, DeliveryState.FAILED))
    again = take(store, heir, version, most=2)
    assert taken(again) == [2, 3]
    with store.write() as connection:
        give_back(connection, heir, again.taken)
        assert expire_waiting(connection, version) == 9
    assert states(store, version) == {
        DeliveryState.ACCEPTED: 1,
        DeliveryState.UNKNOWN: 2,
        DeliveryState.EXPIRED: 7,
    }


def test_what_a_sender_claims_while_it_is_taken_for_dead_goes_back_as_well(store: Store, readers: int) -> None:
    version, living = approved(store), sender(store)
    buried: list[int] = []

    def bury() -> None:
        with store.write() as connection:
            buried.append(bury_sender(connection, living))

    with store.write() as connection:
        assert beat_sender(connection, living, NOON)
        claim(connection, next(iter(sendable(connection))), living, after=0, most=3, now=NOON)
        burying = threading.Thread(target=bury)
        burying.start()
        burying.join(0.3)
        assert buried == [], "it waits for what is being claimed"
    burying.join()
    assert buried == [3]
    assert states(store, version) == {DeliveryState.PENDING: readers}


def test_cancelling_stops_what_waits_and_leaves_what_is_in_hand(store: Store, readers: int) -> None:
    version, who = approved(store), sender(store)
    take(store, who, version, most=2)
    with store.write() as connection:
        assert cancel_waiting(connection, version, NOON) == 8
        assert still_open(connection, version)
    record(store, who, *(outcome(version, n, DeliveryState.ACCEPTED) for n in (1, 2)))
    with store.read() as connection:
        assert not still_open(connection, version)


def test_what_comes_back_unsent_after_cancelling_is_cancelled_or_unknown(store: Store, readers: int) -> None:
    version, who, dead = approved(store), sender(store), sender(store)
    mine = take(store, who, version, most=2)
    take(store, dead, version, most=1)
    with store.write() as connection:
        cancel_waiting(connection, version, NOON)
    record(store, who, outcome(version, 1, DeliveryState.DEFERRED, due=1000))
    with store.write() as connection:
        give_back(connection, who, mine.taken[1:])
        end_cancelled(connection, {version})
        assert bury_sender(connection, dead) == 1
        assert sendable(connection) == ()
    assert states(store, version) == {DeliveryState.CANCELLED: 9, DeliveryState.UNKNOWN: 1}


def test_a_correction_waits_for_what_is_in_hand_and_replaces_what_is_not_sent(store: Store, readers: int) -> None:
    wrong, who = approved(store), sender(store)
    take(store, who, wrong, most=4)
    record(store, who, outcome(wrong, 1, DeliveryState.ACCEPTED), outcome(wrong, 2, DeliveryState.FAILED))
    with store.write() as connection:
        assert supersede(connection, wrong) == 6
    right = approved(store, corrects=wrong)
    assert states(store, right) == {DeliveryState.PENDING: 9}
    assert taken(take(store, who, right, most=10)) == [1, 5, 6, 7, 8, 9, 10]
    record(store, who, outcome(wrong, 3, DeliveryState.ACCEPTED), outcome(wrong, 4, DeliveryState.ACCEPTED))
    assert taken(take(store, who, right, most=10)) == [3, 4]


def test_the_most_urgent_version_is_claimed_first(store: Store, readers: int) -> None:
    slow = approved(store, band=Band.WATCH)
    alert = approved(store, story="s2")
    flash = approved(store, band=Band.FLASH, story="s3")
    wrong = approved(store, story="s4")
    correction = approved(store, story="s4", corrects=wrong)
    with store.read() as connection:
        assert [version.id for version in sendable(connection)] == [correction, flash, alert, slow]
        assert overtaken(connection) == (wrong,)


def test_a_shared_limit_gives_each_slot_once(store: Store) -> None:
    """Four senders ask for more than there is, ten times a second for ten seconds."""
    given = 0
    for tick in range(100):
        for _ in range(4):
            with store.write() as connection:
                given += reserve(connection, "example.org", 10, 5, NOON + timedelta(seconds=tick / 10))
    assert 100 <= given <= 102


def test_a_limit_holds_nothing_back_for_slots_of_before_the_clock_was_set_back(store: Store) -> None:
    with store.write() as connection:
        assert reserve(connection, "example.org", 10, 5, NOON + timedelta(hours=1)) > 0
        assert closed(connection, NOON) == ()
        assert reserve(connection, "example.org", 10, 1, NOON) == 1
        hold(connection, "slow.example", NOON + timedelta(hours=1))
        hold(connection, "slow.example", NOON + timedelta(minutes=1))
        assert closed(connection, NOON) == ("slow.example",)
        assert next_opening(connection, ("slow.example",)) == NOON + timedelta(minutes=1)


def test_a_domain_at_rest_is_left_out_and_others_are_not(store: Store, readers: int) -> None:
    version, who = approved(store), sender(store)
    with store.write() as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == 2).values(address="b@Slow.example"))
        hold(connection, "slow.example", NOON + timedelta(minutes=1))
        assert closed(connection, NOON) == ("slow.example",)
        assert next_opening(connection, closed(connection, NOON)) == NOON + timedelta(minutes=1)
        found = next(v for v in sendable(connection) if v.id == version)
        apart = Where(apart_from=closed(connection, NOON))
        got = claim(connection, found, who, after=0, most=3, now=NOON, where=apart)
        assert taken(got) == [1, 3, 4]
        there = claim(connection, found, who, after=0, most=3, now=NOON, where=Where(only="slow.example"))
    assert taken(there) == [2]
