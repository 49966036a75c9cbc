"""Events of Amazon SES, Postmark and Mailgun over real HTTP: believed when they prove whose they are, acted on once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fastapi import APIRouter
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from tests.fakes import returned
from tests.fakes.returned import Standing, accepted, add_reader
from tests.fakes.site import SECRET, Answer, Site, ask, running_site
from tests.fakes.stories import alert, told
from tocsin.delivery.addresses import Tags
from tocsin.delivery.notices import Kind
from tocsin.delivery.providers import read_mailgun, read_postmark, read_ses
from tocsin.delivery.sns import ForgedEvent, amazons, read_sns
from tocsin.errors import BadInput, Refused
from tocsin.model import DeliveryState
from tocsin.readers.addresses import address_key, parse_address
from tocsin.settings import Returned
from tocsin.store.deliveries import deliveries
from tocsin.store.engine import Store
from tocsin.store.returned import newest_returned
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


# -- Amazon SES --------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("version", ["1", "2"])
def test_amazon_tells_of_a_bounce_twice(site: Site, amazon: Amazon, version: str) -> None:
    for _ in range(2):
        assert post(site, "ses", amazon.notify(ses_bounce(), version)).status == 200
    assert standing(site) == BOUNCED
    assert amazon.fetched == [CERTIFICATE]
    with site.parts.store.read() as connection:
        (one,) = newest_returned(connection, 9)
        assert (one.via, one.kind, one.version, one.subscriber) == ("ses", Kind.FAILED, 1, 42)


@pytest.mark.parametrize(
    "bounce",
    [
        ses_bounce("Transient", "5.1.1"),
        ses_bounce(status="5.7.1", text="smtp; 550 5.7.1 policy"),
        ses_bounce(status="", text="smtp; 552 5.2.2 mailbox full"),
    ],
)
def test_amazon_tells_of_what_is_not_the_address(site: Site, amazon: Amazon, bounce: dict[str, Any]) -> None:
    assert post(site, "ses", amazon.notify(bounce)).status == 200
    assert standing(site) == FAILED_ONLY


def test_amazon_tells_of_a_complaint(site: Site, amazon: Amazon) -> None:
    assert post(site, "ses", amazon.notify(SES_COMPLAINT)).status == 200
    assert standing(site) == COMPLAINED


def test_a_subscription_of_ours_is_confirmed(site: Site, amazon: Amazon) -> None:
    asked = {
        "Type": "SubscriptionConfirmation", "MessageId": "c", "TopicArn": TOPIC, "Message": "You have chosen …",
        "Timestamp": "2022-11-11T12:00:00.000Z", "Token": "t", "SubscribeURL": SUBSCRIBE,
    }  # fmt: skip
    assert post(site, "ses", amazon.sign(**asked)).status == 200
    assert amazon.fetched == [CERTIFICATE, SUBSCRIBE]
    elsewhere = {**asked, "SubscribeURL": "https://evil.example/?x=.amazonaws.com"}
    assert post(site, "ses", amazon.sign(**elsewhere)).status == 401
    assert amazon.fetched == [CERTIFICATE, SUBSCRIBE]


def test_what_amazon_says_when_it_is_set_up_asks_for_nothing(site: Site, amazon: Amazon) -> None:
    said = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed."}
    assert post(site, "ses", amazon.notify(said)).status == 200
    words = "Successfully validated SNS topic for Amazon SES event publishing."
    assert post(site, "ses", amazon.notify({}, name="m2", Message=words)).status == 200
    assert standing(site) == UNTOUCHED


def test_what_amazon_did_not_sign_changes_nothing(site: Site, amazon: Amazon) -> None:
    good = amazon.notify(ses_bounce())
    told = json.loads(good)
    forged = [
        Amazon().notify(ses_bounce()),
        json.dumps({**told, "Message": told["Message"].replace("r@example.org", "x@example.org")}).encode(),
        json.dumps({**told, "TopicArn": TOPIC + "x"}).encode(),
        json.dumps({**told, "SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem"}).encode(),
        json.dumps({**told, "SignatureVersion": "3"}).encode(),
        json.dumps({**told, "Signature": "!"}).encode(),
        amazon.notify(ses_bounce(), TopicArn="arn:aws:sns:eu-west-1:999999999999:anybody"),
    ]
    for body in forged:
        assert post(site, "ses", body).status == 401, body
    for body in (b"", b"{}", b"[1]", b"\xff", amazon.sign(Type="Notification", MessageId="z", TopicArn=TOPIC,
                                                          Message="{no json", Timestamp="")):  # fmt: skip
        assert post(site, "ses", body).status == 400, body
    assert post(site, "ses", b"{" + b" " * (3 << 20)).status == 413
    assert standing(site) == UNTOUCHED


def test_a_certificate_that_came_broken_is_fetched_again(site: Site, amazon: Amazon) -> None:
    whole, amazon.certificate = amazon.certificate, amazon.certificate[:400]
    assert post(site, "ses", amazon.notify(ses_bounce())).status == 401
    amazon.certificate = whole
    for _ in range(2):
        assert post(site, "ses", amazon.notify(ses_bounce())).status == 200
    assert standing(site) == BOUNCED
    assert amazon.fetched == [CERTIFICATE, CERTIFICATE]


def test_an_expired_certificate_certifies_nothing(store: Store, tmp_path: Path) -> None:
    old = Amazon(valid=timedelta(hours=-1))
    with serving(store, tmp_path, old) as site:
        assert post(site, "ses", old.notify(ses_bounce())).status == 401


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://x@sns.eu-west-1.amazonaws.com/a.pem",
        "https://s3.eu-west-1.amazonaws.com/bucket/a.pem",
        "https://mybucket.sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.txt",
        "https://[",
        "",
    ],
)
def test_only_amazons_own_address_is_fetched(url: str) -> None:
    with pytest.raises(ForgedEvent):
        amazons(url, path=".pem")


def test_china_and_long_regions_are_amazons_too() -> None:
    for host in (
        "sns.cn-north-1.amazonaws.com.cn",
        "sns.us-gov-west-1.amazonaws.com",
        "sns.ap-southeast-2.amazonaws.com",
    ):
        assert amazons(f"https://{host}/a.pem", path=".pem")


def test_the_certificate_is_fetched_through_the_guard() -> None:
    with pytest.raises(Refused):
        asyncio.run(hooks_mail._guarded("https://127.0.0.1:1/a.pem"))


# -- Postmark ----------------------------------------------------------------------------------------------------------

LOGIN = "Basic " + b64encode(b"hook:s3cret").decode()


def postmark(**fields: Any) -> bytes:
    usual = {"RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1, "Email": "r@example.org",
             "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Inactive": True}  # fmt: skip
    return json.dumps({**usual, **fields}).encode()


@pytest.mark.parametrize(
    ("fields", "comes_to"),
    [
        ({"Details": "smtp;550 5.1.1 unknown user"}, (UNTOUCHED[0], SubscriberState.ACTIVE, Suppressed.BOUNCED)),
        ({"Details": ""}, (UNTOUCHED[0], SubscriberState.ACTIVE, Suppressed.BOUNCED)),
        ({"Details": "smtp;550 5.1.1 unknown", "MessageID": AMAZONS_ID}, BOUNCED),
        ({"Details": "smtp;550 5.7.1 blocked", "MessageID": AMAZONS_ID}, FAILED_ONLY),
        ({"Type": "SoftBounce", "Details": "smtp;552 5.2.2 full", "MessageID": AMAZONS_ID}, FAILED_ONLY),
        ({"Type": "Transient", "Details": "smtp;451 4.4.1 later"}, UNTOUCHED),
        ({"Type": "AutoResponder"}, UNTOUCHED),
        ({"Type": "SpamComplaint", "RecordType": "SpamComplaint", "MessageID": AMAZONS_ID}, COMPLAINED),
        ({"RecordType": "SubscriptionChange", "Recipient": "r@example.org", "SuppressSending": True,
          "SuppressionReason": "ManualSuppression"}, (UNTOUCHED[0], SubscriberState.UNSUBSCRIBED, None)),
        ({"RecordType": "Open"}, UNTOUCHED),
    ],
)  # fmt: skip
def test_postmark_tells(site: Site, fields: dict[str, Any], comes_to: object) -> None:
    for _ in range(2):
        assert post(site, "postmark", postmark(**fields), authorization=LOGIN).status == 200
    assert standing(site) == comes_to


def test_postmark_must_know_the_password(site: Site) -> None:
    for header in ({}, {"authorization": "Basic " + b64encode(b"hook:wrong").decode()}, {"authorization": "Basic !"},
                   {"authorization": "Bearer " + b64encode(b"hook:s3cret").decode()}):  # fmt: skip
        assert post(site, "postmark", postmark(), **header).status == 401
    assert standing(site) == UNTOUCHED


# -- Mailgun -----------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("event", "comes_to"),
    [
        ({}, BOUNCED),
        ({"delivery-status": {"code": 550, "enhanced-code": "5.7.1", "message": "no"}}, FAILED_ONLY),
        ({"delivery-status": {"code": 605, "message": "Not delivering to previously bounced address"}}, FAILED_ONLY),
        ({"severity": "temporary", "delivery-status": {"code": 452, "message": "4.2.2 full"}}, UNTOUCHED),
        ({"event": "complained"}, COMPLAINED),
        ({"event": "unsubscribed"}, (UNTOUCHED[0], SubscriberState.UNSUBSCRIBED, None)),
        ({"event": "delivered"}, UNTOUCHED),
        ({"message": {}}, (UNTOUCHED[0], SubscriberState.ACTIVE, Suppressed.BOUNCED)),
    ],
)
def test_mailgun_tells(site: Site, event: dict[str, Any], comes_to: object) -> None:
    for _ in range(2):
        assert post(site, "mailgun", mailgun(**event)).status == 200
    assert standing(site) == comes_to


def test_a_signature_of_mailgun_that_was_seen_signs_nothing_else(site: Site) -> None:
    assert post(site, "mailgun", mailgun()).status == 200
    assert post(site, "mailgun", mailgun(event="complained", id="e2")).status == 200
    assert standing(site) == BOUNCED


def test_mailgun_must_sign_and_lately(site: Site) -> None:
    for body in (mailgun(key="other"), mailgun(NOON - timedelta(hours=13)), mailgun(NOON + timedelta(hours=13))):
        assert post(site, "mailgun", body).status == 401
    assert standing(site) == UNTOUCHED


# -- all ---------------------------------------------------------------------------------------------------------------


def test_what_is_not_set_up_is_not_there(store: Store, tmp_path: Path) -> None:
    with running_site(store, tmp_path, lambda parts: [hooks_mail.router(parts)]) as site:
        for provider in ("ses", "postmark", "mailgun"):
            assert post(site, provider, b"{}").status in (404, 405)


def test_an_event_that_is_faster_than_the_record_comes_again(site: Site, amazon: Amazon) -> None:
    with site.parts.store.write() as connection:
        connection.execute(update(deliveries).values(state=1))
    assert post(site, "ses", amazon.notify(ses_bounce())).status == 503
    with site.parts.store.write() as connection:
        connection.execute(update(deliveries).values(state=2))
    assert post(site, "ses", amazon.notify(ses_bounce())).status == 200
    assert standing(site) == BOUNCED


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["mail", "bounce", "complaint", "event-data", "signature", "RecordType", "Type"]),
    _JSON,
    st.binary(),
)
def test_no_event_breaks_the_reading(name: str, value: object, noise: bytes) -> None:
    whose = Tags(SECRET).read
    for body in (json.dumps({**ses_bounce(), name: value}).encode(), json.dumps(value).encode(), noise):
        for read in (
            partial(read_ses, body.decode("utf-8", "replace"), whose),
            partial(read_postmark, body, whose),
            partial(read_mailgun, body, "k", NOON, whose),
            partial(read_sns, body, (TOPIC,)),
        ):
            with suppress(BadInput, ForgedEvent):
                read()
