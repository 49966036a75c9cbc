"""Versions of an alert: held, approved by one, replaced, expired."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from tocsin.model import Band, Draft, VersionKind
from tocsin.store.alerts import (
    VersionState,
    add_version,
    approve_version,
    drop_holds,
    expire_holds,
    holds_over,
    story_versions,
    version_of,
)
from tocsin.store.engine import Store

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def a_draft(story: str = "s1") -> Draft:
    return Draft(
        story=story,
        kind=VersionKind.ALERT,
        band=Band.ALERT,
        label="One report",
        subject="Міст обвалився — Harbour Post",
        headline="Міст обвалився",
        paragraphs=("Міст обвалився вранці.",),
        statements=(),
        origins=(),
        publisher="Harbour Post",
        url="https://post.example/1",
        published="2026-11-23T05:59:00Z",
        language="uk",
    )


def held(connection: Connection, story: str = "s1") -> int:
    return add_version(
        connection,
        a_draft(story),
        published_at=NOW - timedelta(minutes=1),
        seen_at=NOW,
        decided_at=NOW,
        stages={"read": NOW},
        held_until=NOW + timedelta(minutes=20),
        reason="supported",
    )


def test_a_version_is_kept_whole_and_numbered_within_its_alert(store: Store) -> None:
    with store.write() as connection:
        first, second, other = held(connection), held(connection), held(connection, "s2")
        numbers = [version_of(connection, each).number for each in (first, second, other)]  # type: ignore[union-attr]
        kept = version_of(connection, first)
    assert numbers == [1, 2, 1]
    assert kept is not None
    assert kept.draft == a_draft()
    assert kept.stages == {"read": NOW}


def test_only_one_approval_wins(store: Store) -> None:
    with store.write() as connection:
        version = held(connection)
        assert approve_version(connection, version, "mara", NOW)
        assert not approve_version(connection, version, "olaf", NOW)
        approved = version_of(connection, version)
    assert approved is not None
    assert (approved.approved_by, approved.state) == ("mara", VersionState.SENDING)


def test_a_hold_expires_at_its_time_and_cannot_be_approved_afterwards(store: Store) -> None:
    with store.write() as connection:
        version = held(connection)
        assert not holds_over(connection, NOW)
        assert expire_holds(connection, NOW) == 0
        late = NOW + timedelta(minutes=20)
        assert holds_over(connection, late)
        assert expire_holds(connection, late) == 1
        assert not approve_version(connection, version, "mara", late)


def test_a_newer_draft_takes_the_place_of_what_still_waits(store: Store) -> None:
    with store.write() as connection:
        held(connection)
        approve_version(connection, held(connection), "mara", NOW)
        held(connection, "s2")
        assert drop_holds(connection, "s1", NOW) == 1
        assert [version.state for version in story_versions(connection, "s1")] == ["dropped", "sending"]
        assert [version.state for version in story_versions(connection, "s2")] == ["held"]
