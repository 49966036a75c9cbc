"""CAP alerts of authorities."""

from __future__ import annotations

import pytest

from tocsin.errors import TocsinError
from tocsin.intake.feed import Feed
from tocsin.intake.parse import parse_feed
from tocsin.intake.sniff import kind_of

ALERT = """<?xml version="1.0" encoding="utf-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>coast-2022-17</identifier><sender>alerts@coast.example</sender><sent>2022-11-11T05:04:00+02:00</sent>
  <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
  <info>
    <language>en-GB</language><category>Met</category><event>Flood</event>
    <urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
    <senderName>Coastal Agency</senderName><headline>Flood &amp; surge at North Quay</headline>
    <description>The water is over the quay.</description><instruction>Leave the harbour.</instruction>
    <web>https://coast.example/17</web><area><areaDesc>North Quay</areaDesc></area>
  </info>
  <info><language>uk</language><event>Повінь</event><severity>Severe</severity><urgency>Expected</urgency></info>
</alert>"""


def parse(text: str) -> Feed:
    return parse_feed(text.encode(), None, "https://coast.example/cap", "coast")


def test_an_alert_is_an_item_in_each_of_its_languages() -> None:
    english, ukrainian = parse(ALERT).items
    assert (english.title, english.urgency, english.draft) == ("Flood & surge at North Quay", 1, False)
    assert english.content == "The water is over the quay.\n\nLeave the harbour.\n\nNorth Quay"
    assert (english.published, english.url) == ("2022-11-11T05:04:00+02:00", "https://coast.example/17")
    assert (english.authors, english.language) == (("Coastal Agency",), "en-GB")
    assert (ukrainian.title, ukrainian.urgency, ukrainian.language) == ("Повінь", 2, "uk")
    assert english.key != ukrainian.key
    assert kind_of(ALERT.encode()) == "feed"


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft", ""])
def test_what_is_not_actual_is_a_draft_and_so_alerts_nobody(status: str) -> None:
    assert all(item.draft for item in parse(ALERT.replace("Actual", status)).items)


@pytest.mark.parametrize("kind", ["Cancel", "Ack", "Error", ""])
def test_what_is_no_alert_or_update_is_refused_with_its_type(kind: str) -> None:
    feed = parse(ALERT.replace("<msgType>Alert", f"<msgType>{kind}"))
    assert feed.items == ()
    assert (kind or "unknown") in feed.refused[0]


def test_a_feed_that_lists_cap_alerts_carries_their_urgency() -> None:
    entry = (
        "<entry><id>1</id><title>Flood</title><cap:urgency>Immediate</cap:urgency><cap:severity>Severe</cap:severity>"
    )
    cap = "xmlns:cap='urn:oasis:names:tc:emergency:cap:1.2'"
    (item,) = parse(f"<feed xmlns='http://www.w3.org/2005/Atom' {cap}>{entry}</entry></feed>").items
    assert item.urgency == 2


def test_a_broken_alert_says_so() -> None:
    with pytest.raises(TocsinError):
        parse(ALERT.removesuffix("</alert>"))
