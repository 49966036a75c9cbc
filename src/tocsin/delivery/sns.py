"""Amazon SNS: whether a message is Amazon's, and about a topic of ours.

The string that is signed and the order of its fields are those of "Verifying the signatures of Amazon SNS messages".
Anybody with an account there can have a message signed: that it is from one of *our* topics must be asked too.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from tocsin.errors import BadInput, Refused

_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?")


class ForgedEvent(Refused):
    """The event is not from who it says it is."""


class SnsKind(StrEnum):
    """What an SNS message is for."""

    CONFIRM = "SubscriptionConfirmation"
    EVENT = "Notification"
    END = "UnsubscribeConfirmation"


class SnsMessage(msgspec.Struct, frozen=True, rename="pascal"):
    """One message as it was posted; the names are Amazon's."""

    type: SnsKind
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature_version: str
    signature: str
    signing_cert_u_r_l: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str | None = None
    subscribe_u_r_l: str | None = msgspec.field(name="SubscribeURL", default=None)


_decoder = msgspec.json.Decoder(SnsMessage)


@dataclass(frozen=True, slots=True)
class Checked:
    """What must be fetched, through the guard, before a message is believed."""

    message: SnsMessage
    certificate_url: str


def read_sns(body: bytes, topics: Collection[str]) -> Checked:
    """Read a posted message. Raises ``BadInput`` for what is none, ``ForgedEvent`` for another topic or host."""
    try:
        message = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise BadInput(f"no message of SNS: {error}") from error
    if message.topic_arn not in topics:
        raise ForgedEvent(f"the topic {message.topic_arn[:200]!r} is not among returned.ses_topics")
    return Checked(message, amazons(message.signing_cert_u_r_l, path=".pem"))


def amazons(url: str, path: str = "") -> str:
    """Return ``url`` if it is an https address of Amazon's SNS whose path ends so; raise ``ForgedEvent``."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "https" and parts.port in (None, 443) and parts.username is None
        fine = fine and _HOST.fullmatch(parts.hostname or "") is not None
    except ValueError:
        fine = False
    if not fine or not parts.path.endswith(path):
        raise ForgedEvent(f"{url[:200]!r} is no address of Amazon's")
    return url


def verify_sns(message: SnsMessage, certificate: bytes, now: datetime) -> None:
    """Check a message against the certificate fetched for it. Raises ``ForgedEvent``."""
    digest = {"1": SHA1(), "2": SHA256()}.get(message.signature_version)  # noqa: S303 (Amazon's version 1)
    try:
        read = load_pem_x509_certificate(certificate)
        key, signature = read.public_key(), b64decode(message.signature, validate=True)
    except ValueError as error:
        raise ForgedEvent("the certificate or the signature can't be read") from error
    if digest is None or not isinstance(key, RSAPublicKey):
        raise ForgedEvent("signed in a way that is not known")
    if not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
        raise ForgedEvent("the certificate is not valid now")
    try:
        key.verify(signature, signed_string(message), PKCS1v15(), digest)
    except InvalidSignature as error:
        raise ForgedEvent("the signature does not fit") from error


def signed_string(message: SnsMessage) -> bytes:
    """Return what SNS signs: the names and values of some fields, in order, each followed by a line feed."""
    fields = {
        "Message": message.message,
        "MessageId": message.message_id,
        "Subject": message.subject if message.type is SnsKind.EVENT else None,
        "SubscribeURL": message.subscribe_u_r_l if message.type is not SnsKind.EVENT else None,
        "Timestamp": message.timestamp,
        "Token": message.token if message.type is not SnsKind.EVENT else None,
        "TopicArn": message.topic_arn,
        "Type": message.type,
    }
    return "".join(f"{name}\n{value}\n" for name, value in fields.items() if value is not None).encode()
