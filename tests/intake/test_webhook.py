"""The signed push."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.errors import BadInput, TocsinError
from tocsin.intake.webhook import ForgedPush, StalePush, parse_push, sign, verify

# The example of the Standard Webhooks reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
STAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
NOW = datetime.fromtimestamp(int(STAMP), UTC)


def headers(**changed: str) -> dict[str, str]:
    given_headers = {"Webhook-Id": MESSAGE, "Webhook-Timestamp": STAMP, "Webhook-Signature": SIGNATURE}
    return given_headers | {f"Webhook-{name.title()}": value for name, value in changed.items()}


def test_the_reference_example_verifies() -> None:
    assert verify(SECRET, headers(), BODY, NOW) == MESSAGE
    assert sign(SECRET, MESSAGE, STAMP, BODY) == SIGNATURE


def test_one_of_several_signatures_is_enough() -> None:
    assert verify(SECRET, headers(signature=f"v1,Zm9v v1a,abc {SIGNATURE}"), BODY, NOW) == MESSAGE


@pytest.mark.parametrize(
    "forged",
    [
        headers(signature="v1,Zm9vYmFy"),
        headers(signature=SIGNATURE.replace("v1", "v2")),
        headers(signature=""),
        headers(id="msg_other"),
        headers(timestamp="1614265331"),
        headers(signature="v1,ключ"),
        {},
    ],
)
def test_a_forged_push_is_refused(forged: dict[str, str]) -> None:
    with pytest.raises(ForgedPush):
        verify(SECRET, forged, BODY, NOW)


def test_a_changed_body_or_another_secret_is_refused() -> None:
    with pytest.raises(ForgedPush):
        verify(SECRET, headers(), BODY + b" ", NOW)
    with pytest.raises(ForgedPush):
        verify("whsec_" + base64.b64encode(b"other").decode(), headers(), BODY, NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", "whsec_é"])
def test_an_unusable_secret_never_verifies(secret: str) -> None:
    with pytest.raises(ForgedPush):
        verify(secret, headers(), BODY, NOW)


@pytest.mark.parametrize("apart", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_old_or_future_push_is_refused(apart: timedelta) -> None:
    with pytest.raises(StalePush):
        verify(SECRET, headers(), BODY, NOW + apart)


def test_a_timestamp_that_is_none_is_refused_even_when_signed() -> None:
    for stamp in ("soon", "1e9", "١٢٣", "9" * 400):
        signed = headers(timestamp=stamp, signature=sign(SECRET, MESSAGE, stamp, BODY))
        with pytest.raises(StalePush):
            verify(SECRET, signed, BODY, NOW)


def test_a_plain_article() -> None:
    body = {"id": "7", "title": "Bridge closed", "text": "One.\n\nTwo.", "url": "https://example.org/7", "urgency": 1}
    (item,) = parse_push(json.dumps(body).encode(), "desk")
    assert (item.source, item.key, item.title, item.content) == ("desk", "7", "Bridge closed", "One.\n\nTwo.")
    assert (item.url, item.urgency, item.published, item.draft) == ("https://example.org/7", 1, None, False)


def test_a_schema_org_news_article_inside_a_graph() -> None:
    article = {
        "@type": ["NewsArticle", "https://schema.org/Article"],
        "@id": "https://example.org/a#article",
        "headline": "Bridge closed",
        "articleBody": "The bridge is closed.",
        "datePublished": "2022-11-11T05:00:00Z",
        "author": [{"@type": "Person", "name": "A. Writer"}, {"name": "B. Writer"}],
        "mainEntityOfPage": {"@type": "WebPage", "@id": "https://example.org/a"},
        "inLanguage": "en",
    }
    graph = {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Example"}, article]}
    (item,) = parse_push(json.dumps(graph).encode(), "desk")
    assert item.key == "https://example.org/a#article"
    assert item.url == "https://example.org/a"
    assert item.authors == ("A. Writer", "B. Writer")
    assert item.published == "2022-11-11T05:00:00Z"


def test_a_number_is_an_identity_too() -> None:
    first, second = ({"id": 17, "title": "Fire", "text": text} for text in ("Two are hurt.", "Three are hurt."))
    keys = [parse_push(json.dumps(each).encode(), "Post")[0].key for each in (first, second)]
    assert keys == ["17", "17"]


def test_a_draft_says_so() -> None:
    for mark in ({"draft": True}, {"status": "draft"}, {"creativeWorkStatus": "Draft"}):
        (item,) = parse_push(json.dumps({"title": "t", **mark}).encode(), "desk")
        assert item.draft


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"7", b"[]", b"{}", b'{"title": ""}', b'{"@type": "Person"}', b"[" * 9999]
)
def test_what_is_no_article_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse_push(body, "desk")


def test_more_articles_than_news_has_are_refused() -> None:
    with pytest.raises(BadInput):
        parse_push(json.dumps([{"title": "t"}] * 101).encode(), "desk")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["@type", "title", "url", "@graph", "author"]), inner)
    ),
)


@given(st.binary() | JSON.map(lambda data: json.dumps(data).encode()))
def test_no_body_crashes(body: bytes) -> None:
    try:
        items = parse_push(body, "desk")
    except TocsinError:
        return
    assert all(item.title or item.content or item.summary for item in items)
