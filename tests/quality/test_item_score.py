"""Floors of what one item deserves on its own words: fitted on the earlier 60%, scored on the later 40%.

Command: ``python -m bench.fit_item_score`` prints these figures with bootstrap intervals. The aims are AUC .92 and
average precision .65 (English), AUC .90 within each outlet, and .88 and .40 (Russian); a floor is what holds today and
moves only upwards, but for three that fell and were not tuned back (docs/judgement.md, "Whatever the year"): the
English precision from .62 (.63 before the second reading), CNN's area from .905 and the Russian precision from .445.
Those of BBC and CNN were .83 and .92 while the lexicon was fitted to the very items they are measured on; the floors
of the 814 items marked since say more.
"""

from pathlib import Path

import pytest

from tests.quality.ratings import later_marks, later_part
from tocsin.replay.score import auc, average_precision

pytestmark = pytest.mark.data


@pytest.mark.parametrize(("language", "area", "precision"), [("en", 0.908, 0.61), ("ru", 0.905, 0.44)])
def test_items_that_deserve_an_alert_are_ranked_first(data: Path, language: str, area: float, precision: float) -> None:
    later = later_part(data, language)
    assert auc(later.deserved, later.scores) >= area
    assert average_precision(later.deserved, later.scores) >= precision


@pytest.mark.parametrize(("source", "area"), [("BBC", 0.84), ("CNN", 0.895), ("PressTV", 0.92)])
def test_outlets_are_not_what_is_learned(data: Path, source: str, area: float) -> None:
    part = later_part(data, "en").of(source)
    assert auc(part.deserved, part.scores) >= area


@pytest.mark.parametrize(("source", "area"), [("BBC", 0.84), ("CNN", 0.875)])
def test_items_that_the_open_ratings_leave_out_are_ranked_as_well(data: Path, source: str, area: float) -> None:
    part = later_marks(data, "en").of(source)
    assert len(part.items) > 250
    assert auc(part.deserved, part.scores) >= area
