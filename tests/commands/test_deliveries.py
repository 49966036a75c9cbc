"""``tocsin deliveries``: figures that can be checked by hand, on both engines."""

from __future__ import annotations

import csv
import json
import stat
from datetime import timedelta
from pathlib import Path

from tests.commands.conftest import Call
from tests.commands.sent import accepted, answer, approved, held, reader, refused
from tocsin.store.alerts import pause_version
from tocsin.store.audit import entries
from tocsin.store.rests import Rest, rest
from tocsin.wiring import Parts


def some_readers(parts: Parts, many: int) -> list[int]:
    return [reader(parts, f"r{number}@example.org") for number in range(many)]


def told(tocsin: Call, version: int) -> dict[str, object]:
    said = tocsin("deliveries", str(version), "--json")
    assert said.status == 0, said.err
    line: dict[str, object] = json.loads(said.out)
    return line


def test_first_median_99th_and_last_are_those_of_the_relays_answers(parts: Parts, tocsin: Call) -> None:
    numbers = some_readers(parts, 100)
    version = approved(parts)
    answer(parts, version, *(accepted(number, 10 * place) for place, number in enumerate(numbers, 1)))
    line = told(tocsin, version)
    assert (line["first_ms"], line["median_ms"], line["p99_ms"], line["last_ms"]) == (10, 500, 990, 1000)
    assert line["counts"] == {"accepted": 100}
    assert line["per_second"] == 100.0
    assert line["left_s"] is None


def test_the_ledger_runs_from_publication_to_the_first_acceptance(parts: Parts, tocsin: Call) -> None:
    [number] = some_readers(parts, 1)
    version = approved(parts)
    answer(parts, version, accepted(number, 250))
    ledger = told(tocsin, version)["ledger"]
    assert ledger == {
        "published": "2022-11-11T11:59:51Z",
        "seen": "2022-11-11T11:59:56Z",
        "read": "2022-11-11T11:59:57Z",
        "decided": "2022-11-11T11:59:58Z",
        "approved": "2022-11-11T12:00:00Z",
        "handed over": "2022-11-11T12:00:00.249000Z",
        "first accepted": "2022-11-11T12:00:00.250000Z",
    }


def test_the_page_for_people_shows_states_and_the_relays_answers(parts: Parts, tocsin: Call) -> None:
    one, other, third = some_readers(parts, 3)
    version = approved(parts)
    answer(parts, version, accepted(one, 20), refused(other, 40, "5.1.1 no [bold]such\x1b[Km user"))
    page = tocsin("deliveries", str(version)).out
    assert "2 of 3 readers are settled" in page
    assert "in hand" in page
    assert "5.1.1 no [bold]such [Km user" in page, "what a relay says is neither markup nor escapes"
    assert "\x1b" not in page
    assert third


def test_the_csv_has_a_line_for_each_reader_and_no_formula(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    one, other = some_readers(parts, 2)
    version = approved(parts)
    answer(parts, version, accepted(one, 20), refused(other, 40, "=cmd|' /C calc'!A"))
    assert tocsin("deliveries", str(version), "--csv", "ledger.csv").status == 0
    file = tmp_path / "ledger.csv"
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [(row["address"], row["state"], row["why"]) for row in rows] == [
        ("r0@example.org", "accepted", "all"),
        ("r1@example.org", "failed", "all"),
    ]
    assert rows[0]["published"] == "2022-11-11T11:59:51+00:00"
    assert rows[0]["answered"] == "2022-11-11T12:00:00.020000+00:00"
    assert rows[1]["reply"] == "'=cmd|' /C calc'!A"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with parts.store.read() as connection:
        assert [(entry.act, entry.subject) for entry in entries(connection)] == [("export", f"version {version}")]


def test_watching_ends_when_nothing_is_open(parts: Parts, tocsin: Call) -> None:
    [number] = some_readers(parts, 1)
    version = approved(parts)
    answer(parts, version, accepted(number, 20))
    assert len(tocsin("deliveries", str(version), "--watch", "--json").out.splitlines()) == 1


def test_a_version_that_was_not_approved_has_nothing_to_show(parts: Parts, tocsin: Call) -> None:
    said = tocsin("deliveries", str(held(parts)))
    assert said.status == 3
    assert "it is held" in said.err
    assert tocsin("deliveries", "999").status == 3


def test_without_a_version_the_last_ones_sent_are_listed(parts: Parts, tocsin: Call) -> None:
    assert tocsin("deliveries").status == 3
    some_readers(parts, 2)
    first, second = approved(parts), approved(parts)
    waits = held(parts)
    with parts.store.write() as connection:
        pause_version(connection, second, parts.clock())
    lines = [json.loads(line) for line in tocsin("deliveries", "--json").out.splitlines()]
    assert {line["id"] for line in lines} == {first, second}
    page = tocsin("deliveries").out
    assert "paused" in page
    assert f"\n{waits} " not in page
    assert tocsin("deliveries", "--watch").status == 2


def test_each_domain_is_told_apart_and_why_one_rests(parts: Parts, tocsin: Call) -> None:
    addresses = ("a@Big.example", "b@big.example", "c@big.example", "d@small.example")
    numbers = [reader(parts, address) for address in addresses]
    version = approved(parts)
    answer(parts, version, accepted(numbers[0], 20), refused(numbers[1], 40, "5.7.1 no"))
    with parts.store.write() as connection:
        rest(
            connection,
            Rest("big.example", parts.clock(), parts.clock() + timedelta(minutes=30), "the relay refuses us"),
        )
    assert told(tocsin, version)["domains"] == [
        {"domain": "big.example", "readers": 3, "accepted": 1, "open": 1, "lost": 1},
        {"domain": "small.example", "readers": 1, "accepted": 0, "open": 1, "lost": 0},
    ]
    assert "the relay refuses us" in tocsin("deliveries", str(version)).out
