"""From an approved version to the last outcome, against a real SMTP server."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.fakes.relay import Relay, running
from tests.sending.steps import Clock, approved, message_id, of, parts_for, states, words
from tocsin.delivery.message import Rendered
from tocsin.model import Band, DeliveryState, VersionKind
from tocsin.sending.sender import Sender
from tocsin.store.alerts import Version, VersionState, pause_version
from tocsin.store.claims import Claimed
from tocsin.store.clock import wall_clock
from tocsin.store.deliveries import cancel_waiting, deliveries
from tocsin.store.replies import replies
from tocsin.store.rests import Rest, rest
from tocsin.store.subscribers import subscribers
from tocsin.store.suppressions import suppression_of
from tocsin.wiring import Parts


@pytest.mark.parametrize(
    "missing", [(), ("CHUNKING",), ("CHUNKING", "PIPELINING"), ("CHUNKING", "PIPELINING", "SIZE 10485760")]
)
def test_every_reader_gets_one_message_of_their_own(parts: Parts, relay: Relay, missing: tuple[str, ...]) -> None:
    relay.extensions = tuple(name for name in relay.extensions if name not in missing)
    version = approved(parts, 150)
    assert Sender(parts, words).drain() is None
    assert sorted(one.recipient for one in relay.accepted) == sorted(f"r{n}@example.org" for n in range(1, 151))
    assert len({message_id(one.message) for one in relay.accepted}) == 150
    assert states(parts, version) == {DeliveryState.ACCEPTED: 150}
    assert all(f"To: {one.recipient}\r\n".encode() in one.message for one in relay.accepted)
    settled = of(parts, version)
    assert settled.state is VersionState.SENT
    assert settled.handed_at is not None
    assert settled.accepted_at is not None


def test_a_second_run_sends_nothing(parts: Parts, relay: Relay) -> None:
    approved(parts, 20)
    Sender(parts, words).drain()
    Sender(parts, words).drain()
    assert len(relay.accepted) == 20


def test_the_return_path_and_the_message_id_name_the_delivery(parts: Parts, relay: Relay) -> None:
    version = approved(parts, 1)
    sender = Sender(parts, words)
    sender.drain()
    (one,) = relay.accepted
    tag = one.sender.removeprefix("bounces+").removesuffix("@localhost")
    assert message_id(one.message) == f"<{tag}@localhost>".encode()
    assert sender.press.tags.read(f"in <{tag}@localhost>") == (version, 1)
    assert sender.press.tags.read(tag.replace("-1-", "-2-")) is None


def test_answers_end_in_the_right_states(parts: Parts, relay: Relay, clock: Clock) -> None:
    def policy(stage: str, recipient: str) -> str | None:
        if stage == "rcpt" and recipient.startswith("r7@"):
            return "550 5.1.1 no such user"
        if stage == "rcpt" and recipient.startswith("r8@"):
            return "550 5.7.1 policy says no"
        if stage == "end" and recipient.startswith("r9@"):
            return "452 4.2.2 mailbox full"
        return None

    relay.policy = policy
    version = approved(parts, 60)
    again = Sender(parts, words).drain()
    assert states(parts, version) == {DeliveryState.ACCEPTED: 57, DeliveryState.FAILED: 2, DeliveryState.DEFERRED: 1}
    with parts.store.read() as connection:
        assert suppression_of(connection, "key7") is not None
        assert suppression_of(connection, "key8") is None
        assert suppression_of(connection, "key9") is None
    assert again is not None
    relay.policy = lambda stage, recipient: None
    clock.pass_by(timedelta(minutes=1))
    assert Sender(parts, words).drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 58, DeliveryState.FAILED: 2}


def test_an_answer_that_quotes_the_address_is_kept_without_it(parts: Parts, relay: Relay) -> None:
    relay.policy = lambda stage, to: f"550 5.1.1 <{to}>: unknown user" if stage == "rcpt" and to[:2] == "r1" else None
    approved(parts, 2)
    Sender(parts, words).drain()
    with parts.store.read() as connection:
        kept = connection.execute(select(replies.c.text).where(replies.c.code == 550)).scalars().all()
    assert kept == ["5.1.1 <…@example.org>: unknown user"]


def test_who_left_before_the_claim_gets_nothing(parts: Parts, relay: Relay) -> None:
    version = approved(parts, 3)
    with parts.store.write() as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == 2).values(state="unsubscribed"))
    Sender(parts, words).drain()
    assert sorted(one.recipient for one in relay.accepted) == ["r1@example.org", "r3@example.org"]
    assert states(parts, version) == {DeliveryState.ACCEPTED: 2, DeliveryState.SUPPRESSED: 1}


def test_a_correction_goes_to_those_who_got_the_wrong_version_and_replaces_it_for_the_rest(
    parts: Parts, relay: Relay, clock: Clock
) -> None:
    relay.policy = lambda stage, recipient: "451 4.3.0 later" if recipient.startswith("r2@") else None
    wrong = approved(parts, 3)
    Sender(parts, words).drain()
    relay.policy = lambda stage, recipient: None
    right = approved(parts, kind=VersionKind.CORRECTION, corrects=wrong)
    clock.pass_by(timedelta(minutes=5))
    Sender(parts, words).drain()
    assert states(parts, wrong) == {DeliveryState.ACCEPTED: 2, DeliveryState.SUPERSEDED: 1}
    assert states(parts, right) == {DeliveryState.ACCEPTED: 3}
    assert [one.recipient for one in relay.accepted].count("r2@example.org") == 1


def test_news_that_is_hours_old_is_not_sent(parts: Parts, relay: Relay, clock: Clock) -> None:
    version = approved(parts, 3)
    clock.pass_by(timedelta(hours=3))
    Sender(parts, words).drain()
    assert relay.received == []
    assert states(parts, version) == {DeliveryState.EXPIRED: 3}


def test_an_address_that_breaks_the_envelope_fails_alone(parts: Parts, relay: Relay) -> None:
    hostile = {2: "a@b> SIZE=1\r\nRCPT TO:<all@example.org", 3: "no address", 4: "имя@example.org"}
    relay.extensions = ("PIPELINING", "CHUNKING")
    version = approved(parts, 5, address=lambda n: hostile.get(n, f"r{n}@example.org"))
    Sender(parts, words).drain()
    assert sorted(one.recipient for one in relay.accepted) == ["r1@example.org", "r5@example.org"]
    assert states(parts, version) == {DeliveryState.ACCEPTED: 2, DeliveryState.FAILED: 3}


def test_the_relays_own_name_of_a_message_is_kept(parts: Parts, relay: Relay) -> None:
    approved(parts, 1)
    Sender(parts, words).drain()
    with parts.store.read() as connection:
        assert connection.execute(select(deliveries.c.queued_as)).scalar() == "4F00000001"


def test_a_provider_that_answers_each_letter_in_other_words_has_said_one_thing(parts: Parts, relay: Relay) -> None:
    def like_gmail(stage: str, recipient: str) -> str | None:
        number = len(relay.received)
        return (
            f"250 2.0.0 OK  {1700000000 + number} af79cd13be357-{number:x}si9.45 - gsmtp" if stage == "ended" else None
        )

    relay.policy = like_gmail
    approved(parts, 40)
    Sender(parts, words).drain()
    with parts.store.read() as connection:
        assert connection.execute(select(replies.c.text)).scalars().all() == ["2.0.0 OK  … … - gsmtp"]
        names = connection.execute(select(deliveries.c.queued_as)).scalars().all()
    assert sorted(names) == sorted(f"af79cd13be357-{number:x}si9.45" for number in range(1, 41))


def test_a_busy_domain_is_given_a_rest_and_others_are_served(parts: Parts, relay: Relay, clock: Clock) -> None:
    def busy(stage: str, recipient: str) -> str | None:
        return "450 4.7.0 too fast" if stage == "rcpt" and recipient.endswith("@slow.example") else None

    relay.policy = busy
    version = approved(parts, 600, address=lambda n: f"r{n}@{'slow' if n % 2 else 'quick'}.example")
    again = Sender(parts, words).drain()
    found = states(parts, version)
    assert found[DeliveryState.ACCEPTED] == 300
    assert found[DeliveryState.PENDING] > 100
    assert again is not None
    assert again - clock() >= timedelta(seconds=30)
    relay.policy = lambda stage, recipient: None
    clock.pass_by(timedelta(minutes=2))
    assert Sender(parts, words).drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 600}


def test_a_reader_who_leaves_in_the_middle_and_is_still_pending_gets_nothing(parts: Parts, relay: Relay) -> None:
    left: list[str] = []

    def leave(stage: str, recipient: str) -> str | None:
        if stage == "end" and not left:
            left.append("r2000@example.org")
            with parts.store.write() as connection:
                connection.execute(update(subscribers).where(subscribers.c.id == 2000).values(state="unsubscribed"))
        return None

    relay.policy = leave
    version = approved(parts, 2000)
    Sender(parts, words).drain()
    assert "r2000@example.org" not in {one.recipient for one in relay.received}
    assert states(parts, version) == {DeliveryState.ACCEPTED: 1999, DeliveryState.SUPPRESSED: 1}


def test_a_flash_overtakes_what_is_less_urgent_and_in_flight(parts: Parts, relay: Relay) -> None:
    flash: list[int] = []

    def break_news(stage: str, recipient: str) -> str | None:
        if stage == "end" and not flash:
            flash.append(0)
            flash.append(approved(parts, band=Band.FLASH, story="s2"))
        return None

    relay.policy = break_news
    watch = approved(parts, 4000, band=Band.WATCH)
    Sender(parts, words).drain()
    assert states(parts, watch) == states(parts, flash[1]) == {DeliveryState.ACCEPTED: 4000}
    versions = [int(message_id(one.message)[1:].partition(b"-")[0], 16) for one in relay.accepted]
    last_flash = len(versions) - versions[::-1].index(flash[1])
    assert versions[last_flash:].count(watch) > 1000, "most of the watch waited for the flash to be through"


def test_who_is_told_to_stop_finishes_what_is_in_hand_and_gives_the_rest_back(parts: Parts, relay: Relay) -> None:
    sender = Sender(parts, words)

    def stop(stage: str, recipient: str) -> str | None:
        if stage == "end" and len(relay.received) == 100:
            sender.stopping.set()
        return None

    relay.policy = stop
    version = approved(parts, 4000)
    assert sender.drain() is not None
    found = states(parts, version)
    assert found.keys() == {DeliveryState.ACCEPTED, DeliveryState.PENDING}
    assert found[DeliveryState.ACCEPTED] == len(relay.accepted) < 1000
    Sender(parts, words).drain()
    assert states(parts, version) == {DeliveryState.ACCEPTED: 4000}
    assert len(relay.received) == 4000, "nobody got it twice"


def test_a_pause_in_the_middle_holds_back_the_rest_until_it_goes_on(parts: Parts, relay: Relay) -> None:
    paused: list[int] = []

    def pause(stage: str, recipient: str) -> str | None:
        if stage == "end" and not paused:
            paused.append(version)
            with parts.store.write() as connection:
                pause_version(connection, version, parts.clock())
        return None

    relay.policy = pause
    version = approved(parts, 3000)
    assert Sender(parts, words).drain() is None
    found = states(parts, version)
    assert found[DeliveryState.PENDING] > 1000
    assert found.keys() == {DeliveryState.PENDING, DeliveryState.ACCEPTED}
    with parts.store.write() as connection:
        pause_version(connection, version, None)
    Sender(parts, words).drain()
    assert states(parts, version) == {DeliveryState.ACCEPTED: 3000}
    assert len(relay.received) == 3000


def test_a_send_that_is_stopped_in_the_middle_tries_nobody_again(parts: Parts, relay: Relay, clock: Clock) -> None:
    stopped: list[int] = []

    def stop(stage: str, recipient: str) -> str | None:
        if stage != "end":
            return None
        if not stopped:
            stopped.append(version)
            with parts.store.write() as connection:
                cancel_waiting(connection, version, parts.clock())
        return "450 4.2.1 later" if recipient < "r2" else None

    relay.policy = stop
    version = approved(parts, 3000)
    assert Sender(parts, words).drain() is None
    met = len(relay.received)
    clock.now += timedelta(minutes=30)
    assert Sender(parts, words).drain() is None
    assert len(relay.received) == met
    assert of(parts, version).state is VersionState.CANCELLED
    found = states(parts, version)
    assert found.keys() == {DeliveryState.CANCELLED, DeliveryState.ACCEPTED}
    assert found[DeliveryState.CANCELLED] > 1000


def test_a_domain_that_rests_holds_up_no_other(parts: Parts, relay: Relay, clock: Clock) -> None:
    """Who was put off elsewhere is tried again when due, not when the resting domain's half hour is over."""
    relay.policy = lambda stage, to: "450 4.2.1 not now" if stage == "rcpt" and to.startswith("r1@") else None
    approved(parts, 4)
    with parts.store.write() as connection:
        rest(connection, Rest("rests.example", clock(), clock() + timedelta(minutes=30), "it refuses us"))
    again = Sender(parts, words).drain()
    assert again is not None
    assert again - clock() <= timedelta(seconds=15)


