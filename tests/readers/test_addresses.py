"""E-mail addresses: what is one, what is the same one, and what was probably meant."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.readers.addresses import BadAddress, NeedsSmtputf8, address_key, client_key, parse_address
from tocsin.readers.suggest import WELL_KNOWN, suggested_domain

SECRET = b"s" * 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reader@Example.COM", "reader@example.com"),
        (" reader@example.com ", "reader@example.com"),
        ("reader@приклад.укр", "reader@xn--80aikifvh.xn--j1amh"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert address_key(SECRET, parse_address(one)) == address_key(SECRET, parse_address(other))


@pytest.mark.parametrize(
    ("one", "other"), [("reader+news@example.com", "reader@example.com"), ("a.b@x.example", "ab@x.example")]
)
def test_different_mailboxes_have_different_keys(one: str, other: str) -> None:
    assert address_key(SECRET, parse_address(one)) != address_key(SECRET, parse_address(other))
    assert parse_address(one).written == one


def test_a_key_says_nothing_without_the_secret() -> None:
    address = parse_address("reader@example.com")
    assert address_key(SECRET, address) != address_key(b"t" * 32, address)


def test_local_parts_beyond_ascii_need_a_relay_that_can() -> None:
    with pytest.raises(NeedsSmtputf8):
        parse_address("пошта@example.com")
    assert parse_address("пошта@example.com", smtputf8=True).written == "пошта@example.com"


def test_a_long_local_part_is_refused_though_it_looks_well() -> None:
    assert parse_address("x" * 64 + "@example.com")
    with pytest.raises(BadAddress):
        parse_address("x" * 65 + "@example.com")


@given(st.text(max_size=400))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_address(text, smtputf8=True)
    except BadAddress:
        return
    assert parse_address(address.written, smtputf8=True) == address
    assert not set("\r\n\0<>, ") & set(address.written)


def test_one_ipv6_customer_counts_as_one_client() -> None:
    assert client_key(SECRET, "2001:db8:0:1::1") == client_key(SECRET, "2001:db8:0:1:ffff::2")
    assert client_key(SECRET, "2001:db8:0:1::1") != client_key(SECRET, "2001:db8:0:2::1")
    assert client_key(SECRET, "::ffff:192.0.2.1") == client_key(SECRET, "192.0.2.1")
    assert client_key(SECRET, "192.0.2.1") != client_key(SECRET, "192.0.2.2")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("yahoo.con", "yahoo.com"),
        ("iclud.com", "icloud.com"),
        ("gmail.com", None),
        ("mail.com", None),
        ("email.com", None),
        ("example.com", None),
        ("gmx.at", None),
        ("ukr.net", None),
    ],
)
def test_slips_in_well_known_domains(typed: str, meant: str | None) -> None:
    assert suggested_domain(typed) == meant


@given(st.sampled_from(WELL_KNOWN))
def test_no_well_known_domain_is_doubted(domain: str) -> None:
    assert suggested_domain(domain) is None


# Diagnoses of isemail that are fine for an address a newsletter goes to; the others are quoted or commented local
# parts, literals, folded lines and what is no address at all.
_FINE = {"ISEMAIL_VALID", "ISEMAIL_DNSWARN_NO_RECORD", "ISEMAIL_DNSWARN_NO_MX_RECORD"}
FLOOR = 0.98


@pytest.mark.data
def test_agreement_with_isemail(data: Path) -> None:
    """Pin the share of isemail's addresses, single labels apart, that we judge as it does."""
    cases = [
        (case.findtext("address") or "", case.findtext("diagnosis") or "")
        for case in ET.parse(data / "email" / "isemail-tests.xml").getroot().iter("test")
    ]
    asked = [(address, diagnosis in _FINE) for address, diagnosis in cases if "." in address.rpartition("@")[2]]
    agreed = sum(_accepted(address) == fine for address, fine in asked)
    print(f"isemail: {agreed} of {len(asked)}", [a for a, fine in asked if _accepted(a) != fine])
    assert len(asked) > 60
    assert agreed / len(asked) >= FLOOR


def _accepted(address: str) -> bool:
    try:
        parse_address(address)
    except BadAddress:
        return False
    return True
