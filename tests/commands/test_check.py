"""``tocsin check`` and ``tocsin dkim``: a time server over UDP, a relay over SMTP, a site over HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.commands.conftest import Call
from tests.fakes import relay as smtp
from tests.fakes.dns import dns_server
from tests.fakes.dovecot import PASSWORD, deliver, running_dovecot
from tests.fakes.publisher import Publisher, answering
from tests.fakes.site import Site, parts_on
from tocsin.delivery.dkim import read_key
from tocsin.delivery.dkim_keys import dns_record, new_key
from tocsin.delivery.doctor import Finding, Health
from tocsin.errors import BadInput
from tocsin.mailroom.intake import Fate, take
from tocsin.readers.tokens import Tokens
from tocsin.settings import (
    PLACEHOLDER_ADDRESS,
    Intake,
    Mail,
    Newsroom,
    PoolRelay,
    Readers,
    Returned,
    Settings,
    write_secret,
)
from tocsin.store.engine import Store
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
from tocsin.upkeep.files import examine_files, examine_folder, named_paths
from tocsin.upkeep.roundtrip import await_returns, compare_test, send_probes, send_tests
from tocsin.upkeep.sources import examine_feeds
from tocsin.wiring import Parts


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


def about(settings: Settings) -> dict[str, Finding]:
    """Return what is found of each file that settings name, by the setting's name."""
    return {finding.text.partition(" is closed")[0].partition(":")[0]: finding for finding in examine_files(settings)}


def test_secrets_that_others_can_read_are_named(store: Store, tmp_path: Path) -> None:
    key, missing = tmp_path / "dkim.pem", tmp_path / "none.pem"
    write_secret(key, new_key("daily.example", "a").pem)
    write_secret(tmp_path / "secret", bytes(32))
    mail = Mail(dkim_key_file=key, dkim_ed25519_key_file=missing)
    settings = parts_on(store, tmp_path, mail=mail).settings
    found = about(settings)
    assert found["mail.dkim_key_file"].health is found["secret"].health is Health.GOOD
    assert f"there is no {missing}; make a key with" in found["mail.dkim_ed25519_key_file"].text
    key.chmod(0o644)
    assert f"chmod 600 {key}" in about(settings)["mail.dkim_key_file"].text


def every_path(folder: Path) -> Settings:
    """Return settings in which each path is set, none of which is there."""
    return Settings(
        folder=folder / "var",
        rules=folder / "rules.toml",
        mail=Mail(password_file=folder / "a", dkim_key_file=folder / "b", dkim_ed25519_key_file=folder / "c"),
        relay=(PoolRelay(host="one"), PoolRelay(host="two", password_file=folder / "d")),
        returned=Returned(maildir=folder / "mail", postmark_login_file=folder / "e", mailgun_key_file=folder / "f"),
        readers=Readers(topics_file=folder / "topics.toml", offers_secret_file=folder / "g"),
        intake=Intake(sources=folder / "sources.toml", push_secret_file=folder / "h"),
    )


