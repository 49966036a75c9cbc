"""Returned mails in the shapes of Postfix, Exim, Exchange, Gmail, Amazon, qmail and feedback loops; hostile ones."""

from __future__ import annotations

import base64
import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.delivery.addresses import Tags
from tocsin.delivery.bounces import LARGEST, read_notice
from tocsin.delivery.notices import Kind, Notice, failed, is_busy, speaks_of, without_names
from tocsin.errors import BadInput
from tocsin.readers.tokens import Tokens

GOLDEN = Path(__file__).parent.parent / "golden" / "returned"
SECRET = b"s" * 32
TAGS, TOKENS = Tags(SECRET), Tokens(SECRET)
TAG, TOKEN = TAGS.tag(7, 42), TOKENS.mailed(42)
BOUNCES = "bounces@daily.example"


def shape(name: str) -> bytes:
    """Return a golden mail about version 7 to reader 42."""
    text = (GOLDEN / f"{name}.eml").read_text(encoding="utf-8")
    return text.replace("{tag}", TAG).replace("{token}", TOKEN).replace("\n", "\r\n").encode()


def read(raw: bytes, to: str = BOUNCES) -> Notice:
    return read_notice(raw, to, TAGS, TOKENS.read_mailed)


# name: kind, version, subscriber, status, whether the address does not exist
EXPECTED: dict[str, tuple[Kind, int | None, int | None, str, bool]] = {
    "postfix-no-such-user": (Kind.FAILED, 7, 42, "5.1.1", True),
    "postfix-policy": (Kind.FAILED, 7, 42, "5.7.1", False),
    "postfix-mailbox-full": (Kind.FAILED, 7, 42, "5.2.2", False),
    "postfix-gave-up": (Kind.FAILED, 7, 42, "4.4.1", False),
    "postfix-delayed": (Kind.DELAYED, 7, 42, "4.7.1", False),
    "postfix-by-queue-id": (Kind.FAILED, None, None, "5.1.1", True),
    "postfix-forwarded-elsewhere": (Kind.FAILED, 7, 42, "5.1.1", True),
    "exim-no-such-user": (Kind.FAILED, 7, 42, "5.1.1", True),
    "exim-old-style": (Kind.FAILED, 7, 42, "", False),
    "exchange-no-such-user": (Kind.FAILED, 7, 42, "5.1.10", True),
    "exchange-quota": (Kind.FAILED, 7, 42, "5.2.2", False),
    "exchange-restricted": (Kind.FAILED, 7, 42, "5.7.1", False),
    "gmail-no-such-user": (Kind.FAILED, 7, 42, "5.1.1", True),
    "gmail-unauthenticated": (Kind.FAILED, 7, 42, "5.7.26", False),
    "gmail-full": (Kind.DELAYED, 7, 42, "4.2.2", False),
    "amazon-no-such-user": (Kind.FAILED, None, None, "5.1.1", True),
    "headers-only": (Kind.FAILED, 7, 42, "5.1.1", True),
    "delivered": (Kind.AUTOMATIC, 7, 42, "", False),
    "qmail": (Kind.FAILED, 7, 42, "", False),
    "complaint": (Kind.COMPLAINT, 7, 42, "", False),
    "complaint-not-spam": (Kind.AUTOMATIC, 7, 42, "", False),
    "complaint-dmarc-failure": (Kind.AUTOMATIC, 7, 42, "", False),
    "complaint-redacted": (Kind.COMPLAINT, None, 42, "", False),
    "complaint-outlook": (Kind.COMPLAINT, 7, 42, "", False),
    "vacation": (Kind.AUTOMATIC, 7, 42, "", False),
    "out-of-office": (Kind.AUTOMATIC, 7, 42, "", False),
    "list-robot": (Kind.AUTOMATIC, None, None, "", False),
    "human": (Kind.HUMAN, 7, 42, "", False),
    "human-asks": (Kind.HUMAN, None, None, "", False),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_shape_is_understood(name: str) -> None:
    found = read(shape(name))
    assert (found.kind, found.version, found.subscriber, found.status, found.suppress) == EXPECTED[name]


@pytest.mark.parametrize("name", ["unsubscribe", "unsubscribe-by-reply", "unsubscribe-in-text"])
def test_a_reader_leaves_by_mail(name: str) -> None:
    assert read(shape(name), "bounces+unsubscribe@daily.example") == Notice(Kind.UNSUBSCRIBE, subscriber=42)


def test_every_shape_has_its_expectation() -> None:
    assert {file.stem for file in GOLDEN.glob("*.eml")} == EXPECTED.keys() | {
        "unsubscribe",
        "unsubscribe-by-reply",
        "unsubscribe-in-text",
    }


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("postfix-by-queue-id", "4N7xQk1vYTz9sQ"),
        ("exim-no-such-user", "1otSjv-0004rX-1C"),
        ("amazon-no-such-user", "0102018467059f11-5a6b7c8d-0000"),
    ],
)
def test_the_relays_own_name_for_the_message_is_found(name: str, wanted: str) -> None:
    found = read(shape(name))
    assert wanted in found.names
    assert found.recipient == "r@example.org"


