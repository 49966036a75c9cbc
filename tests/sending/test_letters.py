"""Letters as they leave: signed like alerts, and in a form that any relay carries."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import select

from tests.fakes.site import parts_on
from tocsin.demo.inbox import Inbox, Received
from tocsin.jobs.port import Job
from tocsin.readers.addresses import parse_address
from tocsin.readers.signup import SignUp
from tocsin.sending.letters import LETTER, write_letter
from tocsin.settings import Mail
from tocsin.store.engine import Store
from tocsin.store.letters import letters
from tocsin.subscribers.signing_up import Visit, sign_up

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
