"""A process may die at any instant: nobody is missed, and only what was on its way is repeated, under the same id."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.killing import Toll, under_fire
from tests.postgres import Postgres
from tocsin.model import DeliveryState


def holds(toll: Toll) -> None:
    assert toll.missed == 0
    assert toll.repeats <= toll.bound
    assert toll.other_ids == 0
    assert toll.states == {DeliveryState.ACCEPTED: toll.readers}
    assert toll.kills > 0


def test_kills_on_sqlite(tmp_path: Path) -> None:
    holds(under_fire(tmp_path, 4000, 6, every=0.3, processes=2))


@pytest.mark.postgres
def test_kills_on_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    with postgres.fresh() as url:
        holds(under_fire(tmp_path, 4000, 6, every=0.3, processes=2, database=url))
