"""Relays that are away, stall, drop or refuse us: every reader ends in the right state, and nobody is suppressed."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.fakes.relay import DROP, STALL, Relay
from tests.sending.steps import NOON, Clock, approved, hasty, message_id, of, parts_for, states, words
from tocsin.model import DeliveryState
from tocsin.sending.sender import Sender
from tocsin.settings import Mail, Settings
from tocsin.store.alerts import VersionState
from tocsin.store.suppressions import suppressions
from tocsin.wiring import Parts, assemble


@pytest.mark.parametrize("missing", [(), ("CHUNKING",)])
def test_a_relay_that_drops_after_the_text_leaves_repeats_with_the_same_id(
    tmp_path: Path, relay: Relay, clock: Clock, missing: tuple[str, ...]
) -> None:
    parts = parts_for(tmp_path, relay, clock)
    relay.extensions = tuple(name for name in relay.extensions if name not in missing)
    dropped: list[str] = []

    def policy(stage: str, recipient: str) -> str | None:
        if stage == "end" and recipient.startswith("r1") and recipient not in dropped:
            dropped.append(recipient)
            return DROP
        return None

    relay.policy = policy
    version = approved(parts, 100)
    for _ in range(20):
        if Sender(parts, words).drain() is None:
            break
        clock.pass_by(timedelta(minutes=1))
    assert states(parts, version) == {DeliveryState.ACCEPTED: 100}
    by_reader: dict[str, set[bytes]] = {}
    for one in relay.received:
        by_reader.setdefault(one.recipient, set()).add(message_id(one.message))
    assert all(len(ids) == 1 for ids in by_reader.values())
    assert len({one.recipient for one in relay.accepted}) == 100


def test_a_relay_that_was_away_for_long_brings_all_at_once_when_it_is_back(
    parts: Parts, relay: Relay, clock: Clock
) -> None:
    """Each try doubled a reader's wait, up to a quarter of an hour, though nothing was wrong with any reader."""
    version, sender = approved(parts, 80), Sender(parts, words)
    relay.policy = lambda stage, recipient: "421 4.3.0 closed for repair" if stage == "connect" else None
    while clock() < NOON + timedelta(minutes=20):
        again = sender.drain()
        assert again is not None
        clock.now = max(again, clock() + timedelta(seconds=5))
    relay.policy = lambda stage, recipient: None
    clock.pass_by(timedelta(seconds=25))
    assert sender.drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 80}


def test_a_password_that_is_changed_is_taken_up_without_a_restart(
    tmp_path: Path, relay: Relay, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "relay.password"
    file.write_text("old")
    relay.extensions, relay.password = (*relay.extensions, "AUTH PLAIN"), "old"
    mail = Mail(host="127.0.0.1", port=relay.port, security="none", user="news", password_file=file)
    parts = assemble(Settings(folder=tmp_path, mail=mail), clock)
    sender = Sender(parts, words)
    relay.password = "new"
    version = approved(parts, 5)
    assert sender.drain() is not None
    assert states(parts, version) == {DeliveryState.DEFERRED: 5}
    assert "check user and password_file" in "".join(capsys.readouterr())
    file.unlink()
    clock.pass_by(timedelta(seconds=10))
    assert sender.drain() is not None, "a file that is not there for a moment ends nothing"
    file.write_text("new")
    clock.pass_by(timedelta(seconds=30))
    assert sender.drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 5}


def test_a_relay_that_wants_a_log_in_for_each_mail_fails_nobody(parts: Parts, relay: Relay, clock: Clock) -> None:
    relay.policy = lambda stage, recipient: "530 5.7.0 authentication required" if stage == "mail" else None
    version = approved(parts, 30)
    assert Sender(parts, words).drain() is not None
    assert states(parts, version) == {DeliveryState.DEFERRED: 30}
    relay.policy = lambda stage, recipient: None
    clock.pass_by(timedelta(seconds=30))
    assert Sender(parts, words).drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 30}


def test_a_relay_that_is_not_there_loses_nobody(parts: Parts, relay: Relay, clock: Clock) -> None:
    version = approved(parts, 5)
    nobody = parts.settings.model_copy(update={"mail": parts.settings.mail.model_copy(update={"port": 1})})
    again = Sender(Parts(nobody, parts.store, parts.jobs, parts.secret, parts.clock), words).drain()
    assert again is not None
    assert states(parts, version) == {DeliveryState.DEFERRED: 5}
    clock.pass_by(timedelta(minutes=1))
    Sender(parts, words).drain()
    assert states(parts, version) == {DeliveryState.ACCEPTED: 5}


def test_a_relay_that_stalls_is_left(tmp_path: Path, relay: Relay, clock: Clock) -> None:
    parts = parts_for(tmp_path, relay, clock)
    relay.policy = lambda stage, recipient: STALL if stage == "end" and recipient.startswith("r3@") else None
    version = approved(parts, 5)
    sender = Sender(parts, words, hasty(parts, 0.2))
    assert sender.drain() is not None
    found = states(parts, version)
    assert found[DeliveryState.ACCEPTED] + found[DeliveryState.DEFERRED] == 5
    assert found[DeliveryState.DEFERRED] >= 1


def test_a_connection_that_the_relay_does_not_greet_holds_up_nobody(parts: Parts, relay: Relay) -> None:
    relay.policy = lambda stage, recipient: STALL if stage == "connect" and relay.connections > 1 else None
    version, begun = approved(parts, 300), time.monotonic()
    assert Sender(parts, words).drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 300}
    assert relay.connections == 2
    assert time.monotonic() - begun < 20, "it is given a minute to speak"


def test_a_relay_that_refuses_us_pauses_the_send_and_suppresses_nobody(parts: Parts, relay: Relay) -> None:
    relay.policy = lambda stage, recipient: "550 5.7.1 you are blocked" if stage == "rcpt" else None
    version = approved(parts, 400)
    Sender(parts, words).drain()
    found = states(parts, version)
    assert found[DeliveryState.PENDING] > 250
    assert found[DeliveryState.FAILED] + found[DeliveryState.PENDING] == 400
    paused = of(parts, version)
    assert paused.state is VersionState.SENDING
    assert paused.paused_at is not None
    assert "5.7.1" in (paused.reason or "")
    with parts.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(suppressions)).scalar() == 0


def test_a_relay_that_is_not_there_is_given_a_moment(parts: Parts, clock: Clock) -> None:
    """With more readers than are put off at once, the next look was at once: thousands a minute, by each sender."""
    approved(parts, 200)
    nobody = parts.settings.model_copy(update={"mail": parts.settings.mail.model_copy(update={"port": 1})})
    again = Sender(Parts(nobody, parts.store, parts.jobs, parts.secret, parts.clock), words).drain()
    assert again is not None
    assert again - clock() >= timedelta(seconds=1)
