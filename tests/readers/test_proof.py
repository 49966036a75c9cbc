"""Proof of work: for this address, this hour, this much."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.readers.proof import proves

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def work(email: str, bits: int, at: datetime = NOW) -> str:
    seconds = int(at.timestamp())
    return next(proof for n in itertools.count() if proves(proof := f"{seconds}.{n}", email, bits, at))


def test_work_counts_for_its_address_and_hour_only() -> None:
    proof = work("reader@example.com", 8)
    assert proves(proof, "reader@example.com", 8, NOW + timedelta(minutes=59))
    assert not proves(proof, "reader@example.com", 8, NOW + timedelta(minutes=61))
    assert not proves(proof, "reader@example.com", 8, NOW - timedelta(minutes=61))
    assert not all(proves(work(f"{n}@example.com", 8), "reader@example.com", 8, NOW) for n in range(3))


@pytest.mark.parametrize("proof", ["", ".", "1.", "x.1", "-1.1", "9" * 400, "9" * 40 + ".1", "١.1"])
def test_what_is_no_proof(proof: str) -> None:
    assert not proves(proof, "reader@example.com", 1, NOW)


def test_where_no_work_is_asked_none_counts() -> None:
    assert not proves(f"{int(NOW.timestamp())}.1", "reader@example.com", 0, NOW)
