"""A spike is stopped and told, and what it did to readers can be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.fakes.relay import Relay
from tests.sending.steps import Clock, approved, of, words
from tocsin.delivery.breakers import DOMAIN_SAMPLE
from tocsin.desk.duty import causes
from tocsin.errors import WrongUse
from tocsin.model import DeliveryState
from tocsin.sending.digests import due_readers
from tocsin.sending.incidents import retry, undo, wake_domain
from tocsin.sending.sender import Sender
from tocsin.store.alerts import VersionState
from tocsin.store.audience import held_back
from tocsin.store.audit import entries
from tocsin.store.deliveries import tally
from tocsin.store.suppressions import Suppressed, Which, incidents, suppress, suppressions
from tocsin.wiring import Parts


def send(parts: Parts) -> None:
    Sender(parts, words).drain()


def two_domains(number: int) -> str:
    return f"r{number}@{'big' if number % 2 else 'small'}.example"


def counts(parts: Parts, version: int) -> dict[DeliveryState, int]:
    with parts.store.read() as connection:
        return tally(connection, version)


def suppressed(parts: Parts) -> int:
    with parts.store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(suppressions)).scalar_one())


def test_a_domain_that_says_nobody_exists_rests_and_what_it_did_is_undone(
    parts: Parts, relay: Relay, clock: Clock
) -> None:
    relay.policy = lambda stage, to: "550 5.1.1 who?" if stage == "rcpt" and to.endswith("@big.example") else None
    version = approved(parts, 400, address=two_domains)
    send(parts)
    found = counts(parts, version)
    assert found[DeliveryState.ACCEPTED] == 200
    lost = found[DeliveryState.FAILED]
    assert DOMAIN_SAMPLE <= lost < 200, "the domain was stopped in the middle"
    assert found[DeliveryState.PENDING] == 200 - lost
    assert of(parts, version).paused_at is None, "the others get their mail"
    with parts.store.read() as connection:
        told = dict(causes(connection, clock()))["rest:big.example"]
        assert "most addresses are said not to exist: 550 5.1.1 who?" in told
        (incident,) = incidents(connection, Which(), 9)
        assert (incident.version, incident.domain, incident.count) == (version, "big.example", lost)
    relay.policy = lambda stage, to: None
    with pytest.raises(WrongUse):
        undo(parts, Which(), by="olaf", again=False)
    done = undo(parts, Which(version, "BIG.example"), by="olaf", again=True)
    assert (done.lifted, done.tried_again) == (lost, lost)
    wake_domain(parts, "big.example", by="olaf")
    send(parts)
    assert counts(parts, version) == {DeliveryState.ACCEPTED: 400}
    assert suppressed(parts) == 0
    assert len({one.recipient for one in relay.accepted}) == len(relay.accepted) == 400
    with parts.store.read() as connection:
        assert [(e.act, e.who) for e in entries(connection)][:2] == [("resume", "olaf"), ("undo suppressions", "olaf")]


def test_only_the_incident_is_undone(parts: Parts, relay: Relay, clock: Clock) -> None:
    relay.policy = lambda stage, to: "550 5.1.1 who?" if stage == "rcpt" and to < "r3" else None
    first = approved(parts, 4, address=two_domains)
    send(parts)
    with parts.store.write() as connection:
        suppress(connection, "other", Suppressed.COMPLAINED, clock())
    assert suppressed(parts) == 3
    assert undo(parts, Which(domain="small.example"), by="olaf", again=False).lifted == 1
    assert undo(parts, Which(version=first + 1), by="olaf", again=False).lifted == 0
    assert undo(parts, Which(until=clock()), by="olaf", again=False).lifted == 0
    assert undo(parts, Which(since=clock()), by="olaf", again=False).lifted == 1
    assert suppressed(parts) == 1, "a complaint is no incident"


def test_who_was_refused_for_our_sake_is_tried_again(parts: Parts, relay: Relay, clock: Clock) -> None:
    def policy(stage: str, to: str) -> str | None:
        answers = {"r1@": "550 5.7.1 blocked", "r2@": "552 5.2.2 full", "r3@": "554 5.7.0 not from you"}
        return answers.get(to[:3]) if stage == "rcpt" else None

    relay.policy = policy
    version = approved(parts, 6)
    send(parts)
    assert counts(parts, version) == {DeliveryState.ACCEPTED: 3, DeliveryState.FAILED: 3}
    assert suppressed(parts) == 0
    relay.policy = lambda stage, to: None
    assert retry(parts, version, by="olaf") == 2
    send(parts)
    assert counts(parts, version) == {DeliveryState.ACCEPTED: 5, DeliveryState.FAILED: 1}
    assert of(parts, version).state is VersionState.SENT
    clock.pass_by(timedelta(hours=3))
    with pytest.raises(WrongUse):
        retry(parts, version, by="olaf")


def test_an_alert_that_is_no_news_any_more_falls_to_the_digest(parts: Parts, relay: Relay, clock: Clock) -> None:
    relay.policy = lambda stage, to: "450 4.2.0 later" if stage == "rcpt" and to < "r3" else None
    version = approved(parts, 5)
    send(parts)
    assert counts(parts, version) == {DeliveryState.ACCEPTED: 3, DeliveryState.DEFERRED: 2}
    clock.pass_by(timedelta(hours=2, minutes=1))
    send(parts)
    assert counts(parts, version) == {DeliveryState.ACCEPTED: 3, DeliveryState.EXPIRED: 2}
    with parts.store.read() as connection:
        kept = connection.execute(select(held_back.c.subscriber, held_back.c.version)).all()
    assert sorted(map(tuple, kept)) == [(1, version), (2, version)]
    clock.pass_by(timedelta(days=1))
    assert due_readers(parts) == (1, 2)