def paths_of(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Return the name of each setting that is a path, whatever is set."""
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if kind is Path:
                yield above + name
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from paths_of(kind, f"{above}{name}.")


def test_each_path_in_the_settings_is_examined(tmp_path: Path) -> None:
    settings = every_path(tmp_path)
    named = {name.replace("relay.1", "relay") for name, _ in named_paths(settings)}
    assert named == set(paths_of(Settings)), "a new setting belongs into every_path"
    found = [*examine_files(settings), *examine_returned(settings)]
    for name, path in named_paths(settings):
        if name != "folder":
            [one] = [finding for finding in found if finding.text.startswith(f"{name}:")]
            assert one.health is Health.BAD
            assert str(path) in one.text
            assert ";" in one.text, "what to do is said"


@pytest.mark.parametrize(
    ("setting", "content", "told"),
    [
        ("rules", b"alart = 50", "unknown rules: alart"),
        ("rules", b"\xff\xfe", "rules.toml"),
        ("intake.sources", b"[[source]]\nname = 'x'", "source 'x' needs one of url, path, mailbox"),
        ("intake.sources", b"[[source", "sources.toml"),
        ("readers.topics_file", b"[[topic]]", "topics.toml"),
        ("mail.dkim_key_file", b"no key", "DKIM key"),
        ("mail.password_file", b"\n", "is empty"),
        ("mail.password_file", b"\xff\xfe", "is not text"),
        ("returned.postmark_login_file", b"word", "user:password"),
        ("intake.push_secret_file", b"hunter2!", "whsec_"),
        ("readers.offers_secret_file", b"whsec_", "no secret"),
    ],
)
def test_a_file_that_does_not_hold_what_it_should_is_told(
    tmp_path: Path, setting: str, content: bytes, told: str
) -> None:
    settings = every_path(tmp_path)
    write_secret(dict(named_paths(settings))[setting], content)
    found = about(settings)[setting]
    assert found.health is Health.BAD
    assert told in found.text


def test_a_folder_in_a_file_s_place_and_a_file_in_a_folder_s(tmp_path: Path) -> None:
    settings = every_path(tmp_path)
    (tmp_path / "rules.toml").mkdir()
    (tmp_path / "var").touch()
    assert "is a folder, and a file is needed" in about(settings)["rules"].text
    assert "is no folder" in examine_folder(settings.folder).text
    assert examine_folder(tmp_path / "new" / "var").health is Health.GOOD


def test_what_sources_name_is_looked_for_too(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        "[[source]]\nname = 'A'\npush = true\nsecret_file = 'a.secret'\n[[source]]\nname = 'B'\npath = 'records'\n"
    )
    told = [finding.text for finding in examine_files(every_path(tmp_path)) if finding.text.startswith("source ")]
    assert told == [
        f"source 'A', secret_file: there is no {tmp_path}/a.secret; correct the path, or put the file there",
        f"source 'B': {tmp_path}/records is not there; correct its path",
    ]


def test_a_topic_that_nobody_knows_is_named(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, readers=Readers(topics=("medtop:16000000", "wether")))
    [found] = [finding for finding in examine_files(settings) if finding.name == "topics"]
    assert "nobody knows wether" in found.text


def test_the_disk_is_told_in_gigabytes(tmp_path: Path) -> None:
    [finding] = examine_disk(tmp_path)
    assert "GB free" in finding.text


def test_leaving_by_one_click_is_tried_on_nobody(site: Site) -> None:
    token = Tokens(site.parts.secret).mailed(NOBODY)
    https, leaving = examine_site(site.base, token)
    assert https.health is Health.BAD
    assert "RFC 8058" in https.text
    assert leaving.health is Health.GOOD
    assert next(iter(examine_site("https://127.0.0.1:1", token))).health is Health.BAD


# -- the round trip ----------------------------------------------------------------------------------------------------


@pytest.fixture
def parts(store: Store, tmp_path: Path) -> Iterator[Parts]:
    """Give an installation that signs, with a relay that takes everything."""
    write_secret(tmp_path / "dkim.pem", new_key("daily.example", "tocsin").pem)
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


# -- as commands -------------------------------------------------------------------------------------------------------


def test_a_fresh_installation_is_told_what_is_in_the_way(tocsin: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.commands.work.checking.look_up", lambda name, kind: ())
    said = tocsin("check", "--ntp", "127.0.0.1", "--json")
    assert said.status == 1
    found = {line["name"]: line["health"] for line in map(json.loads, said.out.splitlines())}
    assert found["SPF"] == found["DMARC"] == found["relay"] == found["address"] == "fail"


def test_wrong_settings_are_findings_and_each_is_told(tocsin: Call, tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(
        "[web]\nport = 'x'\n[returned]\nlmtp = '2424'\n[mail]\nsendr = 'a@b.example'\n"
    )
    said = tocsin("check", "--json")
    assert (said.status, said.err) == (1, "")
    told = [json.loads(line)["text"] for line in said.out.splitlines()]
    assert told == [
        "web.port: 'x' is no whole number",
        "mail.sendr: there is no such setting; is sender meant?",
        "returned.lmtp: '2424' is not HOST:PORT, such as 127.0.0.1:2424",
        "nothing else was examined: put these right first",
    ]


def test_a_check_goes_on_behind_what_is_broken(tocsin: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.commands.work.checking.look_up", lambda name, kind: ())
    (tmp_path / "file").touch()
    (tmp_path / "sources.toml").write_text("[[source")
    lines = "folder = 'file/var'", "[mail]", "password_file = 'absent'", "[web]", "base_url = 'http://127.0.0.1:1'"
    (tmp_path / "tocsin.toml").write_text("\n".join(lines))
    said = tocsin("check", "--ntp", "127.0.0.1", "--json")
    assert (said.status, said.err) == (1, "")
    found = [json.loads(line) for line in said.out.splitlines()]
    assert {"folder", "database", "files", "secrets", "relay", "site"} <= {
        one["name"] for one in found if one["health"] == "fail"
    }


def test_what_init_wrote_to_be_replaced_is_told(tmp_path: Path) -> None:
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
    write_secret(tmp_path / "key", b"no key")
    (tmp_path / "key").chmod(0o644)
    both = about(Settings(folder=tmp_path, mail=Mail(dkim_key_file=tmp_path / "key")))["mail.dkim_key_file"].text
    assert "chmod 600" in both
    assert "DKIM key" in both


def test_the_dns_server_that_is_named_is_asked(tocsin: Call) -> None:
    zone = {("localhost", "TXT"): ['"v=spf1 -all"'], ("_dmarc.localhost", "TXT"): ['"v=DMARC1; p=none"']}
    with dns_server(zone) as port:
        said = tocsin("check", "--ntp", "127.0.0.1", "--dns", f"127.0.0.1:{port}", "--json")
    found = {line["name"]: line["health"] for line in map(json.loads, said.out.splitlines())}
    assert (found["SPF"], found["DMARC"], found["MX"]) == ("ok", "ok", "fail")
    assert found["returned mail"] == "warn"


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


def test_the_mailroom_is_looked_for_where_it_should_listen(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with smtp.running(smtp.Relay()) as relay:
        ways = Returned(lmtp=f"127.0.0.1:{relay.port}", smtp="127.0.0.1:1", maildir=tmp_path)
        settings = parts.settings.model_copy(update={"returned": ways})
        assert [one.health for one in examine_returned(settings)] == [Health.GOOD, Health.BAD, Health.GOOD]


@pytest.mark.imap
def test_each_mailbox_is_opened(parts: Parts, tmp_path: Path) -> None:
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
        changed = replace(parts, settings=parts.settings.model_copy(update={"intake": intake}))
        found = list(examine_mailboxes(changed.settings))
        (tmp_path / "password").chmod(0o644)
        open_to_all = next(iter(examine_mailboxes(changed.settings)))
    assert [one.health for one in found] == [Health.GOOD, Health.GOOD, Health.BAD]
    assert "at once" in found[0].text
    assert "is no Maildir" in found[2].text
    assert (open_to_all.health, "chmod 600" in open_to_all.text) == (Health.BAD, True)


def test_each_feed_is_asked_once_and_who_does_not_answer_is_told(parts: Parts, tmp_path: Path, tocsin: Call) -> None:
    async def run(listed: dict[str, str]) -> list[Finding]:
        async with Publisher() as publisher:
            publisher.gives("/rss", b"<rss version='2.0'><channel><item><title>A</title></item></channel></rss>")
            publisher.behaviours["/busy"] = answering(b"", "503 Service Unavailable")
            rows = [f'[[source]]\nname = "{name}"\nurl = "{publisher.url(path)}"\n' for name, path in listed.items()]
            (tmp_path / "sources.toml").write_text("".join(rows))
            intake = Intake(sources=tmp_path / "sources.toml", networks=("127.0.0.0/8",))
            settings = parts.settings.model_copy(update={"intake": intake})
            found = await asyncio.to_thread(lambda: list(examine_feeds(settings)))
            assert len(publisher.requests) == len(listed)
            return found

    found = asyncio.run(run({"Well": "/rss", "Busy": "/busy", "Gone": "/gone"}))
    busy, gone, all_told = (one.text for one in found)
    assert "Busy" in busy
    assert "asked again by itself" in busy
    assert "Gone" in gone
    assert "correct its url" in gone
    assert all_told == "1 of 3 feeds and channels answer"
    assert [one.health for one in found] == [Health.WARNING, Health.WARNING, Health.GOOD]
    assert asyncio.run(run({"Gone": "/gone"}))[-1].health is Health.BAD
    assert asyncio.run(run({})) == []
    (tmp_path / "sources.toml").write_text("[[source]]\nname = 'Gone'\nurl = 'http://127.0.0.1:1/'\n")
    assert "0 of 1 feeds" in tocsin("check").out
    assert "0 of 1 feeds" not in tocsin("check", "--no-feeds").out


def test_a_test_mail_needs_an_address_and_a_relay(tocsin: Call) -> None:
    assert tocsin("check", "--send", "nobody").status == 2
    assert tocsin("check", "--arrived", "missing.eml").status == 1


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_new_key_is_kept_closed_and_its_record_printed(tocsin: Call, tmp_path: Path, kind: str) -> None:
    said = tocsin("dkim", "new", "--domain", "daily.example", "--selector", "a", "--kind", kind)
    assert said.status == 0, said
    file = tmp_path / "dkim-a.pem"
    assert file.stat().st_mode & 0o077 == 0
    record = dns_record(read_key(file.read_bytes()))
    assert record in said.out.replace('" "', "")
    assert "a._domainkey.daily.example." in said.out
    assert tocsin("dkim", "new", "--selector", "a").status == 2


def test_each_relay_of_a_pool_is_proved_by_a_test_of_its_own(tocsin: Call, tmp_path: Path) -> None:
    refusing = smtp.Relay(policy=lambda stage, recipient: "554 5.7.1 not from you" if stage == "rcpt" else None)
    with smtp.running(smtp.Relay()) as one, smtp.running(smtp.Relay()) as two, smtp.running(refusing) as three:
        ports = {"own": one.port, "other": two.port, "strict": three.port, "gone": 1}
        pool = "".join(
            f'[[relay]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            for name, port in ports.items()
        )
        with (tmp_path / "tocsin.toml").open("a") as settings:
            settings.write(pool)
        said = tocsin("check", "--send", "me@elsewhere.example", "--wait", "0", "--json")
        (first, *probes), (second,) = one.accepted, two.accepted
    found = [line for line in map(json.loads, said.out.splitlines()) if line["name"] == "test"]
    told = [(line["text"].partition(" ")[0], line["health"]) for line in found]
    assert told == [("own", "ok"), ("other", "ok"), ("strict", "fail"), ("gone", "fail")]
    assert "not from you" in found[2]["text"]
    assert said.status == 1
    assert len(probes) == 2, "what must come back leaves by the first relay that works"
    ids = {message_from_bytes(mail.message)["Message-ID"] for mail in (first, second)}
    assert len(ids) == 2, "mailboxes show a mail once"
    (tmp_path / "arrived.eml").write_bytes(second.message)
    assert "as they were sent" in tocsin("check", "--arrived", "arrived.eml").out
