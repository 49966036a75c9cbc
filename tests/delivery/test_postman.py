"""Mails made one at a time go over connections that stay, and each gets its outcome whatever the relay does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.relay import DROP, Relay, running
from tocsin.delivery import postman, transport
from tocsin.delivery.outcomes import Outcome
from tocsin.delivery.postman import CONNECTIONS, Postman
from tocsin.delivery.transport import RelayUnavailable
from tocsin.errors import BadInput
from tocsin.model import DeliveryState

MAIL = b"Subject: x\r\n\r\nhi\r\n"


@pytest.fixture
def relay() -> Iterator[Relay]:
    with running(Relay()) as server:
        yield server


def to(relay: Relay) -> Postman:
    return Postman(transport.Relay("127.0.0.1", relay.port, "none", patience=5.0))


def deliver(sender: Postman, recipient: str = "reader@example.org") -> Outcome:
    return sender.deliver("bounces@news.example", recipient, MAIL)


def test_one_connection_serves_one_mail_after_the_other(relay: Relay) -> None:
    sender = to(relay)
    assert {deliver(sender).state for _ in range(20)} == {DeliveryState.ACCEPTED}
    assert (len(relay.accepted), relay.connections) == (20, 1)


def test_many_threads_share_the_connections_and_each_gets_its_own_outcome(relay: Relay) -> None:
    relay.policy = lambda stage, recipient: "550 5.1.1 nobody" if recipient.startswith("no") else None
    sender = to(relay)
    names = [f"{'no' if n % 3 == 0 else 'yes'}{n}@example.org" for n in range(60)]
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda name: deliver(sender, name), names))
    failed = [name for name, outcome in zip(names, outcomes, strict=True) if outcome.state is DeliveryState.FAILED]
    assert failed == [name for name in names if name.startswith("no")]
    assert sorted(one.recipient for one in relay.accepted) == sorted(set(names) - set(failed))
    assert relay.connections <= CONNECTIONS


def test_a_lost_connection_costs_the_mail_on_it_a_try_and_the_next_mail_nothing(relay: Relay) -> None:
    relay.policy = lambda stage, recipient: DROP if recipient.startswith("drop") and stage == "rcpt" else None
    sender = to(relay)
    assert deliver(sender, "drop@example.org").state is DeliveryState.DEFERRED
    assert deliver(sender).state is DeliveryState.ACCEPTED


def test_after_a_while_without_mail_the_postman_leaves_and_comes_back(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postman, "IDLE_S", 0.05)
    sender = to(relay)
    deliver(sender)
    end = time.monotonic() + 5
    while "QUIT" not in relay.commands and time.monotonic() < end:
        time.sleep(0.01)
    assert relay.commands[-1] == "QUIT"
    assert deliver(sender).state is DeliveryState.ACCEPTED
    assert relay.connections == 2


def test_no_relay_and_no_address_are_told_apart(relay: Relay) -> None:
    with pytest.raises(RelayUnavailable):
        Postman(transport.Relay("127.0.0.1", 1, "none")).deliver("a@b.example", "reader@example.org", MAIL)
    with pytest.raises(BadInput):
        deliver(to(relay), "a b@example.org")


def test_an_address_goes_to_the_domain_that_it_names(relay: Relay) -> None:
    sender = to(relay)
    for name in ("reader@FAß.example", "reader@приклад.укр"):
        deliver(sender, name.lower())
    assert [one.recipient for one in relay.accepted] == [
        "reader@xn--fa-hia.example",  # IDNA 2003 said fass.example, which is somebody else's
        "reader@xn--80aikifvh.xn--j1amh",
    ]
