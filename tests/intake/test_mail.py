"""Mails: who sent them and what proves it, what they say, and the clear outcome of each that is no item."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from contextlib import suppress
from email.message import EmailMessage

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.mails import DOMAIN, NOON, TEXT, letter, record, records, release, signed
from tocsin.errors import Refused, Temporary
from tocsin.intake.extract import article_from_item
from tocsin.intake.mail import read_head, take_apart
from tocsin.intake.mail_proof import KeyUnknown, Unproven
from tocsin.intake.mailbox import BadMailbox, Place, place_of, sender_of, source_of
from tocsin.model import Item, Source

MINISTRY = Source("Ministry", "Ministry", "Ministry", senders=(DOMAIN,))
POLICE = Source("Police", "Police", "Police", senders=("police@ministry.example",))


def changed(mail: bytes, *swaps: tuple[bytes, bytes]) -> bytes:
    for before, after in swaps:
        assert before in mail
        mail = mail.replace(before, after, 1)
    return mail


def taken(raw: bytes, *sources: Source) -> Item:
    return take_apart(raw, sources or (MINISTRY,), records)


def text_of(raw: bytes) -> str:
    return article_from_item(taken(raw)).text


def why(raw: bytes, *sources: Source) -> str:
    with pytest.raises(Refused) as refused:
        taken(raw, *sources)
    return str(refused.value)


# -- what it says ------------------------------------------------------------------------------------------------------


def test_a_release_is_an_item_with_its_subject_date_and_words() -> None:
    item = taken(release())
    assert (item.source, item.title, item.published, item.url) == (
        "Ministry", "Ferry capsizes in storm", "2026-11-23T12:00:00Z", None,
    )  # fmt: skip
    assert article_from_item(item).text == TEXT.replace("\r\n\r\n", "\n\n")


def test_the_same_mail_twice_is_one_item_and_another_with_its_id_is_another() -> None:
    first = release()
    assert taken(first).key == taken(b"X-Copy: 2\r\n" + first).key
    assert taken(first).key != taken(release("Ferry: five rescued")).key


def test_subjects_and_texts_in_any_charset_are_read() -> None:
    assert taken(release("Пором перекинувся під час шторму")).title == "Пором перекинувся під час шторму"
    message = EmailMessage()
    message.set_content("Паром перевернулся во время шторма, сообщило министерство.", charset="koi8-r")
    raw = letter("Паром", None).rstrip() + b"\r\n"
    body = message.as_bytes().replace(b"\n", b"\r\n")
    assert text_of(signed(raw + body)) == "Паром перевернулся во время шторма, сообщило министерство."


def test_lines_that_a_mail_program_broke_are_joined_and_lists_stay() -> None:
    text = (
        "At least 14 people were killed when a passenger ferry capsized in a\r\n"
        "storm on Monday, the ministry said.\r\n\r\nWhat is known:\r\n- the ferry sent a call at 6.40am\r\n- 14 died"
    )
    assert text_of(release(text=text)).split("\n\n") == [
        "At least 14 people were killed when a passenger ferry capsized in a storm on Monday, the ministry said.",
        "What is known:",
        "- the ferry sent a call at 6.40am",
        "- 14 died",
    ]


@pytest.mark.parametrize(
    "end",
    [
        "-- \r\nPress office\r\n+1 555 0100",
        "-ENDS-\r\n\r\nNotes to editors: the ministry was founded in 1919.",
        "###\r\nContact: press@ministry.example",
        "You are receiving this because you asked for releases. Unsubscribe: https://ministry.example/u/1",
        "View this email in your browser",
        "> On Sunday you wrote:",
    ],
)
def test_signature_notes_and_footer_are_no_part_of_the_text(end: str) -> None:
    assert text_of(release(text=f"{TEXT}\r\n\r\n{end}")) == TEXT.replace("\r\n\r\n", "\n\n")


def test_html_is_read_as_a_browser_shows_it() -> None:
    rich = (
        "<html><head><title>Release</title><style>p{color:red}</style></head><body><div style='display:none'>Preheader"
        "</div><p>At least 14 people were <b>killed</b>.</p><script>alert(1)</script><img src='https://t.example/p.gif'>"
        "<table><tr><td>The search goes on, the ministry said.</td></tr></table><p>Unsubscribe here</p></body></html>"
    )
    for mail in (letter(text=None, rich=rich), letter(text="See the HTML.", rich=rich)):
        assert text_of(signed(mail)) == "At least 14 people were killed.\n\nThe search goes on, the ministry said."


def test_markup_in_a_plain_text_stays_text() -> None:
    assert text_of(release(text="The <b>ministry</b> said <script>x</script> & so on.")) == (
        "The <b>ministry</b> said <script>x</script> & so on."
    )


def test_an_attached_mail_and_an_attachment_are_not_read() -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = "press@ministry.example", "Data", NOON.isoformat()
    message.set_content("The figures of the ministry are attached.")
    message.add_attachment("secret,figures", filename="figures.csv", subtype="csv")
    inner = EmailMessage()
    inner.set_content("Somebody else wrote this.")
    message.add_attachment(inner)
    raw = message.as_bytes().replace(b"\n", b"\r\n")
    assert text_of(signed(raw)) == "The figures of the ministry are attached."


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (letter(text=""), "no text"),
        (letter(text=None, rich="<img src='https://ministry.example/release.png'>"), "no text"),
        (letter(Auto_Submitted="auto-replied"), "automatic answer"),
        (letter(X_Autoreply="yes"), "automatic answer"),
        (letter(Return_Path="<>"), "report on another mail"),
        (letter(sender="a@ministry.example, b@ministry.example"), "no source names this sender"),
        (letter(sender="nobody"), "no source names this sender"),
        (letter(text="x " + "\r\n--b" * 6000), "too many parts"),
    ],
    ids=["empty", "a picture", "out of office", "autoreply", "bounce", "two senders", "no address", "parts"],
)
def test_each_mail_that_is_no_item_has_its_reason(mail: bytes, reason: str) -> None:
    assert reason in why(signed(mail))


def test_a_large_mail_is_refused_by_its_head() -> None:
    with pytest.raises(Refused, match="larger than 10 MB"):
        take_apart(release()[:2000], (MINISTRY,), records, whole=False)


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_the_closest_name_decides_which_source_a_mail_is_of() -> None:
    both = (MINISTRY, POLICE)
    assert source_of("police@ministry.example", both) == (POLICE, DOMAIN)
    assert source_of("press@ministry.example", both) == (MINISTRY, DOMAIN)
    assert source_of("press@news.ministry.example", both) == (MINISTRY, DOMAIN)
    assert source_of("press@fakeministry.example", both) is None
    assert source_of("", both) is None


@pytest.mark.parametrize("sender", ["Press <PRESS@Ministry.Example>", '"a, b" <press@ministry.example>'])
def test_senders_are_compared_without_case_and_name(sender: str) -> None:
    assert read_head(letter(sender=sender)).sender == "press@ministry.example"


def test_names_in_settings_are_checked_and_written_one_way() -> None:
    assert sender_of("Press@Bücher.example") == "press@xn--bcher-kva.example"
    assert sender_of("GOV.example") == "gov.example"
    for wrong in ("gov", "@gov.example", "press@", "a b@c d", ""):
        with pytest.raises(BadMailbox, match="neither an address nor a domain"):
            sender_of(wrong)


def test_a_mailbox_is_written_as_an_address() -> None:
    assert place_of("imaps://press@mail.example") == Place("mail.example", 993, "press", "INBOX", tls=True)
    assert place_of("imaps://press%40aid.example@mail.example:1993/Press%20in") == (
        Place("mail.example", 1993, "press@aid.example", "Press in", tls=True)
    )
    assert not place_of("imap://press@127.0.0.1").tls
    for wrong, told in (
        ("imap://press@mail.example", "write imaps://"),
        ("imaps://press:secret@mail.example", "password_file"),
        ("imaps://mail.example", "USER@HOST"),
        ("pop://press@mail.example", "USER@HOST"),
        ("imaps://press@mail.example/a%0d%0ab", "ASCII"),
    ):
        with pytest.raises(BadMailbox, match=told) as error:
            place_of(wrong)
        assert "secret" not in str(error.value)


# -- what proves it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (letter(), "not signed by ministry.example"),
        (signed(letter(), "evil.example"), "signed by evil.example, not by ministry.example"),
        (signed(letter(), "example"), "signed by example, not by"),
        (changed(release(), (b"killed", b"saved")), "does not hold"),
        (changed(release(), (b"Subject: Ferry", b"Subject: Fairy")), "does not hold"),
        (changed(release(), (b"12:00:00", b"18:00:00")), "does not hold"),
        (b"Subject: Minister resigns\r\n" + release(), "2 subject lines"),
        (b"From: other@ministry.example\r\n" + release(), "2 from lines"),
        (changed(release(), (b"Subject:", b"X-A: 1\rSubject: Minister resigns\r\nSubject:")), "stray"),
        (signed(letter(), covered=(b"from", b"date")), "does not cover subject"),
        (signed(letter(), covered=(b"from", b"subject")), "does not cover date"),
        (changed(release(), (b"; s=s1;", b"; s=other;")), "does not hold"),
        (changed(release(), (b"a=rsa-sha256", b"a=rsa-sha1")), "neither rsa-sha256 nor"),
        (changed(release(), (b"v=1;", b"v=1; l=10;")), "a part of the text"),
        (release() + b"\r\nMinister resigns", "does not hold"),
        (changed(release(), (b"DKIM-Signature:", b"DKIM-Signature: v=1; nonsense\r\nDKIM-Signature:", )), ""),
    ],
    ids=["unsigned", "another domain", "the domain above", "text", "subject", "date", "second subject", "second from",
         "stray line end", "subject not covered", "date not covered", "no key", "sha1", "length", "appended",
         "nonsense before"],
)  # fmt: skip
def test_what_is_not_proved_is_kept_out(mail: bytes, reason: str) -> None:
    if not reason:
        assert taken(mail).title, "a signature that makes no sense is passed over"
        return
    assert reason in why(mail)


def test_signatures_in_line_with_the_sender_count() -> None:
    beneath = signed(letter(sender="press@mail.ministry.example"))
    above = signed(letter(), "mail.ministry.example")
    both = signed(signed(letter()), "list.example")
    assert [taken(mail).source for mail in (beneath, above, both)] == ["Ministry"] * 3
    aside = signed(letter(sender="press@news.ministry.example"), "mail.ministry.example")
    assert "not by ministry.example" in why(aside)


def test_an_ed25519_signature_proves_as_well() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    text = f"v=DKIM1; k=ed25519; p={b64encode(public).decode()}"
    mail = signed(letter(), ed25519=b64encode(b"7" * 32))

    def both(name: str) -> tuple[str, ...]:
        return (text,) if name.startswith("ed.") else (record(),)

    assert take_apart(mail, (MINISTRY,), both).title
    with pytest.raises(Unproven, match="does not hold"):
        take_apart(changed(mail, (b"killed", b"saved")), (MINISTRY,), both)
    cut = re.sub(rb"( b=)[^;]{20}", rb"\1", mail, count=1)
    with pytest.raises(Unproven, match="does not hold"):
        take_apart(cut, (MINISTRY,), both)
    beside = cut.partition(b"\r\nFrom:")[0] + b"\r\n" + release()
    assert take_apart(beside, (MINISTRY,), both).title, "one signature that is no signature does not spoil another"


def test_a_short_key_proves_nothing() -> None:
    weak = signed(letter(), bits=1024)
    assert take_apart(weak, (MINISTRY,), lambda _: (record(1024),)).title
    with pytest.raises(Unproven):
        take_apart(weak, (MINISTRY,), lambda _: ("v=DKIM1; k=rsa; p=",))


def test_while_dns_does_not_answer_nothing_is_decided() -> None:
    def silent(name: str) -> tuple[str, ...]:
        raise OSError(f"{name}: timed out")

    with pytest.raises(KeyUnknown) as error:
        take_apart(release(), (MINISTRY,), silent)
    assert isinstance(error.value, Temporary)


def test_dns_is_asked_for_named_domains_only() -> None:
    asked: list[str] = []

    def noting(name: str) -> tuple[str, ...]:
        asked.append(name)
        return records(name)

    mail = signed(signed(letter()), "evil.example")
    assert take_apart(mail, (MINISTRY,), noting).title
    assert asked == ["s1._domainkey.ministry.example"]


# -- what is hostile ---------------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    part = b"Content-Type: text/plain\r\n\r\ndeep"
    for number in range(depth):
        mark = b"b%d" % number
        part = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b--' % (mark, mark, part, mark)
    return letter(text=None).rstrip() + b"\r\n" + part


@pytest.mark.parametrize(
    "mail",
    [
        nested(45),
        nested(3000),
        letter(text=" " * 500_000),
        letter(text="x" * 1_000_000),
        letter(text="=?utf-8?b?" * 10_000),
        letter("=?a?b?" * 300),
        changed(letter(), (b"Subject:", b"X-Long: " + b"a\r\n " * 20_000 + b"\r\nSubject:")),
        letter(text=None, rich="<div>" * 200_000),
        letter(text=None, rich="<p style='display:none" * 50_000),
        changed(letter(text="x", charset="x"), (b'charset="utf-8"', b'charset="punycode"')),
        b"\r\n" + b"a" * 1_000_000,
        b"From: press@ministry.example\r\n" * 5000,
    ],
    ids=["nested", "nested without end", "spaces", "long", "words", "subject", "folded", "div", "style", "charset",
         "headless", "heads"],
)  # fmt: skip
def test_a_hostile_mail_costs_seconds_at_most(mail: bytes) -> None:
    began = time.process_time()
    for one in (mail, signed(mail) if b"\nDate:" in mail else mail):
        with suppress(Refused):
            article_from_item(taken(one))
    assert time.process_time() - began < 8


BYTES = st.lists(
    st.sampled_from([b"From: press@ministry.example\r\n", b"Subject: ", b"=?utf-8?q?=D0=?=", b"\r\n", b"\r", b"\0",
                     b"DKIM-Signature: v=1; a=rsa-sha256; d=ministry.example; s=s1; h=from:subject:date; b=x; bh=y\r\n",
                     b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n", b'Content-Type: multipart/mixed; boundary="a"\r\n',
                     b"--a\r\n", b"--a--", b"Content-Type: text/html; charset=nonsense\r\n", b"<p>", b"\xff\xfe",
                     b"Content-Transfer-Encoding: base64\r\n", b"@@@@", b"text of it "]), max_size=40,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(BYTES)
def test_whatever_comes_is_refused_with_words(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    read_head(raw)
    assert why(raw)


@settings(max_examples=100, deadline=None)
@given(BYTES)
def test_whatever_an_accepted_sender_signs_is_an_item_or_refused(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    raw = signed(letter(text=None).rstrip() + b"\r\n\r\n" + body)
    try:
        item = taken(raw)
    except Refused:
        return
    assert any(map(str.isalpha, item.content))
