"""The doctor tells a healthy set-up from each way in which it can be ill, and what to do."""

from __future__ import annotations

from functools import partial

import pytest

from tests.fakes.dns import FAILS, dns_server
from tests.fakes.relay import Relay, running
from tocsin.delivery import transport
from tocsin.delivery.dkim import Signer, read_key
from tocsin.delivery.dkim_keys import new_key
from tocsin.delivery.doctor import Finding, Health, examine_address, examine_dns, examine_relay, look_up, resolver_at

KEY = new_key("news.example", "s1", "ed25519")
SIGNER = Signer("news.example", "s1", read_key(KEY.pem))
HEALTHY = {
    ("news.example", "TXT"): ("some=thing", "v=spf1 ip4:192.0.2.1 -all"),
    ("s1._domainkey.news.example", "TXT"): (KEY.record,),
    ("_dmarc.news.example", "TXT"): ("v=DMARC1; p=reject",),
    ("news.example", "MX"): ("10 mx.news.example",),
}


WWW = "alerts@www.news.example"


def health(records: dict[tuple[str, str], tuple[str, ...]], sender: str = "alerts@news.example") -> dict[str, Finding]:
    found = examine_dns(sender, "b@news.example", (SIGNER,), lambda name, kind: records.get((name, kind), ()))
    return {finding.name: finding for finding in found}


def test_a_healthy_domain() -> None:
    assert {one.health for one in health(HEALTHY).values()} == {Health.GOOD}


@pytest.mark.parametrize(
    ("missing", "ill"),
    [
        (("news.example", "TXT"), "SPF"),
        (("s1._domainkey.news.example", "TXT"), "DKIM"),
        (("_dmarc.news.example", "TXT"), "DMARC"),
        (("news.example", "MX"), "MX"),
    ],
)
def test_what_is_missing_is_named(missing: tuple[str, str], ill: str) -> None:
    found = health({key: value for key, value in HEALTHY.items() if key != missing})
    assert [name for name, how in found.items() if how.health is Health.BAD] == [ill]


def test_another_key_an_open_spf_and_a_foreign_sender_are_told() -> None:
    other = {("s1._domainkey.news.example", "TXT"): (new_key("news.example", "s1", "ed25519").record,)}
    assert health(HEALTHY | other)["DKIM"].health is Health.BAD
    assert health(HEALTHY | {("news.example", "TXT"): ("v=spf1 +all",)})["SPF"].health is Health.BAD


@pytest.mark.parametrize(
    ("records", "sender", "bounces", "signs", "expected"),
    [
        ({"news.example": "p=reject"}, "news.example", "news.example", "news.example", Health.GOOD),
        ({"other.example": "p=none"}, "other.example", "news.example", "news.example", Health.BAD),
        # Siblings below one organisation, whose record holds for both.
        ({"news.example": "p=none"}, "alerts.news.example", "bounces.news.example", "mail.news.example", Health.GOOD),
        ({"news.example": "p=none"}, "alerts.news.example", "elsewhere.example", "mail.news.example", Health.GOOD),
        ({"news.example": "p=none; adkim=s"}, "alerts.news.example", "x.example", "mail.news.example", Health.BAD),
        ({"news.example": "p=none; adkim=s"}, "news.example", "x.example", "news.example", Health.GOOD),
        ({"news.example": "p=none; adkim=s"}, "a.news.example", "b.news.example", "m.news.example", Health.WARNING),
        ({"news.example": "p=none; adkim=s; aspf=s"}, "a.news.example", "b.news.example", "m.news.example", Health.BAD),
        ({"news.example": "p=none; sp=odd"}, "a.news.example", "a.news.example", "a.news.example", Health.BAD),
        ({"news.example": "rua=mailto:x@news.example"}, "news.example", "news.example", "news.example", Health.BAD),
        # A public suffix has a record of its own: two publishers below it are no organisation.
        ({"press": "psd=y; p=reject"}, "one.press", "two.press", "two.press", Health.BAD),
        ({"press": "psd=y; p=reject", "one.press": "p=none"}, "a.one.press", "x.example", "b.one.press", Health.GOOD),
        # A part of an organisation that stands for itself.
        ({"big.example": "p=none", "desk.big.example": "psd=n; p=none"}, "desk.big.example", "x.example", "big.example",
         Health.BAD),
        ({}, "news.example", "news.example", "news.example", Health.BAD),
        ({"news.example": "p=none"}, "news.example", "x.example", None, Health.WARNING),
        ({"news.example": "p=none"}, "NEWS.example", "x.example", "News.Example", Health.GOOD),
    ],
)  # fmt: skip
def test_mail_is_aligned_with_the_domain_it_is_from(
    records: dict[str, str], sender: str, bounces: str, signs: str | None, expected: Health
) -> None:
    zone = {(f"_dmarc.{name}", "TXT"): [f'"v=DMARC1; {rest}"'] for name, rest in records.items()}
    signers = (Signer(signs, "s1", read_key(KEY.pem)),) if signs else ()
    with dns_server(zone) as port:
        ask = partial(look_up, resolver=resolver_at("127.0.0.1", port))
        found = {one.name: one for one in examine_dns(f"a@{sender}", f"b@{bounces}", signers, ask)}
    assert found["DMARC"].health is expected, found["DMARC"].text