def test_a_report_that_hides_in_base64_is_read() -> None:
    quoted = base64.encodebytes(f"Message-ID: <{TAG}@daily.example>\n\nHello.\n".encode()).decode()
    status = base64.encodebytes(
        b"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; r@example.org\nAction: failed\nStatus: 5.1.1\n"
    ).decode()
    raw = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
        f"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n{status}\n--b\n"
        f"Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{quoted}\n--b--\n"
    )
    found = read(raw.encode())
    assert (found.kind, found.version, found.subscriber, found.status) == (Kind.FAILED, 7, 42, "5.1.1")


def test_a_forged_tag_before_the_true_one_does_not_hide_it() -> None:
    forged = TAG[:-1] + ("0" if TAG[-1] != "0" else "1")
    found = read(shape("postfix-no-such-user").replace(b"This is the mail system", f"<{forged}@x> This".encode()))
    assert (found.version, found.subscriber) == (7, 42)


def test_what_is_kept_names_nobody() -> None:
    for name in EXPECTED:
        assert "r@example.org" not in read(shape(name)).text
    assert (
        without_names("550 <a.b+c@x.example>: user 'd@y.example' unknown")
        == "550 <…@x.example>: user '…@y.example' unknown"
    )


@pytest.mark.parametrize(
    ("recipient", "alias", "ours"),
    [
        ("r@example.org", "", True),
        ("R.Alias@EXAMPLE.org", "", True),
        ("", "", True),
        ("old@forward.example", "", False),
        ("old@forward.example", "r@example.org", True),
    ],
)
def test_the_failure_of_an_address_mail_is_forwarded_to_is_not_this_ones(
    recipient: str, alias: str, ours: bool
) -> None:
    assert speaks_of(failed("5.1.1", "no such user", recipient=recipient, alias=alias), "r@example.org") is ours


def test_a_delay_tells_too_much_mail_from_one_full_mailbox() -> None:
    assert is_busy(read(shape("postfix-delayed")))
    assert not is_busy(read(shape("gmail-full")))


# -- hostile ones ------------------------------------------------------------------------------------------------------


def test_a_mail_of_mails_without_end_is_refused_and_not_obeyed() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5000))
    with contextlib.suppress(BadInput):
        assert read(nested).subscriber is None


def test_a_report_on_thousands_of_recipients_costs_little_and_says_little() -> None:
    groups = "".join(f"Final-Recipient: rfc822; r{n}@x\nAction: relayed\nStatus: 2.0.0\n\n" for n in range(20_000))
    raw = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
        f"Content-Type: message/delivery-status\n\n{groups}\n--b--\n"
    )
    assert read(raw.encode()).kind is Kind.AUTOMATIC


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"Subject: =?utf-8?B?////?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno boundary",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        b"From: MAILER-DAEMON\r\nContent-Type: message/rfc822\r\n\r\n",
    ],
)
def test_a_malformed_mail_is_about_nobody(raw: bytes) -> None:
    assert read(raw).subscriber is None


@pytest.mark.parametrize("piece", [b"<r@x> failed\n", b"unsubscribe ", b"----- ", b"id x\nReceived: id "])
def test_twice_as_much_of_anything_takes_twice_as_long(piece: bytes) -> None:
    def seconds(size: int) -> float:
        began = time.process_time()
        read(b"From: mailer-daemon@x\n\n" + piece * (size // len(piece)))
        return time.process_time() - began

    assert seconds(LARGEST // 5) < 3 * seconds(LARGEST // 10) + 0.2


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(EXPECTED)), st.data())
def test_a_damaged_report_is_read_or_refused_and_never_believed_too_much(name: str, data: st.DataObject) -> None:
    raw = bytearray(shape(name))
    for _ in range(data.draw(st.integers(1, 30))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    at = data.draw(st.integers(0, len(raw)))
    found = read(bytes(raw[:at] + raw[at + data.draw(st.integers(0, 200)) :]))
    assert found.version in (None, 7)
    assert found.subscriber in (None, 42)
    assert len(found.status) <= 12
    assert found.text.isprintable()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=200))
def test_a_status_is_one_or_nothing(status: str, text: str) -> None:
    found = failed(status, text)
    assert found.status == "" or found.status[0] in "245"
    assert not found.suppress or found.status.startswith("5.1.")
