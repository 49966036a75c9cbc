"""Several real relays, some of which misbehave: every reader is reached once, by whoever can."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.relay import DROP, STALL, Relay, running
from tests.sending.steps import Clock, approved, hasty, of, states, words
from tocsin.delivery.relay_pool import RelaysSpent
from tocsin.errors import WrongUse
from tocsin.model import DeliveryState
from tocsin.sending.relaying import hand_over_one, rooms
from tocsin.sending.sender import Sender
from tocsin.settings import Mail, PoolRelay, Settings, WarmUp, load_settings
from tocsin.store.alerts import VersionState
from tocsin.store.suppressions import suppressions
from tocsin.wiring import Parts, assemble


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def relays() -> Iterator[tuple[Relay, Relay]]:
    with ExitStack() as stack:
        yield stack.enter_context(running(Relay())), stack.enter_context(running(Relay()))


def parts_of(folder: Path, clock: Clock, relays: tuple[Relay, ...], *plans: dict[str, Any]) -> Parts:
    pool = tuple(
        PoolRelay(name=f"relay{number}", host="127.0.0.1", port=relay.port, security="none", **plan)
        for number, (relay, plan) in enumerate(zip(relays, plans or ({},) * len(relays), strict=True))
    )
    return assemble(Settings(folder=folder, mail=Mail(connections=2), relay=pool), clock)


def drain(parts: Parts, clock: Clock, sender: Sender | None = None) -> None:
    """Send until nothing is left, half a minute after the other or when something is due."""
    sender = sender or Sender(parts, words)
    for _ in range(30):
        again = sender.drain()
        if again is None:
            return
        clock.now = max(clock.now + timedelta(seconds=30), again)
    raise AssertionError("it never ends")


def reached(*relays: Relay) -> list[str]:
    return [one.recipient for relay in relays for one in relay.accepted]


def test_each_relay_gets_its_share(tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]) -> None:
    parts = parts_of(tmp_path, clock, relays, {"share": 3}, {"share": 1})
    version = approved(parts, 800)
    drain(parts, clock)
    assert states(parts, version) == {DeliveryState.ACCEPTED: 800}
    assert len(set(reached(*relays))) == len(reached(*relays)) == 800
    assert 500 <= len(relays[0].accepted) <= 700
    assert [one.allowance.reason for one in rooms(parts)] == ["no quota", "no quota"]


def away(stage: str, recipient: str) -> str | None:
    return {"connect": "421 4.3.2 not now"}.get(stage)


def drops(stage: str, recipient: str) -> str | None:
    return DROP if stage == "ehlo" else None


def refuses(stage: str, recipient: str) -> str | None:
    return "550 5.7.1 your address is on a list" if stage == "rcpt" else None


def refuses_senders(stage: str, recipient: str) -> str | None:
    return "550 5.1.8 who are you?" if stage == "mail" else None


@pytest.mark.parametrize("policy", [away, drops, refuses, refuses_senders])
def test_when_one_is_away_or_refuses_the_other_takes_all(
    tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay], policy: Any
) -> None:
    relays[0].policy = policy
    parts = parts_of(tmp_path, clock, relays)
    version = approved(parts, 300)
    drain(parts, clock)
    assert states(parts, version) == {DeliveryState.ACCEPTED: 300}
    assert sorted(reached(relays[1])) == sorted({f"r{number}@example.org" for number in range(1, 301)})
    assert of(parts, version).state is VersionState.SENT
    assert reached(relays[0]) == []
    assert relays[0].connections < 40, "it is left alone for a while, and asked again"


def test_a_relay_that_stalls_holds_up_nobody_but_what_it_has_in_hand(
    tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]
) -> None:
    relays[0].policy = lambda stage, recipient: STALL if stage == "ended" else None
    parts = parts_of(tmp_path, clock, relays)
    version = approved(parts, 400)
    drain(parts, clock, Sender(parts, words, hasty(parts, 2)))
    assert states(parts, version) == {DeliveryState.ACCEPTED: 400}
    assert len(relays[1].accepted) >= 336, "at most what two connections carry was tried twice"


def test_a_relay_that_loses_the_few_letters_it_gets_is_left_too(
    tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]
) -> None:
    """Five losses are no sample when it is two letters that are tried again and again."""
    relays[0].policy = lambda stage, recipient: DROP if stage == "end" else None
    relays[1].policy = lambda stage, recipient: time.sleep(0.3) if stage == "connect" else None  # later than the first
    parts = parts_of(tmp_path, clock, relays, {"share": 9}, {"share": 1})
    version = approved(parts, 2)
    Sender(parts, words).drain()
    assert [one.standing.reason for one in rooms(parts)] == ["loses letters", ""]
    clock.now += timedelta(seconds=10)
    assert Sender(parts, words).drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 2}
    assert sorted(reached(relays[1])) == ["r1@example.org", "r2@example.org"]


def test_a_relay_that_greets_nobody_holds_up_no_other(
    tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]
) -> None:
    relays[0].policy = lambda stage, recipient: STALL if stage == "connect" else None
    taken: list[float] = []

    def note(stage: str, recipient: str) -> None:
        if stage == "end":
            taken.append(time.monotonic())

    relays[1].policy = note
    parts = parts_of(tmp_path, clock, relays)
    version = approved(parts, 2000)
    drain(parts, clock)
    assert states(parts, version) == {DeliveryState.ACCEPTED: 2000}
    assert len(relays[1].accepted) == 2000
    assert max(later - one for one, later in pairwise(taken)) < 4, "a moment of waiting for the other, not five seconds"
    assert [one.standing.day for one in rooms(parts)] == [0, 2000], "what was meant for it is given back"


def test_a_quota_holds_over_all_senders_and_the_rest_waits_for_its_time(
    tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]
) -> None:
    parts = parts_of(tmp_path, clock, relays, {"per_hour": 60}, {"per_day": 40})
    version = approved(parts, 150)
    for _ in range(3):
        Sender(parts, words).drain()
    assert (len(relays[0].accepted), len(relays[1].accepted)) == (60, 40)
    assert states(parts, version) == {DeliveryState.ACCEPTED: 100, DeliveryState.PENDING: 50}
    with pytest.raises(RelaysSpent, match="60 of 60 an hour are used"):
        hand_over_one(parts, "bounces@localhost", "one@example.org", b"Subject: x\r\n\r\n")
    drain(parts, clock)
    assert (len(relays[0].accepted), len(relays[1].accepted)) == (110, 40)
    assert clock.now >= of(parts, version).approved_at + timedelta(hours=1)  # type: ignore[operator]


def test_a_new_relay_warms_up(tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]) -> None:
    warm = {"warm_up": WarmUp(begins=date(2022, 11, 10), first_day=10)}
    parts = parts_of(tmp_path, clock, relays, {}, warm)
    approved(parts, 300)
    drain(parts, clock)
    assert len(relays[1].accepted) == 20, "twice the first day's on the second"
    assert len(relays[0].accepted) == 280


def test_a_mailbox_that_refuses_us_by_either_relay_is_refused(
    tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]
) -> None:
    for relay in relays:
        relay.policy = lambda stage, to: "550 5.7.1 go away" if stage == "rcpt" and to.startswith("r7@") else None
    parts = parts_of(tmp_path, clock, relays)
    version = approved(parts, 30)
    drain(parts, clock)
    assert states(parts, version) == {DeliveryState.ACCEPTED: 29, DeliveryState.FAILED: 1}
    with parts.store.read() as connection:
        assert connection.execute(suppressions.select()).first() is None


def test_letters_take_the_relay_that_works(tmp_path: Path, clock: Clock, relays: tuple[Relay, Relay]) -> None:
    relays[0].policy = away
    parts = parts_of(tmp_path, clock, relays, {"share": 9}, {"share": 1})
    for number in range(3):
        found = hand_over_one(parts, "bounces@localhost", f"r{number}@example.org", b"Subject: x\r\n\r\nx\r\n")
        assert found.state is DeliveryState.ACCEPTED
    assert len(relays[1].accepted) == 3


def test_two_relays_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text('[[relay]]\nhost = "a.example"\n[[relay]]\nhost = "a.example"\n')
    with pytest.raises(WrongUse, match="a name of its own"):
        load_settings(tmp_path / "tocsin.toml")


def test_a_relays_password_file_is_seen_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text('[[relay]]\nhost = "a.example"\npassword_file = "a.password"\n')
    assert load_settings(tmp_path / "tocsin.toml").relay[0].password_file == tmp_path / "a.password"
