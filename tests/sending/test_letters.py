"""Letters as they leave: signed like alerts, and in a form that any relay carries."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import Connection, select

from tests.fakes.relay import Relay, running
from tests.fakes.site import SECRET, parts_on
from tocsin.demo.inbox import Inbox, Received
from tocsin.jobs.port import Job
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.signup import SignUp
from tocsin.sending.letters import LETTER, write_letter
from tocsin.settings import Mail
from tocsin.store.engine import Store
from tocsin.store.jobs import jobs
from tocsin.store.letters import letters
from tocsin.store.subscribers import SubscriberState, change_subscriber, subscriber_at
from tocsin.store.suppressions import Suppressed, suppress
from tocsin.subscribers.accounts import erase, send_link
from tocsin.subscribers.signing_up import Visit, sign_up
from tocsin.wiring import Parts

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 1024)


def letter_to(address: str, language: str, store: Store, folder: Path, key: RSAPrivateKey) -> Received:
    """Sign an address up and return the letter that comes."""
    file = folder / "dkim.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    async def run() -> Received:
        async with Inbox(lambda: NOW) as inbox:
            mail = Mail(
                port=inbox.port, security="none", sender="alerts@daily.example", return_path="b@daily.example",
                dkim_key_file=file,
            )  # fmt: skip
            parts = parts_on(store, folder, clock=lambda: NOW, mail=mail)
            form = SignUp(parse_address(address, smtputf8=True), (), flash_only=False, offers=False)
            await asyncio.to_thread(sign_up, parts, form, Visit("192.0.2.1", language, {}))
            with store.read() as connection:
                number = connection.execute(select(letters.c.id)).scalar_one()
            await asyncio.to_thread(write_letter, parts, Job(LETTER, str(number), 1))
            return inbox.messages[0]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("address", "language", "wire"),
    [
        ("reader@example.org", "en", "reader@example.org"),
        ("reader@приклад.укр", "uk", "reader@xn--80aikifvh.xn--j1amh"),
        ("читач@приклад.укр", "uk", "читач@xn--80aikifvh.xn--j1amh"),
    ],
)
def test_a_letter_is_signed_and_ascii_but_for_an_address_that_is_not(
    address: str, language: str, wire: str, store: Store, tmp_path: Path, key: RSAPrivateKey
) -> None:
    letter = letter_to(address, language, store, tmp_path, key)

    def published(name: bytes, timeout: float = 0) -> bytes:
        assert name == b"tocsin._domainkey.daily.example."
        return b"v=DKIM1; k=rsa; p=" + b64encode(
            key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        )

    assert dkim.DKIM(letter.raw, minkey=1024).verify(dnsfunc=published)
    assert letter.to == (wire,)
    assert letter.raw.isascii() == wire.isascii()


HERE, THERE = parse_address("reader@example.org"), parse_address("reader@elsewhere.example")


def number_of(connection: Connection) -> int:
    reader = subscriber_at(connection, address_key(SECRET, HERE))
    assert reader is not None
    return reader.id


def moves(parts: Parts) -> None:
    with parts.store.write() as connection:
        new = {"address": THERE.written, "address_key": address_key(SECRET, THERE)}
        change_subscriber(connection, number_of(connection), **new)


def is_erased(parts: Parts) -> None:
    with parts.store.read() as connection:
        reader = subscriber_at(connection, address_key(SECRET, HERE))
    assert reader is not None
    erase(parts, reader)


def complains(parts: Parts) -> None:
    with parts.store.write() as connection:
        suppress(connection, address_key(SECRET, HERE), Suppressed.COMPLAINED, NOW)


def bounces(parts: Parts) -> None:
    with parts.store.write() as connection:
        suppress(connection, address_key(SECRET, HERE), Suppressed.BOUNCED, NOW)


def asks_to_confirm(parts: Parts) -> None:
    sign_up(parts, SignUp(HERE, (), flash_only=False, offers=False), Visit("192.0.2.1", "en", {}))


def asks_for_links(parts: Parts) -> None:
    asks_to_confirm(parts)
    with parts.store.write() as connection:
        connection.execute(letters.delete())
        change_subscriber(connection, number_of(connection), state=SubscriberState.ACTIVE)
    send_link(parts, HERE, "192.0.2.1")


@pytest.mark.parametrize("asks", [asks_to_confirm, asks_for_links])
@pytest.mark.parametrize(("meanwhile", "count"), [(bounces, 1), (moves, 0), (is_erased, 0), (complains, 0)])
def test_a_letter_that_waited_goes_only_to_who_is_still_there(
    asks: Callable[[Parts], None], meanwhile: Callable[[Parts], None], count: int, store: Store, tmp_path: Path
) -> None:
    """Who has the old mailbox now must not be sent the links of who moved away."""
    with running(Relay()) as relay:
        mail = Mail(host="127.0.0.1", port=relay.port, security="none")
        parts = parts_on(store, tmp_path, clock=lambda: NOW, mail=mail)
        asks(parts)
        with store.read() as connection:
            number = connection.execute(select(letters.c.id)).scalar_one()
        meanwhile(parts)
        write_letter(parts, Job(LETTER, str(number), 1))
        assert len(relay.accepted) == count
    with store.read() as connection:
        assert connection.execute(select(letters.c.recipient)).scalars().all() == [None]


def test_a_letter_that_a_mailbox_puts_off_is_tried_again_ever_more_rarely_and_then_no_more(
    store: Store, tmp_path: Path
) -> None:
    now = NOW
    times: list[timedelta] = []
    with running(Relay(lambda stage, to: "452 4.2.2 mailbox full" if stage == "rcpt" else None)) as relay:
        mail = Mail(host="127.0.0.1", port=relay.port, security="none")
        parts = parts_on(store, tmp_path, clock=lambda: now, mail=mail)
        asks_to_confirm(parts)
        for _ in range(1000):
            with store.write() as connection:
                due = connection.execute(select(jobs.c.payload, jobs.c.run_at).where(jobs.c.name == LETTER)).first()
                connection.execute(jobs.delete())
            if due is None:
                break
            now = due.run_at
            times.append(now - NOW)
            write_letter(parts, Job(LETTER, due.payload, 1))
    assert times[:3] == [timedelta(0), timedelta(seconds=10), timedelta(seconds=20)]
    assert timedelta(days=2) <= times[-1] < timedelta(days=2, hours=1)
    assert len(times) < 250
    with store.read() as connection:
        kept = connection.execute(select(letters.c.outcome, letters.c.recipient)).one()
    assert tuple(kept) == ("put off: 452 4.2.2 mailbox full", None)
