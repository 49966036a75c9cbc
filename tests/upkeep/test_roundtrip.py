"""The round trip of ``tocsin check``: a test that was sent is held against what arrived; what comes back is awaited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import relay as smtp
from tests.fakes.site import parts_on
from tocsin.delivery.dkim_keys import new_key
from tocsin.delivery.doctor import Health
from tocsin.errors import BadInput
from tocsin.mailroom.intake import Fate, take
from tocsin.private_files import write_private
from tocsin.settings import Mail
from tocsin.store.engine import Store
from tocsin.upkeep.roundtrip import await_returns, compare_test, send_probes, send_tests
from tocsin.wiring import Parts


@pytest.fixture
def parts(store: Store, tmp_path: Path) -> Iterator[Parts]:
    """Give an installation that signs, with a relay that takes everything."""
    write_private(tmp_path / "dkim.pem", new_key("daily.example", "tocsin").pem)
    with smtp.running(smtp.Relay()) as relay:
        mail = Mail(
            host="127.0.0.1",
            port=relay.port,
            security="none",
            sender="alerts@daily.example",
            return_path="bounces@daily.example",
            dkim_key_file=tmp_path / "dkim.pem",
        )
        yield parts_on(store, tmp_path, mail=mail)


@pytest.fixture
def arrived(parts: Parts) -> bytes:
    """Give a test mail as the relay got it."""
    with smtp.running(smtp.Relay()) as relay:
        mail = parts.settings.mail.model_copy(update={"port": relay.port})
        there = replace(parts, settings=parts.settings.model_copy(update={"mail": mail}))
        assert [one.accepted for one in send_tests(there, "me@elsewhere.example")] == [True]
        [one] = relay.accepted
    assert one.sender.startswith("bounces+")
    return one.message


def healths(parts: Parts, raw: bytes) -> dict[str, Health]:
    return {finding.name: finding.health for finding in compare_test(parts, raw)}


def test_a_mail_that_arrived_as_it_was_sent_is_whole(parts: Parts, arrived: bytes) -> None:
    results = b"Authentication-Results: mx.elsewhere.example;\r\n dkim=pass header.d=daily.example;\r\n spf=fail\r\n"
    found = healths(parts, results + b"Received: from a\r\n\tby b\r\n" + arrived)
    assert found == {
        "signature": Health.GOOD,
        "receiver: dkim": Health.GOOD,
        "receiver: spf": Health.BAD,
        "links": Health.GOOD,
        "pictures": Health.GOOD,
    }


def test_line_ends_and_trailing_white_space_break_no_relaxed_signature(parts: Parts, arrived: bytes) -> None:
    assert healths(parts, arrived.replace(b"\r\n", b"\n") + b"\n\n")["signature"] is Health.GOOD


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (b"Subject: TEST", b"Subject: [EXTERNAL] TEST", "signature"),
        (b"Nothing happened.", b"Something happened.", "signature"),
        (b'href=3D"http', b'href=3D"https://track.example/?u=3Dhttp', "links"),
        (b"</body>", b'<img src=3D"https://track.example/p.gif"></body>', "pictures"),
    ],
)
def test_what_was_changed_on_the_way_is_named(
    parts: Parts, arrived: bytes, before: bytes, after: bytes, name: str
) -> None:
    assert before in arrived
    assert healths(parts, arrived.replace(before, after))[name] is Health.BAD


def test_another_mail_is_not_held_against_the_test(parts: Parts, arrived: bytes) -> None:
    assert arrived
    with pytest.raises(BadInput, match="not a test that was sent last"):
        compare_test(parts, b"Message-ID: <other@daily.example>\r\n\r\nhello")


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_bounce_and_an_unsubscription_must_come_back(parts: Parts, comes_back: bool) -> None:
    with smtp.running(smtp.Relay()) as relay:
        parts.settings.mail.port = relay.port
        since = send_probes(parts, "127.0.0.1")
        assert {one.recipient.partition("+")[0] for one in relay.accepted} == {"bounces"}
        if comes_back:
            for one in relay.accepted:
                assert take(parts, one.message, one.recipient, "lmtp") is Fate.TAKEN
    found = {one.name: one.health for one in await_returns(parts, since, 0.1)}
    health = Health.GOOD if comes_back else Health.BAD
    assert found == {"bounces": health, "unsubscribing by mail": health}
    later = parts.clock() + timedelta(seconds=1)
    assert {one.health for one in await_returns(parts, later, 0)} == {Health.BAD}, (
        "those of an earlier check do not count"
    )
