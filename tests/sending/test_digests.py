"""What was held back comes as one fresh summary at the reader's own time, and nobody gets it twice."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fakes.site import SECRET, parts_on
from tests.fakes.stories import alert, correction, update, withdrawal
from tocsin.delivery.addresses import Tags
from tocsin.demo.inbox import Inbox, Received
from tocsin.jobs.port import Job
from tocsin.model import DeliveryState, Draft
from tocsin.readers.digest_time import digest_due
from tocsin.readers.interests import ALL_NEWS
from tocsin.readers.preferences import Preferences
from tocsin.sending.digests import DIGEST, LOOK, DigestInHand, due_readers, look_for_due, plan_digests, send_digest
from tocsin.store.alerts import add_version, approve_version, version_of
from tocsin.store.audience import fall_to_digest, freeze_audience
from tocsin.store.deliveries import expire_waiting, owed_correction, tally
from tocsin.store.digests import digests as digest_rows
from tocsin.store.digests import open_digest, reached_by, settle_digest, take_digest, waiting_readers
from tocsin.store.engine import Store
from tocsin.store.preferences import choose
from tocsin.store.subscribers import SubscriberState, activate, add_subscriber, change_subscriber, end
from tocsin.store.suppressions import Suppressed, suppress

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MORNING = MONDAY_NOON.replace(day=24, hour=7)
KYIV = "Europe/Kyiv"
OTHER = alert(story="other", headline="Another story altogether")


@pytest.mark.parametrize(
    ("wishes", "due"),
    [
        (Preferences(pace="daily", digest_hour=7), "2026-11-24T07:00"),
        (Preferences(pace="daily", digest_hour=18), "2026-11-23T18:00"),
        (Preferences(pace="daily", digest_hour=18, zone=KYIV), "2026-11-23T16:00"),
        (Preferences(pace="weekly", digest_hour=7, digest_day=0), "2026-11-30T07:00"),
        (Preferences(pace="weekly", digest_hour=7, digest_day=4), "2026-11-27T07:00"),
        (Preferences(quiet_from=1320, quiet_to=420), "2026-11-24T07:00"),
        (Preferences(quiet_from=780, quiet_to=900, zone=KYIV), "2026-11-23T13:00"),
        (Preferences(daily_cap=2, digest_hour=8), "2026-11-24T08:00"),
        (Preferences(paused_until=MONDAY_NOON + timedelta(days=3)), "2026-11-26T12:00"),
        (Preferences(pace="daily", paused_until=MONDAY_NOON + timedelta(days=3)), "2026-11-27T07:00"),
        (Preferences(paused_until=MONDAY_NOON - timedelta(days=3)), "2026-11-23T12:00"),
    ],
)
def test_when_it_is_due(wishes: Preferences, due: str) -> None:
    assert digest_due(wishes, MONDAY_NOON) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_clocks_that_change_move_no_digest() -> None:
    wishes = Preferences(pace="daily", digest_hour=7, zone="Europe/Berlin")
    assert digest_due(wishes, datetime(2026, 10, 24, 12, 0, tzinfo=UTC)) == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)


def send(store: Store, draft: Draft, at: datetime, refers_to: int | None = None) -> int:
    with store.write() as connection:
        number = add_version(
            connection,
            draft,
            published_at=at,
            seen_at=at,
            decided_at=at,
            stages={},
            held_until=None,
            reason="",
            refers_to=refers_to,
        )
        approve_version(connection, number, "test", at)
        version = version_of(connection, number)
        assert version is not None
        freeze_audience(connection, version, at)
    return number


def reader(store: Store, address: str = "reader@example.com", **wishes: object) -> int:
    with store.write() as connection:
        number = add_subscriber(
            connection, address=address, address_key=address, language="en", zone="UTC", at=MONDAY_NOON
        )
        activate(connection, number, MONDAY_NOON)
        choose(connection, number, (ALL_NEWS,))
        change_subscriber(connection, number, **{"pace": "daily", **wishes})
    return number


def digests(store: Store, folder: Path, number: int, at: datetime = MORNING) -> list[Received]:
    """Do the job of one reader's digest against a real inbox and return what came."""

    async def run() -> list[Received]:
        async with Inbox(lambda: at) as inbox:
            parts = parts_on(store, folder, clock=lambda: at)
            parts.settings.mail.port = inbox.port
            await asyncio.to_thread(send_digest, parts, Job(DIGEST, str(number), 1))
            return inbox.messages

    return asyncio.run(run())


