"""Events of Amazon SES over real HTTP: believed when Amazon signed them for a topic of ours, acted on once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.site import Site
from tests.web.mail_services import (
    BOUNCED,
    CERTIFICATE,
    COMPLAINED,
    FAILED_ONLY,
    SES_COMPLAINT,
    SUBSCRIBE,
    TOPIC,
    UNTOUCHED,
    Amazon,
    amazon,
    post,
    serving,
    ses_bounce,
    site,
    standing,
)
from tocsin.delivery.notices import Kind
from tocsin.delivery.sns import ForgedEvent, amazons
from tocsin.errors import Refused
from tocsin.store.engine import Store
from tocsin.store.returned import newest_returned
from tocsin.web import hooks_mail

__all__ = ["amazon", "site"]


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