def test_who_waits_for_a_resting_domain_is_looked_for_when_its_rest_is_over(
    parts: Parts, relay: Relay, clock: Clock
) -> None:
    version, opens = approved(parts, 4), clock() + timedelta(minutes=30)
    with parts.store.write() as connection:
        rest(connection, Rest("example.org", clock(), opens, "it refuses us"))
    assert Sender(parts, words).drain() == opens
    clock.now = opens
    assert Sender(parts, words).drain() is None
    assert states(parts, version) == {DeliveryState.ACCEPTED: 4}


def test_what_can_not_be_put_into_words_holds_up_no_other_version(parts: Parts, relay: Relay, clock: Clock) -> None:
    ill = approved(parts, 30, band=Band.FLASH)
    well = approved(parts, story="s2")
    broken, tried = [ill], []

    def some_words(version: Version, delivery: Claimed) -> Rendered:
        if version.id in broken:
            tried.append(version.id)
            raise KeyError("no such template")
        return words(version, delivery)

    sender = Sender(parts, some_words)
    assert sender.drain() is not None
    assert (states(parts, well), states(parts, ill)) == ({DeliveryState.ACCEPTED: 30}, {DeliveryState.DEFERRED: 30})
    assert tried == [ill], "it is tried once a drain for all who would get the same words"
    with parts.store.read() as connection:
        said = connection.execute(select(replies.c.text).where(replies.c.code == 0)).scalars().all()
    assert said == ["it can't be put into words: KeyError('no such template')"]
    broken.clear()
    clock.pass_by(timedelta(minutes=1))
    sender.drain()
    assert states(parts, ill) == {DeliveryState.ACCEPTED: 30}


