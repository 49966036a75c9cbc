"""The protocol against real sockets: whatever the relay does, every letter gets exactly one answer."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.relay import DROP, STALL, Relay, running
from tocsin.delivery import transport
from tocsin.delivery.outcomes import Fault
from tocsin.delivery.smtp import Session
from tocsin.delivery.transport import RelayUnavailable, connect, send_one
from tocsin.delivery.wire import Answer, Letter, Offer, Stage
from tocsin.errors import BadInput
from tocsin.model import DeliveryState

BODY = b"Subject: x\r\n\r\n.dot\r\n..dots\r\nend\r\n"
PLAIN = ("PIPELINING", "SIZE 1000")
CHUNKED = (*PLAIN, "CHUNKING")
SLOW: tuple[str, ...] = ()


@pytest.fixture(params=[CHUNKED, PLAIN, SLOW], ids=["chunking", "pipelining", "one by one"])
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    with running(Relay(extensions=request.param)) as server:
        yield server


def to(relay: Relay, *, patience: float = 5.0) -> transport.Relay:
    return transport.Relay("127.0.0.1", relay.port, "none", patience=patience)


def letters(count: int) -> list[Letter]:
    return [Letter(n, "a@example.org", f"r{n}@example.org", (BODY[:20], BODY[20:])) for n in range(count)]


def answers(relay: transport.Relay, sent: list[Letter]) -> dict[int, Answer]:
    async def run() -> dict[int, Answer]:
        found: dict[int, Answer] = {}
        done = asyncio.Event()

        def answered(session: Session, letter: Letter, answer: Answer) -> None:
            assert letter.key not in found
            found[letter.key] = answer
            if len(found) == len(sent):
                done.set()

        session = await connect(relay, answered)
        session.send(sent)
        await asyncio.wait_for(done.wait(), 10)
        session.quit()
        return found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def test_letters_arrive_byte_for_byte(relay: Relay) -> None:
    found = answers(to(relay), letters(40))
    assert all(answer.reply.good and answer.stage is Stage.END for answer in found.values())
    assert [one.message for one in relay.accepted] == [BODY] * 40
    assert [one.recipient for one in relay.accepted] == [f"r{n}@example.org" for n in range(40)]


def test_a_refused_recipient_does_not_disturb_the_next(relay: Relay) -> None:
    relay.policy = lambda stage, to: "550 5.1.1 no" if stage == "rcpt" and int(to[1 : to.index("@")]) % 3 == 0 else None
    found = answers(to(relay), letters(30))
    for number, answer in found.items():
        if number % 3 == 0:
            assert (answer.stage, answer.reply.code) == (Stage.RCPT, 550)
        else:
            assert answer.reply.good or answer.reply.code == 503
    assert {one.recipient for one in relay.accepted} == {f"r{n}@example.org" for n, a in found.items() if a.reply.good}


def test_a_connection_that_drops_leaves_nobody_without_an_answer(relay: Relay) -> None:
    relay.policy = lambda stage, to: DROP if stage == "end" and to.startswith("r5@") else None
    found = answers(to(relay), letters(20))
    assert len(found) == 20
    assert found[5].reply.code == 0
    assert found[5].handed
    assert sum(answer.reply.good for answer in found.values()) == len(relay.accepted)


def test_a_relay_that_falls_silent_is_left_in_time(relay: Relay) -> None:
    relay.policy = lambda stage, to: STALL if stage == "end" and to.startswith("r2@") else None
    found = answers(to(relay, patience=0.3), letters(5))
    assert len(found) == 5
    assert "no reply within" in found[2].reply.text


def test_a_relay_that_takes_its_time_for_each_reply_is_used_as_long_as_each_comes_in_time() -> None:
    with running(Relay(extensions=SLOW, delay_s=1.0)) as relay:
        found = answers(to(relay, patience=1.8), letters(1))
    assert found[0].reply.good, "greeting and EHLO take longer together than one reply may"


def test_a_relay_that_greets_and_never_becomes_ready_is_left_in_time() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"220-wait\r\n")
                await asyncio.sleep(0.05)

    async def run() -> None:
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            relay = transport.Relay("127.0.0.1", server.sockets[0].getsockname()[1], "none", patience=0.4)
            await connect(relay, lambda session, letter, found: None)

    with pytest.raises(RelayUnavailable, match=r"no greeting within 0\.4 s"):
        asyncio.run(run())


def test_a_relay_that_answers_an_octet_at_a_time_and_never_a_line_is_left_in_time() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 slow\r\n")
        await reader.readline()
        writer.write(b"250 slow\r\n")
        await reader.readline()
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"2")
                await asyncio.sleep(0.05)

    async def run() -> Answer:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            relay = transport.Relay("127.0.0.1", server.sockets[0].getsockname()[1], "none", patience=0.4)
            session = await connect(relay, lambda session, letter, found: answer.set_result(found))
            session.send(letters(1))
            return await asyncio.wait_for(answer, 5)

    assert "no reply within" in asyncio.run(run()).reply.text


@pytest.mark.parametrize("nonsense", ["HTTP/1.1 200 OK", "", "9999 what", "250\x00", "\ufffd" * 30])
def test_what_is_no_reply_ends_the_connection(relay: Relay, nonsense: str) -> None:
    relay.policy = lambda stage, to: nonsense if stage == "end" else None
    assert all(answer.reply.code == 0 for answer in answers(to(relay), letters(2)).values() if not answer.reply.good)


@pytest.mark.parametrize(
    ("stage", "reply", "words"),
    [
        ("connect", "554 no service for you", "554"),
        ("connect", DROP, "127.0.0.1"),
        ("connect", STALL, r"no greeting within 0\.5 s"),
        ("ehlo", STALL, r"no reply to EHLO within 0\.5 s"),
        ("ehlo", "421 too busy", "421|500|503"),
    ],
)
def test_a_relay_that_does_not_begin_is_unavailable(stage: str, reply: str, words: str) -> None:
    rude = Relay(policy=lambda at, to: reply if at == stage else None)
    with running(rude) as relay, pytest.raises(RelayUnavailable, match=words):
        answers(to(relay, patience=0.5), letters(1))


def test_a_letter_that_the_relay_cannot_take_is_answered_here() -> None:
    with running(Relay(extensions=CHUNKED)) as relay:
        big = Letter(0, "a@b.example", "r@b.example", (b"x" * 1001,))
        utf8 = Letter(1, "a@b.example", "имя@b.example", (BODY,), utf8=True)
        found = answers(to(relay), [big, utf8, Letter(2, "a@b.example", "r@b.example", (BODY,))])
        assert found[0].reply.status == "5.3.4"
        assert found[1].reply.status == "5.6.7"
        assert found[2].reply.good
        assert relay.commands.count("MAIL") == 1


def test_an_address_outside_ascii_goes_where_it_may() -> None:
    with running(Relay(extensions=(*CHUNKED, "SMTPUTF8", "8BITMIME"))) as relay:
        outcome = send_one(to(relay), "a@b.example", "имя@пошта.example", b"Subject: x\n\nhi\n")
        assert outcome.state is DeliveryState.ACCEPTED
        assert relay.accepted[0].recipient == "имя@xn--80a1acn3a.example"
        assert relay.accepted[0].message == b"Subject: x\r\n\r\nhi\r\n"


@pytest.mark.parametrize("address", ["a@b>\r\nRCPT TO:<c@d", "a b@c.example", "", "@", "a@", "a@b\n.example", "a@b c"])
def test_an_address_that_would_break_the_envelope_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        send_one(transport.Relay("127.0.0.1", 1, "none"), "a@b.example", address, b"")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=400))
def test_no_text_ends_its_own_message(relay: Relay, text: bytes) -> None:
    relay.received.clear()
    relay.extensions = tuple(name for name in relay.extensions if not name.startswith("SIZE"))
    send_one(to(relay), "a@b.example", "r@b.example", b"Subject: x\r\n\r\n" + text + b"\r\n.\r\nMAIL FROM:<evil@x>\r\n")
    (one,) = relay.received
    assert one.sender == "a@b.example"
    assert one.message.endswith(b"\r\n.\r\nMAIL FROM:<evil@x>\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        [*command.split(), "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True
    )
    return folder / "cert.pem", folder / "key.pem"


def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_starttls_and_logging_in(certificate: tuple[Path, Path], way: str) -> None:
    with running(Relay(extensions=(*CHUNKED, "STARTTLS", f"AUTH {way}"), tls=tls(certificate))) as relay:
        chosen = transport.Relay("127.0.0.1", relay.port, "starttls", "me", "secret", certificates=str(certificate[0]))
        assert all(answer.reply.good for answer in answers(chosen, letters(3)).values())
        assert relay.commands[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


def test_a_certificate_that_is_not_trusted_is_not_used(certificate: tuple[Path, Path]) -> None:
    strange = Relay(extensions=("STARTTLS",), tls=tls(certificate))
    with running(strange) as relay, pytest.raises(RelayUnavailable, match=r"certificate|CERTIFICATE"):
        answers(transport.Relay("127.0.0.1", relay.port, "starttls"), letters(1))


def test_a_relay_without_starttls_gets_neither_password_nor_mail() -> None:
    with running(Relay(extensions=("AUTH PLAIN",))) as relay:
        with pytest.raises(RelayUnavailable, match="STARTTLS"):
            answers(transport.Relay("127.0.0.1", relay.port, "starttls", "me", "secret"), letters(1))
        assert "AUTH" not in relay.commands


def test_a_refused_password_is_nobodys_failure() -> None:
    refuse = Relay(extensions=("AUTH PLAIN",), policy=lambda stage, to: "535 5.7.8 no" if stage == "auth" else None)
    with running(refuse) as relay, pytest.raises(RelayUnavailable, match="535"):
        answers(transport.Relay("127.0.0.1", relay.port, "none", "me", "wrong"), letters(1))


def test_a_relay_that_refuses_the_way_of_logging_in_is_told_no_secret() -> None:
    refuse = Relay(extensions=("AUTH LOGIN",), policy=lambda stage, to: "504 5.5.4 no" if stage == "prompt" else None)
    with running(refuse) as relay:
        with pytest.raises(RelayUnavailable, match="504"):
            answers(transport.Relay("127.0.0.1", relay.port, "none", "me", "secret"), letters(1))
        assert not {b64encode(word).decode() for word in (b"me", b"secret")} & set(relay.commands)


@pytest.mark.parametrize("size", ["²", "9" * 5000, "-1", "x"])
def test_a_size_that_is_no_number_is_no_limit(size: str) -> None:
    assert Offer.of(["there", f"SIZE {size}"]).size == 0


def test_one_letter_and_its_outcome() -> None:
    with running(Relay(policy=lambda stage, to: "550 5.1.1 nobody" if to.startswith("no") else None)) as relay:
        assert send_one(to(relay), "a@b.example", "r@b.example", b"x").state is DeliveryState.ACCEPTED
        assert send_one(to(relay), "a@b.example", "no@b.example", b"x").fault is Fault.ADDRESS
