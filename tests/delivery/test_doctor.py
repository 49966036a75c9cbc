"""The doctor tells a healthy set-up from each way in which it can be ill, and what to do."""

from __future__ import annotations

from functools import partial

import pytest

from tests.fakes.dns import FAILS, dns_server
from tests.fakes.relay import Relay, running
from tocsin.delivery import transport
from tocsin.delivery.dkim import Signer, read_key
from tocsin.delivery.dkim_keys import new_key
from tocsin.delivery.doctor import Health, examine_address, examine_dns, examine_relay, look_up, resolver_at

KEY = new_key("news.example", "s1", "ed25519")
SIGNER = Signer("news.example", "s1", read_key(KEY.pem))
HEALTHY = {
    ("news.example", "TXT"): ("some=thing", "v=spf1 ip4:192.0.2.1 -all"),
    ("s1._domainkey.news.example", "TXT"): (KEY.record,),
    ("_dmarc.news.example", "TXT"): ("v=DMARC1; p=reject",),
    ("news.example", "MX"): ("10 mx.news.example",),
}


def health(records: dict[tuple[str, str], tuple[str, ...]], sender: str = "alerts@news.example") -> dict[str, Health]:
    found = examine_dns(sender, "b@news.example", (SIGNER,), lambda name, kind: records.get((name, kind), ()))
    return {finding.name: finding.health for finding in found}


def test_a_healthy_domain() -> None:
    assert set(health(HEALTHY).values()) == {Health.GOOD}


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
    assert [name for name, how in found.items() if how is Health.BAD] == [ill]


def test_another_key_an_open_spf_and_a_foreign_sender_are_told() -> None:
    other = {("s1._domainkey.news.example", "TXT"): (new_key("news.example", "s1", "ed25519").record,)}
    assert health(HEALTHY | other)["DKIM"] is Health.BAD
    assert health(HEALTHY | {("news.example", "TXT"): ("v=spf1 +all",)})["SPF"] is Health.BAD
    foreign = HEALTHY | {("_dmarc.other.example", "TXT"): ("v=DMARC1; p=none",)}
    assert health(foreign, "alerts@other.example")["DMARC"] is Health.BAD
    assert (
        health(HEALTHY | {("_dmarc.www.news.example", "TXT"): ("v=DMARC1",)}, "a@www.news.example")["DMARC"]
        is Health.GOOD
    )


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
