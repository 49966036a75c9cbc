"""``tocsin import``: readers of another list, their consent on record, and nobody who has left."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tests.commands.sent import reader
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind
from tocsin.store.consents import check_consents, consents_of
from tocsin.store.preferences import interests_of
from tocsin.store.subscribers import Subscriber, SubscriberState, add_subscriber, change_subscriber, subscriber_at
from tocsin.store.suppressions import Suppressed, suppress
from tocsin.wiring import Parts

WORDS = ("--wording", "Sign up to our breaking news emails")
LIST = """email,created_at,language
olena@example.org,2022-11-11T05:30:00Z,uk
Present@Example.org,2022-11-11T05:30:00Z,
left@example.org,2022-11-11T05:30:00Z,
bounced@example.org,2022-11-11T05:30:00Z,
undated@example.org,,
later@example.org,2999-01-01T00:00:00Z,
no address,2022-11-11T05:30:00Z,
"""


@pytest.fixture
def roster(parts: Parts, tmp_path: Path) -> str:
    """Give a list with one new reader, and some that were here before."""
    reader(parts, "present@example.org")
    left = reader(parts, "left@example.org")
    with parts.store.write() as connection:
        change_subscriber(connection, left, state=SubscriberState.UNSUBSCRIBED)
        suppress(connection, key(parts, "bounced@example.org"), Suppressed.BOUNCED, parts.clock())
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    return str(tmp_path / "list.csv")


def key(parts: Parts, address: str) -> str:
    return address_key(parts.secret, parse_address(address))


def found(parts: Parts, address: str) -> Subscriber | None:
    with parts.store.read() as connection:
        return subscriber_at(connection, key(parts, address))


def test_who_is_new_gets_all_news_and_the_proof_says_where_from(parts: Parts, tocsin: Call, roster: str) -> None:
    assert tocsin("import", roster, *WORDS, "--from", "the old list").status == 0
    olena = found(parts, "olena@example.org")
    assert olena is not None
    assert (olena.state, olena.language, olena.offers) == (SubscriberState.ACTIVE, "uk", False)
    with parts.store.read() as connection:
        assert interests_of(connection, olena.id) == (ALL_NEWS,)
        (record,) = consents_of(connection, olena.id)
        assert not check_consents(connection).broken
    told = {name: fact.value for name, fact in record.facts.items()}
    assert told["wording for alerts"] == WORDS[1]
    assert told["brought in from"] == "the old list"
    assert told["given at"] == "2022-11-11 05:30:00+00:00"


def test_each_line_of_which_no_reader_was_made_says_why(parts: Parts, tocsin: Call, roster: str) -> None:
    told = json.loads(tocsin("import", roster, *WORDS, "--json").out)
    assert told["added"] == 1
    why = dict(told["not_added"])
    assert why.keys() == {3, 4, 5, 6, 7, 8}
    assert "already" in why[3]
    assert "left here" in why[4]
    assert "suppressed" in why[5]
    assert why[6] == why[7]
    assert "when they consented" in why[6]
    with parts.store.read() as connection:
        left = subscriber_at(connection, key(parts, "left@example.org"))
    assert left is not None
    assert left.state is SubscriberState.UNSUBSCRIBED


def test_twice_changes_nothing_and_a_trial_keeps_nothing(parts: Parts, tocsin: Call, roster: str) -> None:
    assert "Readers that would be added: 1" in tocsin("import", roster, *WORDS, "--dry-run").out
    assert found(parts, "olena@example.org") is None
    tocsin("import", roster, *WORDS)
    assert "Readers added: 0" in tocsin("import", roster, *WORDS).out
    olena = found(parts, "olena@example.org")
    assert olena is not None
    with parts.store.read() as connection:
        assert len(consents_of(connection, olena.id)) == 1


def test_somebody_named_twice_and_one_whose_sign_up_waits(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    with parts.store.write() as connection:
        waiting = add_subscriber(
            connection, address="w@example.org", address_key=key(parts, "w@example.org"), language="uk", zone="UTC",
            at=parts.clock(),
        )  # fmt: skip
    (tmp_path / "plain.txt").write_text("a@example.org\nw@example.org\nA@Example.org\n", encoding="utf-8")
    told = json.loads(tocsin("import", "plain.txt", *WORDS, "--given", "30d", "--json").out)
    assert told == {"added": 2, "not_added": [[3, "is a reader already"]]}
    confirmed = found(parts, "w@example.org")
    assert confirmed is not None
    assert (confirmed.id, confirmed.state) == (waiting, SubscriberState.ACTIVE)
    with parts.store.read() as connection:
        assert interests_of(connection, waiting) == (ALL_NEWS,)
        assert len(consents_of(connection, waiting)) == 1
        assert not check_consents(connection).broken


def test_one_address_a_line_needs_to_be_told_when(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("a@example.org\nb@example.org\n", encoding="utf-8")
    assert "Readers added: 0" in tocsin("import", "plain.txt", *WORDS).out
    assert (
        "Readers added: 2"
        in tocsin("import", "plain.txt", *WORDS, "--given", "2022-11-11", "--topic", "medtop:03000000").out
    )
    reached = found(parts, "a@example.org")
    assert reached is not None
    with parts.store.read() as connection:
        assert interests_of(connection, reached.id) == (Interest(InterestKind.TOPIC, "medtop:03000000"),)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "list.csv"), "--wording"),
        (("import", "list.csv", "--wording", " "), "proves their consent"),
        (("import", "list.csv", *WORDS, "--topic", "all"), "no topic 'all'"),
        (("import", "list.csv", *WORDS, "--given", "once"), "neither an ISO 8601"),
    ],
)
def test_wrong_use_is_told(tocsin: Call, roster: str, words: tuple[str, ...], told: str) -> None:
    said = tocsin(*words)
    assert said.status == 2
    assert told in said.err


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("secret.bin", "not text in UTF-8"),
        ("tocsin.toml", "no list of readers"),
        ("none.csv", "No such file"),
    ],
)
def test_a_file_that_is_no_list_is_told(tocsin: Call, tmp_path: Path, file: str, told: str) -> None:
    (tmp_path / "secret.bin").write_bytes(b"\xff\xfe\x00")
    said = tocsin("import", file, *WORDS)
    assert said.status == 1
    assert told in said.err


def test_who_presses_ctrl_c_is_told_what_is_kept_and_goes_on_later(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    addresses = [f"r{number}@example.org" for number in range(5000)]
    (tmp_path / "plain.txt").write_text("\n".join(addresses), encoding="utf-8")

    def interrupt() -> None:
        while found(parts, addresses[200]) is None:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=interrupt)
    presser.start()
    said = tocsin("import", "plain.txt", *WORDS, "--given", "30d")
    presser.join()
    assert said.status == 130
    kept = re.search(r"Interrupted: ([\d,]+) readers were added and stay. Call it again", said.err)
    assert kept is not None
    rest = json.loads(tocsin("import", "plain.txt", *WORDS, "--given", "30d", "--json").out)
    assert 0 < rest["added"] <= 5000 - int(kept[1].replace(",", ""))
    assert found(parts, addresses[-1]) is not None


def test_an_interrupted_list_of_feeds_leaves_none(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "feeds.opml")
    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
    said = tocsin("sources", "import", "feeds.opml")
    assert said.status == 130
    assert "no feed was added. Call it again" in said.err
