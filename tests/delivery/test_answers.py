"""What a relay answers to a million letters is one kind of answer, and the name it gave each of them."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.delivery.answers import kind_of, parted

ALPHABET = string.ascii_letters + string.digits


def drawn(characters: str, length: int) -> st.SearchStrategy[str]:
    """Names with a digit, as nearly all are."""
    return st.text(characters, min_size=length - 1, max_size=length - 1).map(lambda name: f"{name[:4]}7{name[4:]}")


NAMES = st.one_of(
    drawn("0123456789ABCDEF", 10),
    drawn("bcdfghjklmnpqrstvwxyzBCDFGHJKLMNPQRSTVWXYZ0123456789", 15),
    drawn(ALPHABET + "_-", 22),
    drawn("0123456789abcdef", 8),
    st.uuids().map(lambda name: f"{name}.1"),
    st.tuples(drawn(ALPHABET, 6), drawn(ALPHABET, 6), drawn(ALPHABET, 2)).map("-".join),
)
NUMBERS = st.integers(1, 10**6)  # shorter than names: of made-up words the longest is taken for the name
SHAPES = {
    "Postfix, Sendgrid, Mailgun": "2.0.0 Ok: queued as {name}",
    "Postfix behind amavis": "2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {name}",
    "Gmail": "2.0.0 OK  {number} af79cd13be357-{name}si{number}.45 - gsmtp",
    "Exchange": "2.6.0 <{name}@news.example> [InternalId={number}, Hostname=AM0PR01.eurprd01.prod.outlook.com] "
    "{number} bytes in 0.{number}, 98.{number} KB/sec Queued mail for delivery",
    "Amazon SES": "Ok 0100018f2c{name}-11aa22bb-33cc-44dd-55ee-66ff77aa88bb-000000",
    "OpenSMTPD": "2.0.0: {name} Message accepted for delivery",
    "Sendmail, Proofpoint": "2.0.0 {name} Message accepted for delivery",
    "Exim, Mail.ru": "OK id={name}",
    "GMX": "Requested mail action okay, completed: id={name}",
    "Haraka": "Message Queued ({name})",
    "Yandex": "2.0.0 Ok: queued on mail-nwsmtp-smtp-production-main-{number}.sas.yp-c.yandex.net {number}-{name}",
    "Yandex before": "2.0.0 Ok: queued on sas1-{number}.qloud-c.yandex.net as {number}-{name}",
    "Oracle, iCloud": "2.5.0 Ok, envelope id {name}@host{number}.example.net",
    "Brevo": "OK: queued as <{name}@smtp-relay.mailin.fr>",
    "IronPort": "ok:  Message {number} accepted",
    "qmail": "ok {number} qp {number}",
    "one that nobody has met": "well: took {name} after {number} ms at node{number}.relay.example",
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@given(one=NAMES, other=NAMES, number=NUMBERS, another=NUMBERS)
def test_two_letters_get_one_kind_of_answer(shape: str, one: str, other: str, number: int, another: int) -> None:
    kind, name = parted(shape.format(name=one, number=number))
    assert kind == parted(shape.format(name=other, number=another))[0]
    assert "{name}" not in shape or one in name
    assert one not in kind


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("2.0.0 Ok: queued as 4F3X9k2mTnz", "2.0.0 Ok: queued as …", "4F3X9k2mTnz"),
        (
            "2.0.0 OK  1700000000 af79cd13be357-abcsi123.45 - gsmtp",
            "2.0.0 OK  … … - gsmtp",
            "af79cd13be357-abcsi123.45",
        ),
        ("OK id=1rXyZ-0004-AB", "OK id=…", "1rXyZ-0004-AB"),
        ("2.0.0: abcdefab Message accepted for delivery", "2.0.0: … Message accepted for delivery", "abcdefab"),
        ("2.6.0 <0100@email.example> Queued mail for delivery", "2.6.0 <…> Queued mail for delivery", "0100"),
        ("2.0.0 OK kXbJwEQGmAbcDefhijK", "2.0.0 OK …", "kXbJwEQGmAbcDefhijK"),
        ("2.6.0 message accepted", "2.6.0 message accepted", ""),
        ("ok dirdel", "ok dirdel", ""),
        ("Great success", "Great success", ""),
        ("", "", ""),
    ],
)
def test_the_relays_own_name_is_found(text: str, kind: str, name: str) -> None:
    assert parted(text) == (kind, name)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "5.7.1 Service unavailable; client [203.0.113.7] blocked using zen.spamhaus.org",
            "5.7.1 Service unavailable; client [203.0.113.7] blocked using zen.spamhaus.org",
        ),
        (
            "4.7.0 [TSS04] Messages from 203.0.113.7 deferred due to user complaints - 4.16.55.1",
            "4.7.0 [TSS04] Messages from 203.0.113.7 deferred due to user complaints - 4.16.55.1",
        ),
        ("4.2.0 Greylisted for 287 seconds", "4.2.0 Greylisted for … seconds"),
        (
            "4.7.28 https://support.example/mail/?p=UnsolicitedRateLimitError ada2fe7eead31-abcsi12.3 - gsmtp",
            "4.7.28 https://support.example/mail/?p=UnsolicitedRateLimitError … - gsmtp",
        ),
    ],
)
def test_a_refusal_keeps_what_tells_an_operator_why(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@given(st.text(max_size=200))
def test_a_kind_is_its_own_kind(text: str) -> None:
    kind, name = parted(text)
    assert kind_of(kind_of(text)) == kind_of(text)
    assert kind_of(kind) == kind
    assert len(name) <= 100
    assert "@" not in name


@pytest.mark.parametrize("text", ["a" * 60_000 + "B", "aB" * 30_000, "<a" * 30_000, "queued on " * 6000, "1" * 60_000])
def test_an_endless_answer_takes_no_time(text: str) -> None:
    begun = time.process_time()
    parted(text)
    kind_of(text)
    assert time.process_time() - begun < 1
