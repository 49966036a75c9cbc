"""Amazon SES, Postmark and Mailgun as they call: their events, with the signature or login that proves them."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fastapi import APIRouter

from tests.fakes import returned
from tests.fakes.returned import Standing, accepted, add_reader
from tests.fakes.site import SECRET, Answer, Site, ask, running_site
from tests.fakes.stories import alert, told
from tocsin.delivery.addresses import Tags
from tocsin.model import DeliveryState
from tocsin.readers.addresses import address_key, parse_address
from tocsin.settings import Returned
from tocsin.store.engine import Store
from tocsin.store.subscribers import SubscriberState
from tocsin.store.suppressions import Suppressed
from tocsin.web import hooks_mail
from tocsin.wiring import Parts

NOON = datetime(2022, 11, 11, 12, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:111122223333:bounces"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
SUBSCRIBE = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
KEY = address_key(SECRET, parse_address("r@example.org"))
AMAZONS_ID = "0102018467059f11-5a6b7c8d-0000"


class Amazon:
    """Somebody with a key that is certified, and a shelf from which certificates are fetched."""

    def __init__(self, valid: timedelta = timedelta(days=1)) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.fetched: list[str] = []
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(1).not_valid_before(NOON - timedelta(days=2)).not_valid_after(NOON + valid)
        self.certificate = made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    async def get(self, url: str) -> bytes:
        self.fetched.append(url)
        return self.certificate

    def sign(self, version: str = "2", **fields: str) -> bytes:
        order = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
        text = "".join(f"{name}\n{fields[name]}\n" for name in order if name in fields)
        digest = hashes.SHA256() if version == "2" else hashes.SHA1()
        signature = b64encode(self.key.sign(text.encode(), padding.PKCS1v15(), digest)).decode()
        return json.dumps(
            {**fields, "SignatureVersion": version, "Signature": signature, "SigningCertURL": CERTIFICATE}
        ).encode()

    def notify(self, message: dict[str, Any], version: str = "2", name: str = "m1", **other: str) -> bytes:
        fields = {
            "Type": "Notification",
            "MessageId": name,
            "TopicArn": TOPIC,
            "Message": json.dumps(message),
            "Timestamp": "2022-11-11T12:00:00.000Z",
            **other,
        }
        return self.sign(version, **fields)


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def site(store: Store, tmp_path: Path, amazon: Amazon) -> Iterator[Site]:
    with serving(store, tmp_path, amazon) as site:
        yield site


@contextmanager
def serving(store: Store, folder: Path, amazon: Amazon) -> Iterator[Site]:
    (folder / "login").write_text("hook:s3cret\n")
    (folder / "key").write_text("signing-key\n")
    chosen = Returned(ses_topics=(TOPIC,), postmark_login_file=folder / "login", mailgun_key_file=folder / "key")

    def more(parts: Parts) -> list[APIRouter]:
        return [hooks_mail.router(parts, amazon.get)]

    with running_site(store, folder, more, returned=chosen, clock=lambda: NOON) as site:
        with store.write() as connection:
            add_reader(connection, SECRET, NOON)
            accepted(connection, told(connection, alert(), NOON), AMAZONS_ID)
        yield site


def standing(site: Site) -> Standing:
    return returned.standing(site.parts, 1)


BOUNCED = ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, Suppressed.BOUNCED)
FAILED_ONLY = ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, None)
UNTOUCHED = ({DeliveryState.ACCEPTED: 1}, SubscriberState.ACTIVE, None)
COMPLAINED = ({DeliveryState.COMPLAINED: 1}, SubscriberState.COMPLAINED, Suppressed.COMPLAINED)


def post(site: Site, provider: str, body: bytes, **headers: str) -> Answer:
    return ask(site, "POST", f"/hooks/mail/{provider}", body, content_type="application/json", **headers)


def ses_bounce(
    kind: str = "Permanent", status: str = "5.1.1", text: str = "smtp; 550 5.1.1 user unknown"
) -> dict[str, Any]:
    return {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": "r@example.org", "action": "failed", "status": status, "diagnosticCode": text}
            ],
            "timestamp": "2022-11-11T12:00:00.000Z",
            "feedbackId": "f",
        },
        "mail": {"messageId": AMAZONS_ID, "source": "alerts@daily.example", "destination": ["r@example.org"]},
    }


SES_COMPLAINT = {
    "eventType": "Complaint",
    "complaint": {"complainedRecipients": [{"emailAddress": "r@example.org"}], "complaintFeedbackType": "abuse"},
    "mail": {"messageId": AMAZONS_ID},
}


LOGIN = "Basic " + b64encode(b"hook:s3cret").decode()


def postmark(**fields: Any) -> bytes:
    usual = {"RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1, "Email": "r@example.org",
             "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Inactive": True}  # fmt: skip
    return json.dumps({**usual, **fields}).encode()


def mailgun(at: datetime = NOON, key: str = "signing-key", **event: Any) -> bytes:
    stamp, token = str(int(at.timestamp())), "t" * 50
    signature = hmac.new(key.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    tag = Tags(SECRET).tag(1, 42)
    usual = {
        "event": "failed", "severity": "permanent", "id": "e1", "recipient": "r@example.org", "log-level": "error",
        "delivery-status": {"code": 550, "message": "5.1.1 no such user", "attempt-no": 1},
        "message": {"headers": {"message-id": f"{tag}@daily.example", "to": "r@example.org"}, "size": 9},
    }  # fmt: skip
    signed = {"timestamp": stamp, "token": token, "signature": signature}
    return json.dumps({"signature": signed, "event-data": {**usual, **event}}).encode()
