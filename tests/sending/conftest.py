"""A relay, a clock that is told the time, and an installation that sends through the one by the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.relay import Relay, running
from tests.sending.steps import Clock, parts_for
from tocsin.wiring import Parts


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def relay() -> Iterator[Relay]:
    with running(Relay()) as server:
        yield server


@pytest.fixture
def parts(tmp_path: Path, relay: Relay, clock: Clock) -> Parts:
    return parts_for(tmp_path, relay, clock)
