"""``tocsin reader`` and ``tocsin consent``: what is told of one reader, and that the asking is kept."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.commands.conftest import Call
from tests.commands.sent import DRAFT, NOON, accepted, answer, approved, reader
from tocsin.model import Band
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.consent import Act, Purpose
from tocsin.readers.interests import Interest, InterestKind, Stop, StopKind
from tocsin.store.audit import entries
from tocsin.store.consents import add_consent, consents
from tocsin.store.preferences import stop
from tocsin.store.subscribers import SubscriberState, change_subscriber
from tocsin.store.suppressions import Suppressed, suppress
from tocsin.wiring import Parts

ADDRESS = "olena@example.org"


def left_out(tocsin: Call) -> str:
    [version] = json.loads(tocsin("reader", ADDRESS, "--json").out)["versions"]
    assert version["sent"] is None
    return str(version["left_out"])


def test_what_a_reader_got_is_told_with_the_relays_answer(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, ADDRESS)
    answer(parts, approved(parts), accepted(number, 500))
    page = tocsin("reader", "OLENA@Example.org").out
    assert "Bridge closed" in page
    assert "accepted 9.5 s after publication — 250 2.0.0 Ok" in page


def test_looking_up_is_kept_under_a_number_never_an_address(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, ADDRESS)
    tocsin("reader", ADDRESS)
    assert tocsin("reader", "nobody@example.org").status == 3
    with parts.store.read() as connection:
        kept = entries(connection)
    assert [entry.subject for entry in kept] == ["reader unknown", f"reader {number}"]
    assert not any("@" in f"{entry.subject}{entry.detail}" for entry in kept)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": SubscriberState.UNSUBSCRIBED, "ended_at": NOON - timedelta(hours=1)}, "was unsubscribed"),
        ({"confirmed_at": NOON + timedelta(hours=1)}, "had not confirmed yet"),
        ({"flash_only": True}, "wants flashes only"),
    ],
)
def test_why_a_reader_was_left_out(parts: Parts, tocsin: Call, change: dict[str, object], why: str) -> None:
    number = reader(parts, ADDRESS)
    with parts.store.write() as connection:
        change_subscriber(connection, number, **change)
    approved(parts, but=[number])
    assert left_out(tocsin) == why


def test_a_reader_of_another_topic_is_told_what_the_story_was_about(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, ADDRESS, Interest(InterestKind.TOPIC, "medtop:15000000"))
    approved(parts, but=[number])
    assert left_out(tocsin) == "no interest matches (medtop:03000000)"


def test_a_stopped_story_and_a_suppression_are_named(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, ADDRESS)
    approved(parts, but=[number])
    with parts.store.write() as connection:
        stop(connection, number, Stop(StopKind.STORY, DRAFT.story), NOON)
    assert left_out(tocsin) == "stopped this story"
    with parts.store.write() as connection:
        key = address_key(parts.secret, parse_address(ADDRESS))
        suppress(connection, key, Suppressed.BOUNCED, NOON)
    assert left_out(tocsin) == "the address is suppressed: bounced"


def test_preferences_that_would_match_now_are_not_blamed(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, ADDRESS)
    approved(parts, replace(DRAFT, band=Band.FLASH), but=[number])
    assert "may have been others then" in left_out(tocsin)


def test_of_an_erased_address_only_the_suppression_is_known(parts: Parts, tocsin: Call) -> None:
    with parts.store.write() as connection:
        key = address_key(parts.secret, parse_address(ADDRESS))
        suppress(connection, key, Suppressed.ERASED, NOON)
    said = tocsin("reader", ADDRESS)
    assert said.status == 0
    assert "suppressed: erased" in said.out


def test_what_is_no_address_is_refused_in_one_line(tocsin: Call) -> None:
    said = tocsin("reader", "not an address")
    assert said.status == 2
    assert len(said.err.splitlines()) == 1


def test_consents_are_shown_with_the_exact_words(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, ADDRESS)
    with parts.store.write() as connection:
        facts = {"wording": "Send me [breaking] news", "form": "signup"}
        add_consent(connection, subscriber=number, at=NOON, purpose=Purpose.ALERTS, act=Act.GIVEN, facts=facts)
    page = tocsin("consent", "show", ADDRESS).out
    assert "alerts given at 2022-11-11 12:00:00 UTC" in page
    assert "Send me [breaking] news" in page
    assert tocsin("consent", "show", "nobody@example.org").status == 3


def test_who_wants_offers_is_listed_for_whoever_mails_them(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    number, file = reader(parts, ADDRESS), tmp_path / "offers.csv"
    reader(parts, "alerts.alone@example.org")
    with parts.store.write() as connection:
        change_subscriber(connection, number, offers=True)
        add_consent(connection, subscriber=number, at=NOON, purpose=Purpose.OFFERS, act=Act.GIVEN, facts={})
    assert "1 reader written" in tocsin("consent", "offers", str(file)).out
    assert file.stat().st_mode & 0o077 == 0
    [line] = csv.DictReader(file.read_text("utf-8").splitlines())
    assert (line["email"], line["since"]) == (ADDRESS, "2022-11-11T12:00:00+00:00")
    assert line["unsubscribe"].endswith("?from=offers")
    with parts.store.read() as connection:
        assert entries(connection)[0].subject == "consents to offers"


def test_a_changed_record_breaks_the_chain(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, ADDRESS)
    with parts.store.write() as connection:
        add_consent(connection, subscriber=number, at=NOON, purpose=Purpose.ALERTS, act=Act.GIVEN, facts={"form": "a"})
    assert "1 records, whole" in tocsin("consent", "verify").out
    with parts.store.write() as connection:
        connection.execute(update(consents).values(purpose=Purpose.OFFERS))
    said = tocsin("consent", "verify")
    assert said.status == 1
    assert "Record 1" in said.out
