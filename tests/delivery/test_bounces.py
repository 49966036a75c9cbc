"""Returned mails are told to their delivery by what is signed, and people from machines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.delivery.addresses import Tags
from tocsin.delivery.bounces import read_notice
from tocsin.delivery.notices import Kind, Notice

TAGS = Tags(b"s" * 32)
TAG = TAGS.tag(7, 42)
TOKEN = "A" * 32


def notice(raw: str, to: str = "bounces@news.example") -> Notice:
    readers = {TOKEN: 42}
    return read_notice(raw.replace("\n", "\r\n").encode(), to, TAGS, readers.get)


def dsn(action: str, status: str, diagnostic: str, message_id: str = "<other@x>") -> str:
    return f"""From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail came back.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; r@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--b
Content-Type: message/rfc822

From: alerts@news.example
Message-ID: {message_id}
Subject: Bridge closed

--b--
"""


ARF = """From: fbl@mailbox.example
Subject: complaint
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A reader complained.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
Version: 1
User-Agent: Loop/1.0

--b
Content-Type: message/rfc822

From: alerts@news.example
Message-ID: <{tag}@news.example>

--b--
"""


@pytest.mark.parametrize(
    ("to", "message_id"),
    [(f"bounces+{TAG}@news.example", "<other@x>"), ("bounces@news.example", f"<{TAG}@news.example>")],
)
def test_a_bounce_is_matched_by_its_address_or_by_the_quoted_id(to: str, message_id: str) -> None:
    found = notice(dsn("failed", "5.1.1", "550 5.1.1 no such user", message_id), to)
    assert (found.kind, found.version, found.subscriber, found.status) == (Kind.FAILED, 7, 42, "5.1.1")
    assert found.suppress


def test_a_forged_tag_is_not_believed() -> None:
    forged = f"bounces+{TAG[:-1]}{'0' if TAG[-1] != '0' else '1'}@news.example"
    found = notice(dsn("failed", "5.1.1", "550 no such user"), forged)
    assert (found.version, found.subscriber) == (None, None)


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind"),
    [
        ("failed", "5.7.1", "550 5.7.1 message refused by policy", Kind.FAILED),
        ("failed", "5.2.2", "552 5.2.2 mailbox full", Kind.FAILED),
        ("failed", "5.1.8", "550 5.1.8 bad sender", Kind.FAILED),
        ("failed", "5.1.1", "550 5.1.1 blocked for spam", Kind.FAILED),
        ("delayed", "4.4.1", "connection timed out", Kind.DELAYED),
        ("delivered", "2.0.0", "ok", Kind.AUTOMATIC),
    ],
)
def test_only_an_address_that_does_not_exist_is_suppressed(
    action: str, status: str, diagnostic: str, kind: Kind
) -> None:
    found = notice(dsn(action, status, diagnostic), f"bounces+{TAG}@news.example")
    assert found.kind is kind
    assert not found.suppress


def test_a_complaint_names_its_reader_and_not_spam_is_none() -> None:
    found = notice(ARF.format(kind="abuse", tag=TAG))
    assert (found.kind, found.version, found.subscriber) == (Kind.COMPLAINT, 7, 42)
    assert notice(ARF.format(kind="not-spam", tag=TAG)).kind is Kind.AUTOMATIC


def test_unsubscribing_by_mail_needs_the_token() -> None:
    raw = "From: r@example.org\nSubject: {}\n\n"
    found = notice(raw.format(f"unsubscribe {TOKEN}"), "bounces+unsubscribe@news.example")
    assert (found.kind, found.subscriber) == (Kind.UNSUBSCRIBE, 42)
    assert notice(raw.format("unsubscribe " + "B" * 32), "bounces+unsubscribe@news.example").kind is Kind.HUMAN


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Auto-Submitted: auto-replied", Kind.AUTOMATIC),
        ("Auto-Submitted: no", Kind.HUMAN),
        ("Precedence: bulk", Kind.AUTOMATIC),
        ("X-Autoreply: yes", Kind.AUTOMATIC),
        ("X-Mailer: a person's", Kind.HUMAN),
    ],
)
def test_people_are_told_from_robots(header: str, kind: Kind) -> None:
    assert notice(f"From: r@example.org\nSubject: Thank you\n{header}\n\nGood work.\n").kind is kind


def test_an_old_kind_of_bounce_fails_the_delivery_without_suppressing() -> None:
    raw = """From: MAILER-DAEMON@qmail.example
Subject: failure notice

Hi. This is the qmail-send program at qmail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<r@example.org>:
Sorry, no mailbox here by that name.
"""
    found = notice(raw, f"bounces+{TAG}@news.example")
    assert (found.kind, found.subscriber, found.suppress) == (Kind.FAILED, 42, False)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600), st.text(max_size=80))
def test_no_mail_breaks_the_reading(raw: bytes, to: str) -> None:
    for head in (b"", b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"):
        found = read_notice(head + raw, to, TAGS, lambda token: None)
        assert (found.version, found.subscriber) == (None, None)
