"""When the last reader will have a version is told before it is sent: by what was measured, and by every limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.sent import DRAFT, NOON, accepted, answer, approved, held, reader
from tocsin.delivery.limits import Bound, slowest
from tocsin.model import Band
from tocsin.sending.outlook import Outlook, outlook
from tocsin.settings import Mail, Settings
from tocsin.store.alerts import VersionState, settle_version, version_of
from tocsin.wiring import Parts, assemble


def parts_with(folder: Path, database_url: str, mail: Mail) -> Parts:
    return assemble(Settings(folder=folder, database=database_url, mail=mail), lambda: NOON)


def outlook_of(parts: Parts, number: int) -> Outlook:
    with parts.store.read() as connection:
        version = version_of(connection, number)
        assert version is not None
        return outlook(parts, connection, version, NOON)


def test_the_longest_of_all_bounds_decides() -> None:
    bounds = (Bound("speed", 1000, 500), Bound("domain", 100, 10), Bound("relay", 1000, 200))
    found = slowest(bounds)
    assert found is not None
    assert (found.name, found.seconds) == ("domain", 10)
    assert slowest(()) is None


def test_without_a_send_and_a_limit_nothing_is_promised(tmp_path: Path, database_url: str) -> None:
    parts = parts_with(tmp_path, database_url, Mail())
    reader(parts, "a@example.com")
    assert outlook_of(parts, held(parts)) == Outlook(1, 0, None, "no send was measured yet", least=True)


def test_a_domains_limit_decides_when_it_takes_longest(tmp_path: Path, database_url: str) -> None:
    parts = parts_with(tmp_path, database_url, Mail(per_second=10, per_domain={"Slow.example": 0.5}))
    for number in range(3):
        reader(parts, f"r{number}@slow.example")
    reader(parts, "r@quick.example")
    found = outlook_of(parts, held(parts))
    assert (found.readers, found.seconds, found.least) == (4, 6, True)
    assert "slow.example" in found.because.lower()


def test_the_last_sends_tell_the_speed_and_what_is_under_way_goes_first(tmp_path: Path, database_url: str) -> None:
    parts = parts_with(tmp_path, database_url, Mail())
    readers = [reader(parts, f"r{number}@example.com") for number in range(200)]
    sent = approved(parts)
    answer(parts, sent, *(accepted(one, 10 * (place + 1)) for place, one in enumerate(readers)))
    with parts.store.write() as connection:
        settle_version(connection, sent, VersionState.SENT, NOON)
    found = outlook_of(parts, held(parts, replace(DRAFT, story="s2")))
    assert (found.readers, found.ahead, found.least) == (200, 0, False)
    assert found.seconds == pytest.approx(2.0)
    approved(parts, replace(DRAFT, story="s3", band=Band.WATCH))
    assert outlook_of(parts, held(parts, replace(DRAFT, story="s4"))).ahead == 0, "an alert overtakes a watch"
    approved(parts, replace(DRAFT, story="s5"))
    after_another = outlook_of(parts, held(parts, replace(DRAFT, story="s6")))
    assert after_another.ahead == 200
    assert after_another.seconds == pytest.approx(4.0)
