"""The desk: one decision wins, grave stories need two people, a correction reaches exactly those it must."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text, update

from tests.contract.test_alerts import a_draft
from tocsin.alerts.editing import Edit
from tocsin.alerts.own_words import LABEL, OwnWords
from tocsin.desk.approval import (
    AloneInHarm,
    ChangedMeanwhile,
    NotHeld,
    NotSent,
    NotUnderWay,
    amend,
    approve,
    drop,
    open_hold,
    pause,
    stop,
)
from tocsin.desk.editing import choices_for, edit
from tocsin.desk.grace import end_grace, hold, send_soon, take_back
from tocsin.errors import Refused, WrongUse
from tocsin.jobs.port import Job
from tocsin.model import Band, DeliveryState, Draft, Reason, VersionKind
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.interests import ALL_NEWS
from tocsin.settings import Settings
from tocsin.store.alerts import NoSuchVersion, VersionState, add_version, adopt_alert, version_of, versions
from tocsin.store.approvals import agreed
from tocsin.store.audit import entries, verify_audit
from tocsin.store.claims import sendable
from tocsin.store.clock import Clock
from tocsin.store.deliveries import CODE, deliveries, tally
from tocsin.store.preferences import choose
from tocsin.store.subscribers import activate, add_subscriber
from tocsin.wiring import Parts, assemble

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
READERS = 6


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Parts:
    return with_readers(database_url, tmp_path, lambda: NOW)


def with_readers(database_url: str, folder: Path, clock: Clock) -> Parts:
    """Return the parts of a newsroom that has readers."""
    parts = assemble(Settings(folder=folder / "var", database=database_url), clock)
    with parts.store.write() as connection:
        for number in range(READERS):
            address = parse_address(f"reader{number}@example.org")
            key = address_key(parts.secret, address)
            reader = add_subscriber(
                connection, address=address.written, address_key=key, language="en", zone="UTC", at=NOW
            )
            activate(connection, reader, NOW)
            choose(connection, reader, (ALL_NEWS,))
    return parts


def held(connection: Connection, draft: Draft | None = None) -> int:
    return add_version(
        connection,
        draft or a_draft(),
        published_at=NOW,
        seen_at=NOW,
        decided_at=NOW,
        stages={},
        held_until=NOW + timedelta(minutes=20),
        reason="supported",
    )


def grave() -> Draft:
    reason = Reason("a person decides", "support", holds=False, evidence="a named person's death")
    return Draft(**{name: getattr(a_draft(), name) for name in a_draft().__slots__} | {"reasons": (reason,)})


def put(connection: Connection, version: int, *states: DeliveryState) -> None:
    """Put the readers' deliveries of a version into these states, in the readers' order."""
    rows = connection.execute(text("SELECT subscriber FROM deliveries WHERE version = :v ORDER BY 1"), {"v": version})
    for row, state in zip(rows.all(), states, strict=True):
        mine = (deliveries.c.version == version) & (deliveries.c.subscriber == row.subscriber)
        connection.execute(update(deliveries).where(mine).values(state=CODE[state]))


def test_one_decision_wins(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        assert approve(parts, connection, version, by="mara", at=NOW).audience == READERS
        with pytest.raises(NotHeld, match="is sending"):
            approve(parts, connection, version, by="olaf", at=NOW)
        with pytest.raises(NotHeld):
            drop(connection, version, by="olaf", at=NOW)
        assert [(entry.who, entry.act) for entry in entries(connection)] == [("mara", "approve")]


def test_a_dropped_version_is_never_sent(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        drop(connection, version, by="mara", at=NOW)
        with pytest.raises(NotHeld, match="is dropped"):
            approve(parts, connection, version, by="mara", at=NOW)
        assert tally(connection, version) == {}


def test_a_grave_story_with_one_origin_needs_two_different_people(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection, grave())
        for _ in range(2):  # the same person twice is one person
            first = approve(parts, connection, version, by="mara", at=NOW)
            assert (first.missing, first.audience) == (1, 0)
        assert "two people" in first.reason
        assert approve(parts, connection, version, by="olaf", at=NOW).audience == READERS


def test_somebody_alone_must_say_why_and_it_is_kept(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection, grave())
        with pytest.raises(AloneInHarm):
            approve(parts, connection, version, by="mara", at=NOW, alone=" ")
        assert approve(parts, connection, version, by="mara", at=NOW, alone="night shift, confirmed by phone").audience
        assert "confirmed by phone" in entries(connection)[0].detail


def test_an_editor_who_opens_a_version_has_time_to_read_it(parts: Parts) -> None:
    minute = timedelta(minutes=1)
    with parts.store.write() as connection:
        version = held(connection)
        assert open_hold(connection, version, NOW) == NOW + 20 * minute
        assert open_hold(connection, version, NOW + 19 * minute) == NOW + 22 * minute
        extended = version_of(connection, version)
        assert extended is not None
        assert extended.held_until == NOW + 22 * minute
        drop(connection, version, by="mara", at=NOW)
        assert open_hold(connection, version, NOW + 21 * minute) is None
        assert open_hold(connection, 4711, NOW) is None


def an_edit(connection: Connection, version: int, **more: Any) -> Edit:
    shown = version_of(connection, version)
    assert shown is not None
    choices = choices_for(connection, shown)
    paragraphs = tuple(each.key for each in choices.paragraphs)
    return replace(Edit(choices.headlines[0].key, paragraphs, (), "", shown.band), **more)


def test_of_two_who_edit_at_once_the_second_is_told_and_nothing_is_lost(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        mine, theirs = (an_edit(connection, version, note=note) for note in ("From the mayor.", "From the governor."))
        assert [each.what for each in edit(connection, version, mine, seen=0, by="mara", at=NOW)] == ["note"]
        with pytest.raises(ChangedMeanwhile, match="by mara"):
            edit(connection, version, theirs, seen=0, by="olaf", at=NOW)
        kept = version_of(connection, version)
        assert kept is not None
        assert (kept.draft.note, kept.revision, kept.composed) == ("From the mayor.", 1, a_draft())
        edit(connection, version, theirs, seen=1, by="olaf", at=NOW)
        told = [(entry.who, entry.act, entry.detail) for entry in entries(connection)]
        assert told[0] == ("olaf", "edit", "note: “From the mayor.” → “From the governor.”")
        assert len(told) == 2


def test_saving_without_a_change_leaves_no_trace(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        assert edit(connection, version, an_edit(connection, version), seen=0, by="mara", at=NOW) == ()
        assert entries(connection) == ()


def test_what_is_sent_is_what_was_looked_at(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        edit(connection, version, an_edit(connection, version, note="Later."), seen=0, by="olaf", at=NOW)
        with pytest.raises(ChangedMeanwhile, match="by olaf"):
            approve(parts, connection, version, by="mara", at=NOW, seen=0)
        assert approve(parts, connection, version, by="mara", at=NOW, seen=1).version.draft.note == "Later."
        with pytest.raises(NotHeld):
            edit(connection, version, an_edit(connection, version, note="Too late."), seen=1, by="olaf", at=NOW)


def test_who_agreed_before_an_edit_must_agree_again(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection, grave())
        approve(parts, connection, version, by="mara", at=NOW)
        edit(connection, version, an_edit(connection, version, note="New."), seen=0, by="olaf", at=NOW)
        assert approve(parts, connection, version, by="olaf", at=NOW).missing == 1
        assert approve(parts, connection, version, by="mara", at=NOW).missing == 0


def test_an_edit_ends_a_send_that_would_have_left_by_itself(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        send_soon(parts, connection, version, by="mara", at=NOW)
        edit(connection, version, an_edit(connection, version, note="New."), seen=0, by="olaf", at=NOW)
    end_grace(parts, Job("grace", str(version), 1))
    with parts.store.read() as connection:
        assert tally(connection, version) == {}


def test_own_words_are_for_what_the_desk_wrote(parts: Parts) -> None:
    words = OwnWords("Ferry stays in harbour", "It stays.\n\nUntil noon.", "the operator", Band.FLASH)
    with parts.store.write() as connection:
        quoted = held(connection)
        with pytest.raises(WrongUse, match="choose and cut"):
            edit(connection, quoted, words, seen=0, by="mara", at=NOW)
        own = held(connection, replace(a_draft("own"), label=LABEL))
        edit(connection, own, words, seen=0, by="mara", at=NOW)
        changed = version_of(connection, own)
        assert changed is not None
        assert changed.band is Band.FLASH
        assert changed.draft.paragraphs == ("It stays.", "Until noon.")
        assert "the operator" in changed.draft.subject
        with pytest.raises(WrongUse, match="attribution"):
            edit(connection, own, replace(words, who=" "), seen=1, by="mara", at=NOW)


def test_a_hold_that_is_over_is_not_sent_even_if_nobody_has_noted_it(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        with pytest.raises(NotHeld, match="is over"):
            approve(parts, connection, version, by="mara", at=NOW + timedelta(minutes=20))


def test_a_correction_reaches_exactly_those_who_may_have_got_the_wrong_version(parts: Parts) -> None:
    state = DeliveryState
    with parts.store.write() as connection:
        wrong = held(connection)
        approve(parts, connection, wrong, by="mara", at=NOW)
        put(
            connection, wrong, state.ACCEPTED, state.PENDING, state.DEFERRED, state.UNKNOWN, state.FAILED, state.BOUNCED
        )
        done = amend(parts, connection, wrong, VersionKind.CORRECTION, note="It was 4, not 14.", by="mara", at=NOW)
        told = {
            row.subscriber
            for row in connection.execute(deliveries.select().where(deliveries.c.version == done.version.id))
        }
        assert told == {1, 2, 3, 4, 6}, "all but the reader whose message failed"
        assert tally(connection, wrong) == {
            state.ACCEPTED: 1, state.SUPERSEDED: 2, state.UNKNOWN: 1, state.FAILED: 1, state.BOUNCED: 1,
        }  # fmt: skip


def test_a_correction_takes_the_place_of_an_alert_whose_story_has_joined_another(parts: Parts) -> None:
    with parts.store.write() as connection:
        wrong = held(connection)
        approve(parts, connection, wrong, by="mara", at=NOW)
        adopt_alert(connection, "s1", "s2")
        done = amend(parts, connection, wrong, VersionKind.CORRECTION, note="It was 4, not 14.", by="mara", at=NOW)
        assert (done.version.alert, done.version.number) == (1, 2)
        assert wrong not in [version.id for version in sendable(connection)], "the wrong one goes to nobody else"


def test_a_withdrawal_is_not_told_to_those_who_never_saw_it(parts: Parts) -> None:
    state = DeliveryState
    with parts.store.write() as connection:
        wrong = held(connection)
        approve(parts, connection, wrong, by="mara", at=NOW)
        put(connection, wrong, *(state.ACCEPTED,) * 2, *(state.PENDING,) * 4)
        done = amend(parts, connection, wrong, VersionKind.WITHDRAWAL, note="It did not happen.", by="mara", at=NOW)
        assert done.audience == 2
        assert tally(connection, wrong) == {state.ACCEPTED: 2, state.CANCELLED: 4}


def test_what_was_not_sent_cannot_be_corrected_and_a_note_must_say_something(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        with pytest.raises(NotSent, match="is held"):
            amend(parts, connection, version, VersionKind.CORRECTION, note="x", by="mara", at=NOW)
        approve(parts, connection, version, by="mara", at=NOW)
        for note in ("", "  \n ", "x" * 601):
            with pytest.raises(WrongUse):
                amend(parts, connection, version, VersionKind.CORRECTION, note=note, by="mara", at=NOW)


def test_a_newer_version_takes_the_place_of_one_that_is_still_leaving(parts: Parts) -> None:
    with parts.store.write() as connection:
        first, second = held(connection), held(connection)
        approve(parts, connection, first, by="mara", at=NOW)
        approve(parts, connection, second, by="mara", at=NOW)
        assert tally(connection, first) == {DeliveryState.SUPERSEDED: READERS}
        assert tally(connection, second) == {DeliveryState.PENDING: READERS}


def test_a_send_can_be_paused_resumed_and_stopped(parts: Parts) -> None:
    with parts.store.write() as connection:
        version = held(connection)
        with pytest.raises(NotUnderWay, match="is held"):
            pause(parts, connection, version, by="mara", at=NOW, on=True)
        approve(parts, connection, version, by="mara", at=NOW)
        for on in (True, False):
            pause(parts, connection, version, by="mara", at=NOW, on=on)
            paused = version_of(connection, version)
            assert paused is not None
            assert (paused.paused_at is not None) is on
        assert stop(connection, version, by="mara", at=NOW) == READERS
        assert tally(connection, version) == {DeliveryState.CANCELLED: READERS}


ACTS = st.sampled_from(
    [
        "approve",
        "agree",
        "soon",
        "soon too",
        "grace over",
        "hold",
        "undo",
        "drop",
        "correct",
        "withdraw",
        "stop",
        "pause",
    ]
)


@given(st.lists(st.tuples(ACTS, st.integers(1, 4)), max_size=14))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_acts_sends_what_was_not_approved_or_anything_twice(
    parts: Parts, acts: list[tuple[str, int]]
) -> None:
    """Whatever people do, in whatever order: only approved versions have deliveries, one each, and the log is whole."""
    with parts.store.write() as connection:
        for table in ("deliveries", "approvals", "versions", "alerts", "audit", "jobs"):
            connection.execute(text(f"DELETE FROM {table}"))
        offset = held(connection) - 1
        held(connection, grave())
    for act, which in acts:
        if act == "grace over":
            end_grace(replace(parts, clock=lambda: NOW + timedelta(minutes=1)), Job("grace", str(offset + which), 1))
            continue
        try:
            with parts.store.write() as connection:
                _act(parts, connection, act, offset + which)
        except (Refused, NoSuchVersion):
            pass
    with parts.store.read() as connection:
        approved = {row.id for row in connection.execute(versions.select()) if row.approved_at is not None}
        grave_one = connection.execute(versions.select().where(versions.c.id == offset + 2)).one()
        if grave_one.approved_at is not None:
            assert len(agreed(connection, offset + 2)) == 2, "two people stand behind a grave version"
        sent = connection.execute(text("SELECT version, subscriber FROM deliveries")).all()
        assert {row.version for row in sent} <= approved
        assert len(sent) == len({(row.version, row.subscriber) for row in sent})
        assert verify_audit(connection).broken == ()
        for row in connection.execute(versions.select()):
            if row.state in (VersionState.DROPPED, VersionState.EXPIRED):
                assert row.id not in {each.version for each in sent}


def _act(parts: Parts, connection: Connection, act: str, version: int) -> None:
    if act in ("approve", "agree"):
        approve(parts, connection, version, by="mara" if act == "approve" else "olaf", at=NOW)
    elif act in ("soon", "soon too"):
        send_soon(parts, connection, version, by="mara" if act == "soon" else "olaf", at=NOW)
    elif act == "hold":
        hold(connection, version, by="olaf", at=NOW)
    elif act == "undo":
        take_back(connection, version, by="olaf", at=NOW)
    elif act == "drop":
        drop(connection, version, by="mara", at=NOW)
    elif act in ("correct", "withdraw"):
        kind = VersionKind.CORRECTION if act == "correct" else VersionKind.WITHDRAWAL
        amend(parts, connection, version, kind, note="It was wrong.", by="mara", at=NOW)
    elif act == "stop":
        stop(connection, version, by="mara", at=NOW)
    elif act == "pause":
        pause(parts, connection, version, by="mara", at=NOW, on=True)
