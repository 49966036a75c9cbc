"""``tocsin suppressions``, ``returned``, ``relays``, ``resume`` and ``retry`` as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Call
from tests.commands.sent import NOON, approved, reader
from tests.delivery.test_returned_shapes import shape
from tocsin.readers.addresses import address_key, parse_address
from tocsin.store.audit import entries
from tocsin.store.suppressions import Met, Suppressed, suppress, suppression_of
from tocsin.wiring import Parts


def key(parts: Parts, address: str) -> str:
    return address_key(parts.secret, parse_address(address))


def test_an_incident_is_listed_and_undone(parts: Parts, tocsin: Call) -> None:
    assert tocsin("suppressions", "list").status == 3
    reader(parts, "a@big.example")
    with parts.store.write() as connection:
        suppress(connection, key(parts, "a@big.example"), Suppressed.BOUNCED, NOON, Met(7, "big.example", "550 who?"))
    assert "550 who?" in tocsin("suppressions", "list").out
    line = json.loads(tocsin("suppressions", "list", "--domain", "big.example", "--json").out)
    assert (line["version"], line["domain"], line["count"]) == (7, "big.example", 1)
    assert tocsin("suppressions", "undo").status == 2
    assert tocsin("suppressions", "undo", "--domain", "other.example").out.startswith("0 addresses")
    assert tocsin("suppressions", "undo", "--version", "7").out.startswith("1 addresses")
    with parts.store.read() as connection:
        assert suppression_of(connection, key(parts, "a@big.example")) is None
        assert [one.act for one in entries(connection)] == ["undo suppressions"] * 2


def test_one_address_is_blocked_and_lifted_and_the_log_names_no_address(parts: Parts, tocsin: Call) -> None:
    assert tocsin("suppressions", "block", "no address").status == 2
    assert tocsin("suppressions", "lift", "a@big.example").status == 3
    assert tocsin("suppressions", "block", "A@BIG.example").status == 0
    with parts.store.read() as connection:
        assert suppression_of(connection, key(parts, "a@big.example")) is Suppressed.BLOCKED
    assert "blocked" in tocsin("suppressions", "lift", "a@big.example").out
    with parts.store.read() as connection:
        assert all("@" not in one.subject + one.detail for one in entries(connection))


def test_what_came_back_is_taken_listed_and_shown(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    assert tocsin("returned", "list").status == 3
    (tmp_path / "human.eml").write_bytes(shape("human"))
    assert "human, no delivery of ours" in tocsin("returned", "take", "human.eml").out
    line = json.loads(tocsin("returned", "list", "--kind", "human", "--json").out)
    assert line["kind"] == "human"
    assert tocsin("returned", "list", "--kind", "failed").status == 3
    assert "other bridge" in tocsin("returned", "show", str(line["id"])).out
    assert tocsin("returned", "show", "99").status == 3
    assert tocsin("returned", "take", "missing.eml").status == 1


def test_a_version_or_a_domain_goes_on_or_it_is_said_why_not(parts: Parts, tocsin: Call) -> None:
    version = approved(parts)
    assert tocsin("resume").status == 2
    assert "does not rest" in tocsin("resume", "--domain", "big.example").err
    assert "no news any more" in tocsin("retry", str(version)).err
    assert tocsin("relays").status == 3