@pytest.mark.parametrize("limit", [{"per_second": 100}, {"per_domain": {"example.org": 100}}], ids=["all", "domain"])
def test_a_clock_that_is_set_back_in_the_middle_of_a_limited_send_holds_up_nobody(
    tmp_path: Path, limit: dict[str, object]
) -> None:
    ahead = [timedelta(hours=1)]

    def policy(stage: str, recipient: str) -> str | None:
        if stage == "end" and len(relay.received) > 40:
            ahead[0] = timedelta()
        return None

    with running(Relay(policy=policy)) as relay:
        parts = parts_for(tmp_path, relay, Clock())
        parts = replace(parts, clock=lambda: wall_clock() + ahead[0])
        parts.settings.mail = parts.settings.mail.model_copy(update=limit)
        version = approved(parts, 100)
        began = time.monotonic()
        while Sender(parts, words).drain() is not None:
            assert time.monotonic() - began < 20, "its slots were given out an hour ahead"
        assert states(parts, version) == {DeliveryState.ACCEPTED: 100}


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)], ids=["ahead", "back"])
def test_a_clock_that_jumps_by_an_hour_while_two_senders_are_at_work_mails_nobody_twice(
    tmp_path: Path, jump: timedelta
) -> None:
    ahead = [timedelta()]

    def policy(stage: str, recipient: str) -> str | None:
        if stage == "end" and len(relay.received) > 40:
            ahead[0] = jump
        return None

    with running(Relay(policy=policy)) as relay:
        parts = parts_for(tmp_path, relay, Clock())
        parts = replace(parts, clock=lambda: wall_clock() + ahead[0])
        version = approved(parts, 300)
        first = threading.Thread(target=Sender(parts, words).drain)
        first.start()
        while not ahead[0]:
            time.sleep(0.001)
        ends = time.monotonic() + 30
        while Sender(parts, words).drain() is not None or first.is_alive():  # it joins after the jump
            assert time.monotonic() < ends
        first.join()
        assert states(parts, version) == {DeliveryState.ACCEPTED: 300}
    assert len({one.recipient for one in relay.accepted}) == len(relay.accepted) == 300
