"""What was held back comes as one fresh summary at the reader's own time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.site import parts_on
from tests.fakes.stories import alert, update
from tocsin.demo.inbox import Inbox, Received
from tocsin.digests import due_readers, send_digest
from tocsin.jobs.port import Job
from tocsin.model import Draft
from tocsin.readers.digest_time import digest_due
from tocsin.readers.interests import ALL_NEWS
from tocsin.readers.preferences import Preferences
from tocsin.store.alerts import add_version, approve_version, version_of
from tocsin.store.audience import freeze_audience
from tocsin.store.engine import Store
from tocsin.store.held import waiting_readers
from tocsin.store.preferences import choose
from tocsin.store.subscribers import SubscriberState, activate, add_subscriber, change_subscriber, end

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KYIV = "Europe/Kyiv"


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


def send(store: Store, draft: Draft, at: datetime) -> None:
    with store.write() as connection:
        number = add_version(
            connection, draft, published_at=at, seen_at=at, decided_at=at, stages={}, held_until=None, reason=""
        )
        approve_version(connection, number, "test", at)
        version = version_of(connection, number)
        assert version is not None
        freeze_audience(connection, version, at)


def reader(store: Store) -> int:
    with store.write() as connection:
        number = add_subscriber(
            connection, address="reader@example.com", address_key="r", language="en", zone="UTC", at=MONDAY_NOON
        )
        activate(connection, number, MONDAY_NOON)
        choose(connection, number, (ALL_NEWS,))
        change_subscriber(connection, number, pace="daily")
    return number


def digests(store: Store, folder: Path, number: int, at: datetime) -> list[Received]:
    async def run() -> list[Received]:
        async with Inbox(lambda: at) as inbox:
            parts = parts_on(store, folder, clock=lambda: at)
            parts.settings.mail.port = inbox.port
            await asyncio.to_thread(send_digest, parts, Job("digest", str(number), 1))
            return inbox.messages

    return asyncio.run(run())


def test_held_back_alerts_come_once_as_their_newest_version(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    send(store, alert(), MONDAY_NOON)
    send(store, update(), MONDAY_NOON + timedelta(minutes=5))
    send(store, replace(alert(), story="other", headline="Another story altogether"), MONDAY_NOON)
    morning = MONDAY_NOON.replace(day=24, hour=7)
    assert due_readers(parts_on(store, tmp_path, clock=lambda: morning - timedelta(seconds=1))) == ()
    assert due_readers(parts_on(store, tmp_path, clock=lambda: morning)) == (number,)
    [mail] = digests(store, tmp_path, number, morning)
    plain = " ".join(mail.body("plain").split())
    assert plain.count(update().headline) >= 1
    assert "Another story altogether" in plain
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert digests(store, tmp_path, number, morning) == []
    with store.read() as connection:
        assert waiting_readers(connection) == ()


def test_who_has_left_gets_no_digest(store: Store, tmp_path: Path) -> None:
    number = reader(store)
    send(store, alert(), MONDAY_NOON)
    with store.write() as connection:
        end(connection, number, SubscriberState.UNSUBSCRIBED, MONDAY_NOON)
    assert digests(store, tmp_path, number, MONDAY_NOON + timedelta(days=1)) == []
