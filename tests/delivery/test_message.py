"""A message is one that strangers' parsers and verifiers agree with, whatever its words and its reader hold."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from functools import cache
from html import escape

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.delivery.dkim import Signer, read_key
from tocsin.delivery.message import TOKEN_MARK, Compiled, Letterhead, Reader, Rendered, signed
from tocsin.delivery.mime import one_line
from tocsin.errors import BadInput
from tocsin.readers.letters import Paper, compose_letter

DATE = datetime(2022, 11, 11, 12, 30, tzinfo=UTC)
TOKEN = "A1b2-C3d4_E5f6A1b2-C3d4_E5f6A1b2"
READER = Reader("reader@example.org", TOKEN, "1-2a-0123456789ab")
HEAD = Letterhead(
    sender="alerts@news.example",
    sender_name="The Daily",
    domain="news.example",
    date=DATE,
    list_id="breaking.news.example",
    list_name="Breaking News",
    help_url="https://news.example/privacy",
    unsubscribe_url=f"https://news.example/unsubscribe/{TOKEN_MARK}",
    unsubscribe_address="bounces+unsubscribe@news.example",
    feedback="politics:flash:alert:newsexample",
    language="en",
    thread="alert-7",
)
RENDERED = Rendered(
    "Bridge closed, says city",
    f'<p>Bridge   closed</p>\t\n<a href="https://news.example/unsubscribe/{TOKEN_MARK}">Unsubscribe</a>',
    f"Bridge closed\n\nUnsubscribe: https://news.example/unsubscribe/{TOKEN_MARK}\n",
)


@cache
def keys() -> tuple[rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey]:
    return rsa.generate_private_key(65537, 1024), ed25519.Ed25519PrivateKey.generate()


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def signers() -> tuple[Signer, ...]:
    first, second = keys()
    return (
        Signer("news.example", "r1", read_key(pem(first))),
        Signer("news.example", "e1", read_key(pem(second))),
    )


def published(name: bytes, timeout: float = 0) -> bytes:
    first, second = keys()
    if name.startswith(b"r1."):
        key = first.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + b64encode(key)
    return b"v=DKIM1; k=ed25519; p=" + b64encode(second.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def verified(message: bytes) -> list[bool]:
    return [verifies(message, number) for number in range(2)]


def verifies(message: bytes, number: int) -> bool:
    try:
        return bool(dkim.DKIM(message, minkey=1024).verify(idx=number, dnsfunc=published))
    except dkim.ValidationError:
        return False


def fill(rendered: Rendered = RENDERED, head: Letterhead = HEAD, reader: Reader = READER) -> bytes:
    return Compiled(rendered, head, signers()).fill(reader)


def parsed(message: bytes) -> EmailMessage:
    found = message_from_bytes(message, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_dkimpy_accepts_both_signatures_over_both_unsubscribe_headers() -> None:
    message = fill()
    assert verified(message) == [True, True]
    for signature in parsed(message).get_all("DKIM-Signature", []):
        names = "".join(str(signature).split("h=")[1].split(";")[0].split()).split(":")
        assert {"list-unsubscribe", "list-unsubscribe-post", "from", "to", "subject", "message-id"} <= set(names)
        assert names.count("from") == 2


@pytest.mark.parametrize("to", ["reader@example.org", "имя@example.org"])
@given(st.text(max_size=200), st.text(max_size=400))
@settings(max_examples=25)
def test_a_letter_is_signed_too_whatever_it_says(to: str, subject: str, text: str) -> None:
    paper = Paper("The Daily", "Breaking News", "alerts@news.example")
    letter = compose_letter(
        subject, text, f"<p>{escape(text)}</p>", paper, to=to, language="en", at=DATE, message_id="<l.1@news.example>"
    )
    message = signed(letter, signers(), DATE)
    assert verified(message) == [True, True]
    assert message.endswith(letter)
    assert verified(message.replace(b"The Daily", b"The Nightly")) == [False, False]


@pytest.mark.parametrize("changed", [(b"Bridge closed", b"Bridge opened"), (b"One-Click", b"Two-Click")])
def test_a_changed_message_fails(changed: tuple[bytes, bytes]) -> None:
    assert verified(fill().replace(*changed)) == [False, False]


def test_the_headers_that_bulk_senders_owe() -> None:
    message = parsed(fill())
    assert message["List-Unsubscribe"].startswith(f"<https://news.example/unsubscribe/{TOKEN}>, <mailto:")
    assert message["List-Unsubscribe"].endswith(f"?subject=unsubscribe%20{TOKEN}>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "Breaking News <breaking.news.example>"
    assert message["List-Help"] == "<https://news.example/privacy>"
    assert message["Feedback-ID"] == "politics:flash:alert:newsexample"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<1-2a-0123456789ab@news.example>"
    assert message["References"] == "<alert-7@news.example>"
    assert message["Date"].datetime == DATE
    assert message["To"] == "reader@example.org"


def test_each_reader_gets_the_own_token_in_every_link_and_nothing_else_differs() -> None:
    compiled = Compiled(RENDERED, HEAD, signers())
    one, other = compiled.fill(READER), compiled.fill(Reader("b@example.org", TOKEN.swapcase(), "1-2b-0123456789ab"))
    for kind in ("plain", "html"):
        text = part(parsed(one), kind)
        assert f"unsubscribe/{TOKEN}" in text
        assert part(parsed(other), kind) == text.replace(TOKEN, TOKEN.swapcase())
    assert verified(other) == [True, True]
    assert TOKEN_MARK.encode() not in one


words = st.text(st.characters(codec="utf-8"), max_size=300)
long_words = st.one_of(words, st.just("x" * 998), st.just("є" * 998), st.just("a\r\nBcc: all@example.org"))


@settings(max_examples=150, deadline=None)
@given(subject=long_words, name=long_words, text=long_words)
def test_no_words_break_out_of_their_place(subject: str, name: str, text: str) -> None:
    shown = f"{text}\n{TOKEN_MARK}\n"
    head = replace(HEAD, sender_name=name, list_name=name, feedback=f"{name}:alert")
    message = fill(Rendered(subject, shown, shown), head)
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in message.split(b"\r\n"))
    assert b"\x00" not in message
    assert message.isascii()
    seen = parsed(message)
    plain = parsed(fill())
    assert sorted(seen.keys()) == sorted(plain.keys())
    assert verified(message) == [True, True]
    expected = shown.replace(TOKEN_MARK, TOKEN).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    body = seen.get_body(("plain",))
    assert body is not None
    raw = body.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert raw.decode().replace("\r\n", "\n").rstrip("\n") == expected


@settings(max_examples=100, deadline=None)
@given(subject=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=200))
def test_a_subject_reads_as_it_was_written(subject: str) -> None:
    raw = message_from_bytes(fill(Rendered(subject, "<p>", "t")))["Subject"]
    assert str(make_header(decode_header(raw.replace("\r\n", "")))).strip() == one_line(subject)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="DKIM key"):
        read_key(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