async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, last: bytes) -> None:
    """Take a message by SMTP; after its end answer ``last``, or with nothing to say hang up."""
    writer.write(b"220 relay\r\n")
    while line := await reader.readline():
        if line.startswith(b"DATA"):
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            if not last:
                break
            writer.write(last)
        else:
            writer.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n")
    writer.close()


def failing(store: Store, folder: Path, number: int, last: bytes, at: datetime = MORNING) -> None:
    """Do the job of one reader's digest against a relay that answers ``last`` to the message."""

    async def run() -> None:
        relay = await asyncio.start_server(partial(speak, last=last), "127.0.0.1", 0)
        async with relay:
            parts = parts_on(store, folder, clock=lambda: at)
            parts.settings.mail.port = relay.sockets[0].getsockname()[1]
            await asyncio.to_thread(send_digest, parts, Job(DIGEST, str(number), 1))

    asyncio.run(run())


def states(store: Store, *versions: int) -> list[dict[DeliveryState, int]]:
    with store.read() as connection:
        return [tally(connection, version) for version in versions]


def waits(store: Store) -> bool:
    with store.read() as connection:
        return bool(list(waiting_readers(connection)))


def plain(mail: Received) -> str:
    return " ".join(mail.body("plain").split())


def test_held_back_alerts_come_once_as_their_newest_version(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    first = send(store, alert(), MONDAY_NOON)
    second = send(store, update(), MONDAY_NOON + timedelta(minutes=5))
    other = send(store, OTHER, MONDAY_NOON)
    assert due_readers(parts_on(store, tmp_path, clock=lambda: MORNING - timedelta(seconds=1))) == ()
    assert due_readers(parts_on(store, tmp_path, clock=lambda: MORNING)) == (number,)
    [mail] = digests(store, tmp_path, number)
    assert plain(mail).count(update().headline) >= 1
    assert OTHER.headline in plain(mail)
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["Date"] == "Tue, 24 Nov 2026 07:00:00 +0000"
    accepted = {DeliveryState.ACCEPTED: 1}
    assert states(store, first, second, other) == [{}, accepted, accepted]
    assert not waits(store)
    assert digests(store, tmp_path, number) == []


def test_what_came_by_itself_is_not_told_again(store: Store, tmp_path: Path) -> None:
    number = reader(store, pace="immediate", quiet_from=0, quiet_to=13 * 60)
    send(store, alert(), MONDAY_NOON)
    send(store, update(), MONDAY_NOON + timedelta(hours=2))
    assert waits(store)
    assert digests(store, tmp_path, number) == []
    assert not waits(store)


def test_what_was_withdrawn_is_not_told_and_what_was_corrected_is_told_right(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    wrong = send(store, alert(story="gone"), MONDAY_NOON)
    send(store, replace(withdrawal(), story="gone"), MONDAY_NOON, wrong)
    assert digests(store, tmp_path, number) == []
    wrong = send(store, update(), MONDAY_NOON)
    send(store, correction(), MONDAY_NOON, wrong)
    [mail] = digests(store, tmp_path, number)
    assert correction().headline in plain(mail)
    assert update().headline not in plain(mail)


def test_a_correction_reaches_whom_a_digest_told_the_wrong_version(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    wrong = send(store, update(), MONDAY_NOON)
    with store.read() as connection:
        assert connection.execute(owed_correction(wrong)).all() == []
    digests(store, tmp_path, number)
    right = send(store, correction(), MORNING, wrong)
    assert states(store, right) == [{DeliveryState.PENDING: 1}]


@pytest.mark.parametrize(
    "leave",
    [
        lambda connection, number: end(connection, number, SubscriberState.UNSUBSCRIBED, MONDAY_NOON),
        lambda connection, number: suppress(connection, "reader@example.com", Suppressed.BOUNCED, MONDAY_NOON),
    ],
)
def test_who_has_left_gets_no_digest(store: Store, tmp_path: Path, leave: Callable[..., object]) -> None:
    number = reader(store)
    send(store, alert(), MONDAY_NOON)
    with store.write() as connection:
        leave(connection, number)
    assert digests(store, tmp_path, number) == []
    assert not waits(store)


def test_after_a_lost_reply_the_same_message_comes_again_and_once_only(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    first = send(store, alert(), MONDAY_NOON)
    failing(store, tmp_path, number, b"")
    assert states(store, first) == [{DeliveryState.UNKNOWN: 1}]
    later = send(store, OTHER, MORNING)
    [mail] = digests(store, tmp_path, number)
    assert Tags(SECRET).read(str(mail.message["Message-ID"])) == (first, number)
    assert {alert().headline, OTHER.headline} == {
        one for one in (alert().headline, OTHER.headline) if one in plain(mail)
    }
    accepted = {DeliveryState.ACCEPTED: 1}
    assert states(store, first, later) == [accepted, accepted]


def test_what_was_withdrawn_after_a_lost_reply_is_withdrawn_and_not_repeated(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    wrong = send(store, alert(), MONDAY_NOON)
    send(store, OTHER, MONDAY_NOON)
    failing(store, tmp_path, number, b"")
    withdrawn = send(store, withdrawal(), MORNING, wrong)
    [mail] = digests(store, tmp_path, number)
    assert alert().headline not in plain(mail)
    assert states(store, wrong, withdrawn) == [{DeliveryState.UNKNOWN: 1}, {DeliveryState.PENDING: 1}]


def test_a_digest_put_off_has_told_nothing_yet(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    first = send(store, alert(), MONDAY_NOON)
    failing(store, tmp_path, number, b"451 4.3.0 later\r\n")
    assert states(store, first) == [{}]
    assert waits(store)
    assert len(digests(store, tmp_path, number)) == 1


def tries(store: Store, folder: Path, number: int, minutes: int, last: bytes) -> list[int]:
    """Look each minute whose digest is due, before a relay that answers ``last``; return the minutes of tries."""
    tried = []
    for minute in range(minutes):
        now = MORNING + timedelta(minutes=minute)
        if due_readers(parts_on(store, folder, clock=repeat(now).__next__)):
            failing(store, folder, number, last, now)
            tried.append(minute)
    return tried


def test_a_digest_put_off_is_tried_after_pauses_that_grow_to_a_quarter_of_an_hour(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    send(store, alert(), MONDAY_NOON)
    tried = tries(store, tmp_path, number, 60, b"451 4.3.0 later\r\n")
    assert tried == [0, 1, 2, 3, 5, 8, 14, 25, 40, 55]
    # A clock that is set back keeps nobody waiting.
    assert due_readers(parts_on(store, tmp_path, clock=lambda: MORNING + timedelta(minutes=50))) == (number,)


@pytest.mark.parametrize(("last", "state"), [(b"451 4.3.0 later\r\n", "expired"), (b"", "unknown")])
def test_a_digest_that_no_relay_takes_for_two_days_is_given_up(
    store: Store, tmp_path: Path, last: bytes, state: str
) -> None:
    number = reader(store)
    first = send(store, alert(), MONDAY_NOON)
    failing(store, tmp_path, number, b"451 4.3.0 later\r\n")
    with store.write() as connection:
        connection.execute(digest_rows.update().values(tries=191))
    failing(store, tmp_path, number, last)
    assert states(store, first) == [{DeliveryState(state): 1}]
    assert not waits(store)
    later = send(store, OTHER, MORNING)
    [mail] = digests(store, tmp_path, number)
    assert alert().headline not in plain(mail)
    assert states(store, later) == [{DeliveryState.ACCEPTED: 1}]


def test_a_refused_digest_is_on_record_and_not_tried_for_ever(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    first = send(store, alert(), MONDAY_NOON)
    failing(store, tmp_path, number, b"550 5.1.1 no such user\r\n")
    assert states(store, first) == [{DeliveryState.FAILED: 1}]
    assert not waits(store)
    with store.read() as connection:
        [row] = connection.execute(select(digest_rows.c.state, digest_rows.c.code)).all()
    assert tuple(row) == ("failed", 550)
    send(store, OTHER, MORNING)
    assert digests(store, tmp_path, number) == [], "the address is suppressed"


def test_an_address_that_no_envelope_carries_fails_once(store: Store, tmp_path: Path) -> None:
    number = reader(store, "two words@example.com")
    first = send(store, alert(), MONDAY_NOON)
    assert digests(store, tmp_path, number) == []
    assert states(store, first) == [{DeliveryState.FAILED: 1}]
    assert not waits(store)


def test_a_digest_in_hand_is_left_alone_until_its_sender_must_be_dead(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    first = send(store, alert(), MONDAY_NOON)
    with store.write() as connection:
        assert open_digest(connection, number) is None
        take_digest(connection, number, None, [first], MORNING)
    with pytest.raises(DigestInHand):
        digests(store, tmp_path, number, MORNING + timedelta(minutes=1))
    [mail] = digests(store, tmp_path, number, MORNING + timedelta(minutes=3))
    assert Tags(SECRET).read(str(mail.message["Message-ID"])) == (first, number)
    assert states(store, first) == [{DeliveryState.ACCEPTED: 1}]


def test_the_service_sends_what_is_due_by_itself(store: Store, tmp_path: Path) -> None:
    early, late = reader(store, "early@example.com"), reader(store, "late@example.com", digest_hour=8)
    send(store, alert(), MONDAY_NOON)
    assert early != late

    async def run() -> list[Received]:
        async with Inbox(lambda: MORNING) as inbox:
            parts = parts_on(store, tmp_path, clock=lambda: MORNING)
            parts.settings.mail.port = inbox.port
            plan_digests(parts)
            stop = asyncio.Event()
            handlers = {LOOK: partial(look_for_due, parts), DIGEST: partial(send_digest, parts)}
            working = asyncio.create_task(parts.jobs.work(handlers, stop))
            assert await inbox.wait_for(lambda one: True, 10)
            stop.set()
            await working
            return inbox.messages

    assert [mail.to for mail in asyncio.run(run())] == [("early@example.com",)]


def test_an_alert_that_expired_comes_by_digest_and_so_does_its_correction(store: Store) -> None:
    with store.write() as connection:
        reader = add_subscriber(
            connection, address="late@example.com", address_key="late", language="en", zone="UTC", at=MONDAY_NOON
        )
        activate(connection, reader, MONDAY_NOON)
        choose(connection, reader, (ALL_NEWS,))
    version = send(store, alert(), MONDAY_NOON)
    with store.write() as connection:
        assert expire_waiting(connection, version) == fall_to_digest(connection, version, MORNING) == 1
        assert reached_by(connection, reader, [version]) == frozenset()
        tried = take_digest(connection, reader, open_digest(connection, reader), [version], MORNING)
        assert settle_digest(connection, tried, DeliveryState.ACCEPTED, (250, "ok"), 1)
        assert tally(connection, version) == {DeliveryState.ACCEPTED: 1}
        assert [row.subscriber for row in connection.execute(owed_correction(version))] == [reader]
        found = version_of(connection, version)
        assert found is not None
        assert found.audience == 1
