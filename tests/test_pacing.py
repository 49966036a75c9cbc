"""A domain's limit holds over all sender processes together, and holds nobody else up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pacing import Pace, pace_of
from tests.postgres import Postgres
from tocsin.delivery.limits import AHEAD, LATE


def holds(pace: Pace) -> None:
    assert pace.letters == 100
    # A machine that is busy with other tests holds single letters up for a second; ``bench.limits`` asks for 5%.
    assert pace.per_second == pytest.approx(10, rel=0.15)
    assert pace.most_in_a_second <= 10 + 10 * (AHEAD + LATE).total_seconds()
    assert pace.others_per_second > 10 * pace.per_second


def test_a_limit_holds_over_four_processes_on_sqlite(tmp_path: Path) -> None:
    holds(pace_of(tmp_path, 100, 10, processes=4))


@pytest.mark.postgres
def test_a_limit_holds_over_four_processes_on_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    with postgres.fresh() as url:
        holds(pace_of(tmp_path, 100, 10, processes=4, database=url))
