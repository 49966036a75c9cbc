"""The rated items of the open streams, and how well a fit on their earlier part ranks the later part."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tocsin.model import Article
from tocsin.replay.score import auc, average_precision, interval
from tocsin.stories.features import report_of
from tocsin.stories.fit import Example, Shrinkage, fit, names_in
from tocsin.stories.score import ItemWeights, item_score, shipped_item_weights

MARKS = Path(__file__).resolve().parents[2] / "bench"
STREAMS = {"en": "alerts-en-2017-03-to-06.jsonl", "ru": "telegram-ru-until-2024-11-30.jsonl"}
EARLIER = 0.6
MARK_WEIGHT = {"en": 0.8, "ru": 0.3}
SHRINKAGE = {"en": Shrinkage(features=6.0, words=30.0), "ru": Shrinkage()}  # three times as many marks pull less
HEADLINE_WEIGHT = 0.5


@dataclass(frozen=True)
class Rated:
    """An article and its rating (0–4)."""

    article: Article
    rating: int


@dataclass(frozen=True)
class Later:
    """The later rated items, their scores by ``weights``, which were fitted on the earlier ones."""

    items: tuple[Rated, ...]
    scores: tuple[float, ...]
    weights: ItemWeights

    @property
    def deserved(self) -> list[bool]:
        """Tell which items were rated 3 or 4."""
        return [item.rating >= 3 for item in self.items]

    def of(self, source: str) -> Later:
        """Return the items of one source alone."""
        kept = [i for i, item in enumerate(self.items) if item.article.source == source]
        return Later(tuple(self.items[i] for i in kept), tuple(self.scores[i] for i in kept), self.weights)


@cache
def stream(data: Path, language: str) -> tuple[Article, ...]:
    """Return the rows of a recorded stream as articles, without the labels of the data set."""
    rows = map(json.loads, (data / "streams" / STREAMS[language]).read_text("utf-8").splitlines())
    return tuple(
        Article(row["id"], row["source"], row["title"], row["text"], row["published"], row["lang"]) for row in rows
    )


def ratings(path: Path, key: str = "id") -> dict[str, int]:
    """Return the ratings of a table by item id, or another ``key``."""
    with path.open(encoding="utf-8") as table:
        return {row[key]: int(row["a"]) for row in csv.DictReader(table, delimiter="\t")}


def rated(data: Path, language: str) -> list[Rated]:
    """Return the rated items of one language's stream, the earliest first."""
    given = ratings(data / "streams" / f"ratings-{language}.tsv")
    return [Rated(item, given[item.id]) for item in stream(data, language) if item.id in given]


def headlines(data: Path) -> list[Rated]:
    """Return the rated headlines of the UCI set: another year, and hundreds of other outlets."""
    given = {int(line): rating for line, rating in ratings(data / "stories" / "ratings-uci.tsv", "line").items()}
    lines = (data / "stories" / "uci-titles.jsonl").read_text("utf-8").splitlines()
    return [Rated(Article(f"{n}", "", json.loads(lines[n])["title"], "", language="en"), given[n]) for n in given]


@dataclass(frozen=True)
class Examples:
    """What a fit may learn from: items of the stream with their times, other headlines, and stems that are names."""

    timed: tuple[Example, ...]
    times: tuple[str, ...]
    others: tuple[Example, ...]
    names: frozenset[str]


def earlier_examples(data: Path, language: str, share: float = EARLIER) -> Examples:
    """Return the first ``share`` of the rated items, the project's marks of that time, and rated headlines."""
    items = rated(data, language)
    cut = int(len(items) * share)
    marks = ratings(MARKS / f"marks-{language}.tsv")
    known_by = _at(items[cut].article) if cut < len(items) else "9999"  # no mark of the part that is scored
    marked = [
        Rated(item, marks[item.id]) for item in stream(data, language) if item.id in marks and _at(item) < known_by
    ]
    examples = [Example(report_of(item.article), item.rating) for item in items[:cut]]
    examples += [Example(report_of(item.article), item.rating, MARK_WEIGHT[language]) for item in marked]
    times = tuple(_at(item.article) for item in (*items[:cut], *marked))
    names = names_in((f"{item.title}\n{item.text[:300]}", item.language) for item in stream(data, language))
    if language != "en":
        return Examples(tuple(examples), times, (), names)
    known = {stem for example in examples for stem in example.report.stems}
    others = tuple(Example(report_of(one.article), one.rating, HEADLINE_WEIGHT) for one in headlines(data))
    names |= {stem for example in others for stem in example.report.stems} - known  # in Title Case a name shows not
    return Examples(tuple(examples), times, others, names)


@cache
def later_part(data: Path, language: str, share: float = EARLIER) -> Later:
    """Fit on the first ``share`` of the rated items, the project's marks and rated headlines; score the rest."""
    known = earlier_examples(data, language, share)
    examples = [*known.timed, *known.others]
    weights = fit(examples, shipped_item_weights("any"), known.names, shrinkage=SHRINKAGE[language])
    items = rated(data, language)
    later = tuple(items[int(len(items) * share) :])
    return Later(later, tuple(item_score(report_of(item.article), weights).raw for item in later), weights)


def _at(article: Article) -> str:
    return article.published or ""


def later_marks(data: Path, language: str) -> Later:
    """Return the project's own marks on items of the later part that the open ratings leave out, and their scores."""
    weights, since = later_part(data, language).weights, _at(later_part(data, language).items[0].article)
    marks = ratings(MARKS / f"marks-{language}.tsv")
    items = tuple(Rated(i, marks[i.id]) for i in stream(data, language) if i.id in marks and _at(i) >= since)
    return Later(items, tuple(item_score(report_of(item.article), weights).raw for item in items), weights)


def measured(data: Path, language: str) -> Iterator[str]:
    """Yield one line per measure of the later part: the value and its 95% bootstrap interval."""
    later = later_part(data, language)
    parts = [("all", later)]
    if language == "en":
        parts += [(source, later.of(source)) for source in ("BBC", "CNN", "PressTV")]
        parts += [(f"own marks, {source}", later_marks(data, language).of(source)) for source in ("BBC", "CNN")]
    for name, part in parts:
        for measure in (auc, average_precision):
            low, high = interval(measure, part.deserved, part.scores)
            yield f"{name} {measure.__name__} {measure(part.deserved, part.scores):.3f} [{low:.3f}, {high:.3f}]"
