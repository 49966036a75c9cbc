"""Measuring grouping: the labelled sets as streams one minute apart, and B³."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.lacks import data_folder
from tocsin.model import Article
from tocsin.stories.group import Grouper
from tocsin.stories.similarity import SHIPPED, GroupingWeights

Stream = list[tuple[Article, datetime, str]]
"""Articles, when each is seen, and the story each belongs to."""

_START = datetime(2024, 1, 1, tzinfo=UTC)
_FITTED = 43


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article and the story that the data set puts it into."""

    article: Article
    story: str


@dataclass(frozen=True, slots=True)
class BCubed:
    """B³ precision, recall and their F1 (Bagga & Baldwin 1998), averaged over articles."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@cache
def wikinews() -> tuple[Labelled, ...]:
    """Return the Wikinews articles: titles and texts."""
    return _labelled("wikinews-half.jsonl")


@cache
def uci(*, held_out: bool) -> tuple[Labelled, ...]:
    """Return the UCI headlines of the stories that were held out while fitting, or of the others."""
    everything = _labelled("uci-titles.jsonl")
    stories = sorted({row.story for row in everything})
    random.Random(1).shuffle(stories)
    fitted = frozenset(stories[:_FITTED])
    return tuple(row for row in everything if (row.story not in fitted) == held_out)


def _labelled(name: str) -> tuple[Labelled, ...]:
    rows = [json.loads(line) for line in (data_folder() / "stories" / name).open(encoding="utf-8")]
    return tuple(
        Labelled(Article(f"{number}", "s", row["title"], row.get("text", ""), language="en"), row["story"])
        for number, row in enumerate(rows)
    )


def shuffled(rows: tuple[Labelled, ...] | list[Labelled], seed: int) -> Stream:
    """Return the rows as a stream in random order, one minute apart."""
    order = list(rows)
    random.Random(seed).shuffle(order)
    return [(row.article, _START + timedelta(minutes=i), row.story) for i, row in enumerate(order)]


def group(stream: Stream, weights: GroupingWeights = SHIPPED) -> list[str]:
    """Return the final story of each article of the stream."""
    grouper, merged = Grouper(weights), dict[str, str]()
    stories: list[str] = []
    for article, at, _ in stream:
        assignment = grouper.add(article, at)
        merged |= dict.fromkeys(assignment.merged, assignment.story)
        stories.append(assignment.story)
    return [_final(story, merged) for story in stories]


def _final(story: str, merged: dict[str, str]) -> str:
    while story in merged:
        story = merged[story]
    return story


def b_cubed(found: list[str], stream: Stream) -> BCubed:
    """Score the stories that grouping found against the labels of the stream."""
    labels = [story for _, _, story in stream]
    both, ours, theirs = Counter(zip(found, labels, strict=True)), Counter(found), Counter(labels)
    precision = sum(n * n / ours[story] for (story, _), n in both.items())
    recall = sum(n * n / theirs[label] for (_, label), n in both.items())
    return BCubed(precision / len(labels), recall / len(labels))


def interval(rows: tuple[Labelled, ...], seeds: tuple[int, ...], resamples: int = 200) -> tuple[float, float]:
    """Return the 95% bootstrap interval of the mean F1 over ``seeds``, resampling whole stories."""
    streams = [shuffled(rows, seed) for seed in seeds]
    scored = [(stream, group(stream)) for stream in streams]
    stories, chance = sorted({row.story for row in rows}), random.Random(0)
    means = sorted(
        sum(_weighted_f1(found, stream, Counter(chance.choices(stories, k=len(stories)))) for stream, found in scored)
        / len(scored)
        for _ in range(resamples)
    )
    return means[int(0.025 * resamples)], means[int(0.975 * resamples)]


def _weighted_f1(found: list[str], stream: Stream, drawn: Counter[str]) -> float:
    """Return B³ F1 over the articles of the drawn stories, each as often as its story was drawn."""
    labels = [story for _, _, story in stream]
    both, ours, theirs = Counter(zip(found, labels, strict=True)), Counter(found), Counter(labels)
    total = sum(drawn[label] for label in labels)
    precision = sum(drawn[label] * n * n / ours[story] for (story, label), n in both.items()) / total
    recall = sum(drawn[label] * n * n / theirs[label] for (_, label), n in both.items()) / total
    return 2 * precision * recall / (precision + recall)