def test_the_policy_of_a_subdomain_and_two_records_at_once_are_told() -> None:
    sub = health(HEALTHY | {("_dmarc.news.example", "TXT"): ("v=DMARC1; p=none; sp=reject; adkim=s; aspf=s",)}, WWW)
    assert "receivers are asked for reject" in sub["DMARC"].text
    twice = health(HEALTHY | {("_dmarc.news.example", "TXT"): ("v=DMARC1; p=none", "v=DMARC1; p=reject")})
    assert (twice["DMARC"].health, twice["DMARC"].text[:18]) == (Health.BAD, "publish one record")


def test_a_name_of_a_hundred_labels_is_asked_for_a_few_times() -> None:
    asked: list[str] = []

    def ask(name: str, kind: str) -> tuple[str, ...]:
        asked.append(name)
        return ()

    examine_dns(f"a@{'x.' * 100}example", "b@news.example", (SIGNER,), ask)
    assert len(asked) < 20


def test_an_address_needs_a_name_that_leads_back() -> None:
    records = {("1.2.0.192.in-addr.arpa.", "PTR"): ("mx.news.example",), ("mx.news.example", "A"): ("192.0.2.1",)}
    assert examine_address("192.0.2.1", lambda n, k: records.get((n, k), ())).health is Health.GOOD
    assert examine_address("192.0.2.2", lambda n, k: records.get((n, k), ())).health is Health.BAD


def test_a_relay_is_asked_what_it_offers() -> None:
    with running(Relay(extensions=("PIPELINING", "SIZE 1000"))) as relay:
        found = {f.name: f.health for f in examine_relay(transport.Relay("127.0.0.1", relay.port, "none"))}
        assert found["relay"] is Health.GOOD
        assert found["PIPELINING"] is Health.GOOD
        assert found["CHUNKING"] is Health.WARNING
        assert found["SIZE"] is Health.BAD
        assert "MAIL" not in relay.commands
    (gone,) = examine_relay(transport.Relay("127.0.0.1", 1, "none", patience=1))
    assert gone.health is Health.BAD


def test_a_new_rsa_key_s_record_fits_dns() -> None:
    key = new_key("news.example", "s1")
    assert read_key(key.pem).algorithm == b"rsa-sha256"
    assert key.zone_line.startswith("s1._domainkey.news.example. IN TXT (")
    assert all(len(string) <= 255 for string in key.zone_line.split('"')[1::2])
    assert "".join(key.zone_line.split('"')[1::2]) == key.record


def test_a_real_dns_server_is_asked_and_its_failure_is_no_missing_record() -> None:
    strings = " ".join(f'"{KEY.record[at : at + 60]}"' for at in range(0, len(KEY.record), 60))
    zone = {
        ("news.example", "TXT"): ['"some=thing"', '"v=spf1 ip4:192.0.2.1 " "-all"'],
        ("s1._domainkey.news.example", "TXT"): [strings],
        ("_dmarc.news.example", "TXT"): ['"v=DMARC1; p=reject"'],
        ("news.example", "MX"): ["10 mx.news.example."],
        ("1.2.0.192.in-addr.arpa", "PTR"): ["mx.news.example."],
        ("mx.news.example", "A"): ["192.0.2.1"],
        ("broken.example", "TXT"): FAILS,
    }
    with dns_server(zone) as port:
        ask = partial(look_up, resolver=resolver_at("127.0.0.1", port))
        found = examine_dns("alerts@news.example", "b@news.example", (SIGNER,), ask)
        assert [(one.name, one.health) for one in found] == [
            (name, Health.GOOD) for name in ("SPF", "DKIM", "DMARC", "MX")
        ]
        assert found[0].text == "v=spf1 ip4:192.0.2.1 -all"
        assert examine_address("192.0.2.1", ask).health is Health.GOOD
        assert ask("nobody.example", "MX") == ask("news.example", "AAAA") == ()
        with pytest.raises(OSError, match=r"broken\.example"):
            ask("broken.example", "TXT")
