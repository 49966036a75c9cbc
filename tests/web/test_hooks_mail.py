"""Events of Postmark and Mailgun over real HTTP: believed when they prove whose they are, acted on once."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from tests.fakes.site import SECRET, Site, running_site
from tests.web.mail_services import (
    AMAZONS_ID,
    BOUNCED,
    COMPLAINED,
    FAILED_ONLY,
    LOGIN,
    NOON,
    TOPIC,
    UNTOUCHED,
    Amazon,
    amazon,
    mailgun,
    post,
    postmark,
    ses_bounce,
    site,
    standing,
)
from tocsin.delivery.addresses import Tags
from tocsin.delivery.providers import read_mailgun, read_postmark, read_ses
from tocsin.delivery.sns import ForgedEvent, read_sns
from tocsin.errors import BadInput
from tocsin.store.deliveries import deliveries
from tocsin.store.engine import Store
from tocsin.store.subscribers import SubscriberState
from tocsin.store.suppressions import Suppressed
from tocsin.web import hooks_mail

__all__ = ["amazon", "site"]


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
