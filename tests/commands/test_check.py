"""``tocsin check`` and ``tocsin dkim`` as they are called; what is examined is tested in ``tests/upkeep``."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tests.fakes import relay as smtp
from tests.fakes.dns import dns_server
from tocsin.delivery.dkim import read_key
from tocsin.delivery.dkim_keys import dns_record


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


def test_the_dns_server_that_is_named_is_asked(tocsin: Call) -> None:
    zone = {("localhost", "TXT"): ['"v=spf1 -all"'], ("_dmarc.localhost", "TXT"): ['"v=DMARC1; p=none"']}
    with dns_server(zone) as port:
        said = tocsin("check", "--ntp", "127.0.0.1", "--dns", f"127.0.0.1:{port}", "--json")
    found = {line["name"]: line["health"] for line in map(json.loads, said.out.splitlines())}
    assert (found["SPF"], found["DMARC"], found["MX"]) == ("ok", "ok", "fail")
    assert found["returned mail"] == "warn"


def test_feeds_are_asked_unless_it_is_told_not_to(tocsin: Call, tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("[[source]]\nname = 'Gone'\nurl = 'http://127.0.0.1:1/'\n")
    assert "0 of 1 feeds" in tocsin("check").out
    assert "0 of 1 feeds" not in tocsin("check", "--no-feeds").out


def test_a_test_mail_needs_an_address_and_a_relay(tocsin: Call) -> None:
    assert tocsin("check", "--send", "nobody").status == 2
    assert tocsin("check", "--arrived", "missing.eml").status == 1


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


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_new_key_is_kept_closed_and_its_record_printed(tocsin: Call, tmp_path: Path, kind: str) -> None:
    said = tocsin("dkim", "new", "--domain", "daily.example", "--selector", "a", "--kind", kind)
    assert said.status == 0, said
    file = tmp_path / "dkim-a.pem"
    assert file.stat().st_mode & 0o077 == 0
    record = dns_record(read_key(file.read_bytes()))
    assert record in said.out.replace('" "', "")
    assert "a._domainkey.daily.example." in said.out
    assert "is there already" in tocsin("dkim", "new", "--domain", "daily.example", "--selector", "a").err


def test_no_key_is_made_for_a_sender_who_is_nobody(tocsin: Call, tmp_path: Path) -> None:
    said = tocsin("dkim", "new")
    assert said.status == 2
    assert "first set sender under [mail]" in said.err
    assert list(tmp_path.glob("*.pem")) == []
