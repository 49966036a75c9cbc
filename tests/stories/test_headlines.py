"""What other years brought: headlines in our own words, judged by the shipped lexicons and weights."""

import csv
from pathlib import Path

import pytest

from tests.stories.reports import report
from tocsin.replay.score import auc
from tocsin.stories.rules import Rules
from tocsin.stories.score import item_score

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "headlines"


def judged(name: str) -> list[tuple[bool, float]]:
    rules, language = Rules(), name[:2]
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    return [
        (int(row["rating"]) >= 3, item_score(report(row["headline"], language), rules.weights_of(language)).raw)
        for row in rows
    ]


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("en", 0.95),
        ("ru", 0.97),
        ("uk", 0.96),
        ("en-unread", 0.94),
        ("en-hard", 0.88),
        ("en-years-read", 0.865),
        ("en-years-unread", 0.86),
        ("ru-years-read", 0.86),
        ("ru-years-unread", 0.92),
        ("uk-years-read", 0.90),
        ("uk-years-unread", 0.865),
    ],
)
def test_what_deserved_an_alert_is_ranked_first(name: str, area: float) -> None:
    rows = judged(name)
    assert auc([deserved for deserved, _ in rows], [score for _, score in rows]) >= area


@pytest.mark.parametrize("name", ["en", "ru", "uk", "en-unread", "en-hard"])
def test_what_did_not_deserve_one_stays_below_the_bar(name: str) -> None:
    reached = [deserved for deserved, score in judged(name) if score >= Rules().alert]
    assert reached.count(False) <= 0.03 * len(reached) + 1
    assert len(reached) >= 12
