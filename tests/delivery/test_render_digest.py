"""The digest's mail: each headline verbatim and linked to its live page, with what is left out counted."""

from datetime import timedelta

from lxml import html as lxml_html

from tests.fakes.stories import AT, IDENTITY, alert, correction, ukrainian
from tocsin.delivery.digest import render_digest
from tocsin.delivery.message import TOKEN_MARK
from tocsin.model import Digest, DigestEntry

ENTRIES = (
    DigestEntry(3, 1, AT, ukrainian()),
    DigestEntry(1, 3, AT - timedelta(hours=1), correction()),
    DigestEntry(2, 1, AT - timedelta(hours=2), alert()),
)


def test_one_headline_a_story_each_linked_to_its_page() -> None:
    rendered = render_digest(Digest(ENTRIES), IDENTITY, language="en", zone="Europe/Kyiv")
    tree = lxml_html.document_fromstring(rendered.html)
    base = IDENTITY.base_url
    assert [(a.text_content(), a.get("href")) for a in tree.iter("a")] == [
        (ukrainian().headline, f"{base}/alerts/3"),
        (correction().headline, f"{base}/alerts/1"),
        (alert().headline, f"{base}/alerts/2"),
        ("The log of all alerts", f"{base}/alerts"),
        ("Change your Breaking News preferences", f"{base}/preferences/{TOKEN_MARK}"),
        ("Unsubscribe from Breaking News", f"{base}/unsubscribe/{TOKEN_MARK}"),
    ]
    assert rendered.subject == f"Summary: {ukrainian().headline}, and 2 more"
    for wanted in ("FLASH · One report", "20 November 2026, 15:41 (Kyiv, UTC+2)", "голова області", "We told you that"):
        assert wanted in rendered.text


def test_what_found_no_room_is_counted() -> None:
    rendered = render_digest(Digest(ENTRIES[2:], 21), IDENTITY, language="uk", zone="UTC")
    assert rendered.subject == f"Підсумок: {alert().headline} і ще 21"
    assert "Ще 21 новина в журналі всіх сповіщень" in rendered.text


def test_a_single_story_is_its_headline() -> None:
    rendered = render_digest(Digest(ENTRIES[2:]), IDENTITY, language="en", zone="UTC")
    assert rendered.subject == f"Summary: {alert().headline}"
    assert "1 Quay Street" in rendered.text
