"""What other years brought: headlines in our own words, judged by the shipped lexicons and weights."""

import csv
from pathlib import Path

import pytest

from tests.stories.reports import report
from tocsin.replay.score import auc
from tocsin.stories.rules import Rules
from tocsin.stories.score import item_score

# Lists that are mostly near misses: second days, increments, supposed exits.
FALSE_ALERTS = {
    "en-months-read": 12,
    "en-months-unread": 11,
    "ru-months-read": 5,
    "uk-months-read": 3,
}
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
        ("en", 0.96),
        ("ru", 0.985),
        ("uk", 0.985),
        ("en-unread", 0.95),
        ("en-hard", 0.895),
        ("en-years-read", 0.955),
        ("en-years-unread", 0.915),
        ("en-months-read", 0.9),
        ("en-months-unread", 0.89),
        ("ru-years-read", 0.93),
        ("ru-years-unread", 0.945),
        ("uk-years-read", 0.955),
        ("uk-years-unread", 0.91),
        ("ru-months-read", 0.895),
        ("ru-months-unread", 0.85),
        ("uk-months-read", 0.945),
        ("uk-months-unread", 0.9),
    ],
)
def test_what_deserved_an_alert_is_ranked_first(name: str, area: float) -> None:
    rows = judged(name)
    assert auc([deserved for deserved, _ in rows], [score for _, score in rows]) >= area


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("en", 145),
        ("ru", 34),
        ("uk", 22),
        ("en-unread", 18),
        ("en-hard", 16),
        ("en-years-read", 52),
        ("en-years-unread", 40),
        ("en-months-read", 115),
        ("en-months-unread", 120),
        ("ru-years-read", 19),
        ("ru-years-unread", 18),
        ("uk-years-read", 21),
        ("uk-years-unread", 12),
        ("ru-months-read", 37),
        ("ru-months-unread", 19),
        ("uk-months-read", 14),
        ("uk-months-unread", 12),
    ],
)
def test_what_deserved_an_alert_reaches_the_bar_and_hardly_anything_else(name: str, least: int) -> None:
    reached = [deserved for deserved, score in judged(name) if score >= Rules().alert]
    assert reached.count(True) >= least
    assert reached.count(False) <= FALSE_ALERTS.get(name, 0.03 * len(reached) + 1)


@pytest.mark.parametrize(
    ("headline", "language"),
    [
        ("Russian troops enter Kyiv", "en"),
        ("Ukrainian soldiers enter Kherson", "en"),
        ("Terror attack in Vienna: several dead", "en"),
        ("ВСУ вошли в Херсон", "ru"),
        ("Українські військові увійшли до Херсона", "uk"),
    ],
)
def test_the_event_this_project_grew_from_would_be_an_alert(headline: str, language: str) -> None:
    rules = Rules()
    assert item_score(report(headline, language), rules.weights_of(language)).raw >= rules.alert
