"""Sources, sends in the middle, forgetting, the dead-man check, matching: as commands on a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from tests.commands.conftest import Call
from tests.commands.sent import accepted, answer, approved, reader
from tests.fakes import relay as smtp
from tests.fakes.publisher import Publisher
from tests.newsroom.test_book import FEED as NEWS
from tests.newsroom.test_starting import publisher
from tocsin.intake.opml import Feed, feeds_in, opml
from tocsin.model import Source
from tocsin.store.alerts import VersionState, settle_version
from tocsin.store.audit import entries
from tocsin.store.intake import active_sources, configure_sources, record_polling
from tocsin.store.refused import RefusedMail, note_refused
from tocsin.upkeep.deadman import NotTold, ping
from tocsin.wiring import Parts

__all__ = ["publisher"]

NOW = datetime.now(UTC)
FEED = Source("feed", "Example News", "example", url="https://news.example/rss", tier=2)


def listen(parts: Parts, *sources: Source) -> None:
    with parts.store.write() as connection:
        configure_sources(connection, sources)


def polled(parts: Parts, **state: object) -> None:
    with parts.store.write() as connection:
        [polling] = [one for one in active_sources(connection) if one.source.name == FEED.name]
        record_polling(connection, replace(polling, **state))  # type: ignore[arg-type]


def states(tocsin: Call) -> dict[str, str]:
    return {line["name"]: line["state"] for line in map(json.loads, tocsin("sources", "--json").out.splitlines())}


def test_a_subscription_list_is_imported_once_and_exported(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    assert tocsin("sources", "export").status == 3
    (tmp_path / "feeds.opml").write_bytes(
        opml([Feed("https://pier.example/a", "Pier"), Feed("ftp://x", "Old")], "Mine")
    )
    (done, refused) = map(
        json.loads, tocsin("sources", "import", str(tmp_path / "feeds.opml"), "--json").out.splitlines()
    )
    assert (done["name"], done["publisher"], done["why_not"]) == ("Pier", "pier.example", "")
    assert refused["why_not"]
    again = tocsin("sources", "import", str(tmp_path / "feeds.opml"))
    assert "0 of 2 feeds added; 1 were listened to already" in again.out
    assert [feed.url for feed in feeds_in(tocsin("sources", "export").out.encode())] == ["https://pier.example/a"]
    (tmp_path / "page.html").write_text("<html></html>")
    wrong = tocsin("sources", "import", str(tmp_path / "page.html"))
    assert wrong.status == 1
    assert "no subscription list (OPML)" in wrong.err


def test_a_source_is_new_well_silent_or_failing(parts: Parts, tocsin: Call) -> None:
    assert tocsin("sources").status == 3
    listen(parts, FEED, Source("wire", "Wire", "wire", push=True))
    assert states(tocsin) == {"feed": "new", "wire": "push"}
    polled(parts, worked_at=NOW, due_at=NOW + timedelta(seconds=30), why_due="tier 2")
    assert states(tocsin)["feed"] == "ok"
    assert tocsin("sources", "--troubled").status == 3
    polled(parts, worked_at=NOW - timedelta(hours=2))
    assert states(tocsin)["feed"] == "silent"
    polled(parts, worked_at=NOW, failures=3, error="404 [red]Not Found")
    assert states(tocsin)["feed"] == "failing"
    assert "3 times: 404 [red]Not Found" in tocsin("sources", "--troubled").out


def test_mails_that_were_kept_out_are_listed_with_the_reason(parts: Parts, tocsin: Call) -> None:
    assert tocsin("sources", "refused").status == 3
    forged = RefusedMail("/var/mail/press", "1", NOW, "press@ministry.example", "[red]Minister", "it is not signed")
    with parts.store.write() as connection:
        note_refused(connection, forged)
    told = json.loads(tocsin("sources", "refused", "--json").out)
    assert (told["sender"], told["reason"]) == ("press@ministry.example", "it is not signed")
    assert "[red]Minister" in tocsin("sources", "refused").out
    mailbox = Source("Ministry", "Ministry", "m", mailbox="/var/mail/press", senders=("ministry.example",))
    listen(parts, mailbox)
    assert states(tocsin) == {"Ministry": "new"}


def test_a_feed_is_tried_added_and_taken_off_and_the_log_says_by_whom(
    parts: Parts, tocsin: Call, publisher: Publisher, tmp_path: Path
) -> None:
    with (tmp_path / "tocsin.toml").open("a") as settings:
        settings.write('[intake]\nnetworks = ["127.0.0.0/8"]\n')
    publisher.gives("/feed", NEWS, Content_Type="application/rss+xml")
    url = publisher.url("/feed")
    assert "The bridge is closed" in tocsin("sources", "try", url).out
    assert json.loads(tocsin("sources", "try", url, "--json").out)["items"][0]["title"] == "The bridge is closed"
    assert tocsin("sources", "add", publisher.url("/none"), "--name", "Harbour").status == 1
    assert "it lists 1 items now" in tocsin("sources", "add", url, "--name", "Harbour", "--tier", "2").out
    assert tocsin("sources", "remove", "Harbour").status == 0
    assert tocsin("sources", "remove", "Harbour").status == 2
    with parts.store.read() as connection:
        assert [entry.act for entry in entries(connection)] == ["source removed", "source"]


def test_turning_live_is_in_the_log(parts: Parts, tocsin: Call) -> None:
    for mode in ("live", "live", "shadow"):
        assert tocsin("mode", mode).status == 0
    with parts.store.read() as connection:
        assert [(entry.act, entry.subject) for entry in entries(connection)] == [("mode", "shadow"), ("mode", "live")]


def test_a_send_is_paused_resumed_and_stopped_and_the_log_says_by_whom(parts: Parts, tocsin: Call) -> None:
    readers = [reader(parts, f"r{number}@example.org") for number in range(3)]
    version = str(approved(parts))
    assert tocsin("pause", version).status == 0
    assert json.loads(tocsin("deliveries", version, "--json").out)["paused"]
    assert tocsin("resume", version).status == 0
    assert f"is stopped before it reached {len(readers)} readers" in tocsin("stop", version).out
    assert json.loads(tocsin("deliveries", version, "--json").out)["counts"] == {"cancelled": 3}
    with parts.store.read() as connection:
        assert [entry.act for entry in entries(connection)] == ["stop", "resume", "pause"]


@pytest.mark.parametrize(
    "act",
    [
        ("pause", "7"),
        ("resume", "7"),
        ("retry", "7"),
        ("stop", "7"),
        ("alerts", "approve", "7"),
        ("alerts", "drop", "7"),
        ("alerts", "correct", "7", "--note", "It was the other bridge."),
    ],
    ids=" ".join,
)
def test_every_act_on_a_version_that_is_none_says_so_alike(act: tuple[str, ...], tocsin: Call) -> None:
    said = tocsin(*act)
    assert (said.status, said.err) == (2, "tocsin: There is no version of this number: 7\n")
    assert tocsin("deliveries", "7").status == 3


def test_what_is_not_under_way_can_not_be_paused_and_says_what_it_is(parts: Parts, tocsin: Call) -> None:
    version = approved(parts)
    with parts.store.write() as connection:
        settle_version(connection, version, VersionState.SENT, NOW)
    for act in ("pause", "resume", "stop"):
        said = tocsin(act, str(version))
        assert (said.status, said.err) == (1, f"tocsin: This version is not on its way: version {version} is sent\n")


def test_old_deliveries_become_totals_that_are_still_shown(parts: Parts, tocsin: Call) -> None:
    number = reader(parts, "a@example.org")
    version = approved(parts)
    answer(parts, version, accepted(number, 20))
    with parts.store.write() as connection:
        settle_version(connection, version, VersionState.SENT, NOW)
    done = json.loads(tocsin("retention", "run", "--json").out)
    assert done["deliveries"] == 1
    told = json.loads(tocsin("deliveries", str(version), "--json").out)
    assert (told["counts"], told["median_ms"]) == ({"accepted": 1}, None)
    assert "it is no longer kept who was sent this" in tocsin("reader", "a@example.org").out


def test_programs_can_ask_for_people_keys_the_log_and_the_mode(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a long and unusual one", encoding="utf-8")
    tocsin("people", "add", "olena", "--role", "editor", "--password-file", "password")
    tocsin("people", "key", "add", "olena", "a wall of screens")
    [person] = map(json.loads, tocsin("people", "list", "--json").out.splitlines())
    assert person == {"name": "olena", "role": "editor", "disabled": False, "second_factor": False}
    [key] = map(json.loads, tocsin("people", "key", "list", "--json").out.splitlines())
    assert (key["person"], key["used_by"], key["scopes"], key["used_at"]) == (
        "olena",
        "a wall of screens",
        ["read"],
        None,
    )
    seals = json.loads(tocsin("audit", "verify", "--json").out)
    assert (seals["records"], seals["broken"]) == (2, [])
    assert json.loads(tocsin("mode", "live", "--json").out) == {"mode": "live"}
    with parts.store.write() as connection:
        connection.execute(text("UPDATE audit SET who = 'nobody' WHERE number = 1"))
    broken = tocsin("audit", "verify", "--json")
    assert (broken.status, json.loads(broken.out)["broken"]) == (1, [1])


# -- the dead-man check ------------------------------------------------------------------------------------------------


@contextmanager
def watcher(status: int = 200, leads_to: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """Run a watcher on a free port; it notes what it is asked."""
    asked: list[str] = []

    class Watcher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            if leads_to is not None:
                self.send_header("Location", leads_to)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Watcher)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ping", asked
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def with_relay(folder: Path, port: int) -> None:
    """Name a relay on this port in the settings."""
    file = folder / "tocsin.toml"
    file.write_text(f'{file.read_text()}\n[mail]\nport = {port}\nsecurity = "none"\n', encoding="utf-8")


def test_the_watcher_hears_only_when_an_alert_would_be_delivered(tocsin: Call, tmp_path: Path) -> None:
    with watcher() as (url, asked), smtp.running(smtp.Relay()) as relay:
        with_relay(tmp_path, relay.port)
        assert tocsin("deadman", url).status == 0
        assert asked == ["/ping"]


def test_without_a_relay_the_watcher_hears_nothing(tocsin: Call, tmp_path: Path) -> None:
    with watcher() as (url, asked):
        with_relay(tmp_path, 1)
        said = tocsin("deadman", url)
        assert said.status == 1
        assert "127.0.0.1:1" in said.err
        assert asked == []


def test_a_send_that_reaches_nobody_is_trouble(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    reader(parts, "a@example.org")
    approved(parts)
    with watcher() as (url, asked), smtp.running(smtp.Relay()) as relay:
        with_relay(tmp_path, relay.port)
        said = tocsin("deadman", url)
        assert "has reached nobody" in said.err
        assert asked == []


def test_a_watcher_leads_nowhere_else() -> None:
    with (
        watcher() as (inside, asked),
        watcher(302, inside) as (url, _),
        pytest.raises(NotTold, match="302"),
    ):
        ping(url)
    assert asked == []


def test_a_watcher_that_refuses_is_told_of() -> None:
    with watcher(500) as (url, _), pytest.raises(NotTold, match="500"):
        ping(url)


# -- matching ----------------------------------------------------------------------------------------------------------


def test_matching_is_measured_on_an_empty_database_only(tocsin: Call, database_url: str) -> None:
    said = tocsin("bench", "match", "--subscribers", "1000", "--database", database_url, "--json")
    figures = json.loads(said.out)
    assert (figures["subscribers"], figures["preferences"], figures["audience"]) == (1000, 5000, 300)
    assert tocsin("bench", "match", "--subscribers", "1000", "--database", database_url).status == 2


# -- what no command does ----------------------------------------------------------------------------------------------

TOO_LARGE = "9" * 30


@pytest.mark.parametrize(
    "act",
    [
        ("pause", TOO_LARGE),
        ("resume", TOO_LARGE),
        ("deliveries", TOO_LARGE),
        ("alerts", "approve", TOO_LARGE),
        ("returned", "show", TOO_LARGE),
        ("people", "key", "end", TOO_LARGE),
        ("audit", "list", "--most", TOO_LARGE),
        ("suppressions", "list", "--version", TOO_LARGE),
        ("suppressions", "undo", "--version", "0"),
    ],
    ids=lambda act: " ".join(act[:-1]),
)
def test_a_number_that_the_store_can_not_hold_is_wrong_use(act: tuple[str, ...], tocsin: Call) -> None:
    said = tocsin(*act)
    assert said.status == 2
    assert "is too " in said.err


def test_a_number_too_large_is_no_version_to_explain(tocsin: Call) -> None:
    assert tocsin("why", f"v{TOO_LARGE}").status == 3


def test_what_is_logged_is_no_part_of_what_a_command_prints(tocsin: Call, tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_text("From: r@example.org\nSubject: hello\n\nThank you!\n", encoding="utf-8")
    said = tocsin("returned", "take", "mail.eml")
    assert (said.status, len(said.out.splitlines()), said.err) == (0, 1, "")
