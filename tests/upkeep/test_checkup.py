"""What ``tocsin check`` finds: a time server over UDP, the site over HTTP, mailboxes, ways in for what comes back."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes import relay as smtp
from tests.fakes.dovecot import PASSWORD, deliver, running_dovecot
from tests.fakes.site import Site
from tocsin.delivery.doctor import Health
from tocsin.readers.tokens import Tokens
from tocsin.settings import PLACEHOLDER_ADDRESS, Intake, Mail, Newsroom, Returned, Settings
from tocsin.upkeep.checkup import (
    NOBODY,
    behind_ntp,
    examine_clock,
    examine_disk,
    examine_mailboxes,
    examine_newsroom,
    examine_returned,
    examine_site,
)


@contextmanager
def time_server(answer: bytes) -> Iterator[int]:
    """Answer one question on a free UDP port of loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)

        def serve() -> None:
            _, asker = server.recvfrom(512)
            server.sendto(answer, asker)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def at(seconds: float) -> bytes:
    """Return an NTP answer of a server whose clock shows so many seconds since 1970."""
    stamp = struct.pack("!II", int(seconds) + 2_208_988_800, int(seconds % 1 * 2**32))
    return b"\x24\x02" + 30 * b"\0" + stamp + stamp


def test_a_clock_that_is_behind_is_told_by_how_much() -> None:
    with time_server(at(1_000_007.5)) as port:
        behind = behind_ntp("127.0.0.1", port, now=lambda: 1_000_000.0)
    assert behind == pytest.approx(7.5, abs=0.001)
    assert examine_clock(lambda: behind).health is Health.BAD
    assert examine_clock(lambda: 0.1).health is Health.GOOD


def test_a_time_server_that_says_nothing_useful_is_only_a_warning() -> None:
    def ask() -> float:
        with time_server(b"no") as port:
            return behind_ntp("127.0.0.1", port)

    assert examine_clock(ask).health is Health.WARNING


def test_the_disk_is_told_in_gigabytes(tmp_path: Path) -> None:
    [finding] = examine_disk(tmp_path)
    assert "GB free" in finding.text


def test_what_init_wrote_to_be_replaced_is_told() -> None:
    settings = Settings(
        newsroom=Newsroom(postal_address=PLACEHOLDER_ADDRESS, contact="desk@example.org"),
        mail=Mail(sender="alerts@example.org", return_path="bounces@example.org"),
    )
    told = [finding.text.split(":")[0] for finding in examine_newsroom(settings)]
    assert told == [
        "set newsroom.postal_address",
        "set newsroom.contact",
        "set mail.sender",
        "set mail.return_path",
    ]


def test_leaving_by_one_click_is_tried_on_nobody(site: Site) -> None:
    token = Tokens(site.parts.secret).mailed(NOBODY)
    https, leaving = examine_site(site.base, token)
    assert https.health is Health.BAD
    assert "RFC 8058" in https.text
    assert leaving.health is Health.GOOD
    assert next(iter(examine_site("https://127.0.0.1:1", token))).health is Health.BAD


def test_what_answers_at_the_site_and_is_none_is_told_of() -> None:
    with smtp.running(smtp.Relay()) as relay:
        *_, found = examine_site(f"http://127.0.0.1:{relay.port}", "token")
    assert found.health is Health.BAD
    assert "no answer in HTTP" in found.text


def test_a_site_that_does_not_run_is_told_in_plain_words_with_what_to_do() -> None:
    *_, found = examine_site("http://127.0.0.1:1", "token")
    assert found.text == "http://127.0.0.1:1 does not answer: connection refused; is `tocsin run` running?"


def test_the_mailroom_is_looked_for_where_it_should_listen(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with smtp.running(smtp.Relay()) as relay:
        ways = Returned(lmtp=f"127.0.0.1:{relay.port}", smtp="127.0.0.1:1", maildir=tmp_path)
        assert [one.health for one in examine_returned(Settings(returned=ways))] == [
            Health.GOOD,
            Health.BAD,
            Health.GOOD,
        ]


@pytest.mark.imap
def test_each_mailbox_is_opened(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    deliver(tmp_path / "mail")
    with running_dovecot() as server:
        its = server.account()
        rows = (
            f'name = "A"\nmailbox = "{its.url}"\npassword_file = "password"',
            'name = "B"\nmailbox = "mail"',
            'name = "C"\nmailbox = "nothing"',
        )
        listed = "".join(f'[[source]]\n{row}\nfrom = ["ministry.example"]\n' for row in rows)
        (tmp_path / "sources.toml").write_text(listed)
        intake = Intake(sources=tmp_path / "sources.toml", networks=("127.0.0.0/8",))
        settings = Settings(intake=intake)
        found = list(examine_mailboxes(settings))
        (tmp_path / "password").chmod(0o644)
        open_to_all = next(iter(examine_mailboxes(settings)))
    assert [one.health for one in found] == [Health.GOOD, Health.GOOD, Health.BAD]
    assert "at once" in found[0].text
    assert "is no Maildir" in found[2].text
    assert (open_to_all.health, "chmod 600" in open_to_all.text) == (Health.BAD, True)
