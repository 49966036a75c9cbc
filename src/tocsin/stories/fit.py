"""Fitting item weights to ratings: a logistic model in which every weight keeps its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tocsin.stories.features import Report
from tocsin.stories.lexicon import Words, lexicon
from tocsin.stories.score import ItemWeights, item_score

Numbers = NDArray[np.float64]

POINTS_PER_LOGIT = 10.0
EVEN_ODDS = 60.0
# How strongly a rating of 0–4 says "an editor would have alerted": a 2 is hard news that just fell short.
DESERVED = (0.0, 0.05, 0.25, 0.9, 1.0)
_ALERTED = 3
_LEAST_SEEN = 4
_MOST_STEPS = 30
_LARGEST_STEP = 3.0
_NAME_SHARE = 0.6
_FARTHEST_LEVEL = 200.0
_LEVEL_PULL = 6.0


@dataclass(frozen=True, slots=True)
class Example:
    """A report, its rating (0–4) and how much it counts."""

    report: Report
    rating: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """How strongly weights are pulled to the prior, in units of one example: features mildly, single words strongly."""

    features: float = 10.0
    words: float = 40.0


SHIPPED_SHRINKAGE = Shrinkage()


def fit(
    examples: Sequence[Example],
    prior: ItemWeights,
    names: frozenset[str] = frozenset(),
    *,
    shrinkage: Shrinkage = SHIPPED_SHRINKAGE,
    calibrated: bool = True,
) -> ItemWeights:
    """Return ``prior`` moved towards what ``examples`` say; figures and ``names`` (one season's stems) get none.

    A feature of the prior that no example has keeps its prior weight, on the scale of the others. ``calibrated``
    stretches all weights so that points are the odds of a rating of 3 or 4; a few marks can't tell that scale.
    """
    features = _often(found.name for example in examples for found in example.report.features)
    seen = _often(stem for e in examples for stem in e.report.stems)
    words = [stem for stem in seen if stem not in names and not stem.startswith("#")]
    matrix = _matrix(examples, features, words)
    target = np.array([DESERVED[example.rating] for example in examples])
    counts = np.array([example.weight for example in examples])
    start = np.r_[
        prior.base - EVEN_ODDS,
        [prior.features.get(name, 0.0) for name in features],
        [prior.words.get(stem, 0.0) for stem in words],
    ]
    penalty = np.r_[1e-2, np.full(len(features), shrinkage.features), np.full(len(words), shrinkage.words)]
    logits = _logistic(matrix, target, counts, start / POINTS_PER_LOGIT, penalty)
    alerted = np.array([example.rating >= _ALERTED for example in examples], dtype=float)
    # What counts less is no random sample: it says which is better, not how many are good.
    full = counts == counts.max()
    shift, stretch = _calibration((matrix @ logits)[full], alerted[full], counts[full]) if calibrated else (0.0, 1.0)
    base, *points = (logits * stretch * POINTS_PER_LOGIT).round(2).tolist()
    unseen = {name: round(own * stretch, 2) for name, own in prior.features.items()}
    return ItemWeights(
        round(EVEN_ODDS + base + shift * POINTS_PER_LOGIT, 2),
        unseen | dict(zip(features, points[: len(features)], strict=True)),
        {stem: round(own * stretch, 2) for stem, own in prior.words.items()}
        | dict(zip(words, points[len(features) :], strict=True)),
    )


def keep_level(before: ItemWeights, after: ItemWeights, reports: Sequence[Report]) -> ItemWeights:
    """Return ``after`` with the base at which as many of ``reports`` can be expected to deserve an alert as ``before``.

    A few marks tell what stands above what, hardly how many of all items deserve an alert: the base that was fitted
    with forty of the English ratings trebled the alerts of their later months.
    """
    expected = float(_chances(_points(before, reports)).sum())
    return _raised(after, _shift(_points(after, reports), expected, pull=0.0))


def own_level(weights: ItemWeights, examples: Sequence[Example]) -> ItemWeights:
    """Return weights with the base moved, as far as ``examples`` are many, to where these say that alerts begin.

    Examples may be picked by their points or their words, not by whether they deserved an alert.
    """
    deserved = sum(example.rating >= _ALERTED for example in examples)
    return _raised(weights, _shift(_points(weights, [one.report for one in examples]), deserved, pull=_LEVEL_PULL))


def _points(weights: ItemWeights, reports: Sequence[Report]) -> Numbers:
    return np.array([item_score(report, weights).raw for report in reports])


def _raised(weights: ItemWeights, points: float) -> ItemWeights:
    return replace(weights, base=round(weights.base + points, 2))


def _shift(points: Numbers, deserved: float, pull: float) -> float:
    """Return what to add to sums of points so that ``deserved`` are expected to; ``pull`` (in examples) holds back."""
    low, high = -_FARTHEST_LEVEL, _FARTHEST_LEVEL
    for _ in range(40):
        middle = (low + high) / 2
        enough = _chances(points + middle).sum() + pull * middle / POINTS_PER_LOGIT >= deserved
        low, high = (low, middle) if enough else (middle, high)
    return (low + high) / 2


def _chances(points: Numbers) -> Numbers:
    """Return the chance of each sum of points that an alert was deserved."""
    chances: Numbers = 1.0 / (1.0 + np.exp(-np.clip((points - EVEN_ODDS) / POINTS_PER_LOGIT, -30.0, 30.0)))
    return chances


def names_in(texts: Iterable[tuple[str, str | None]]) -> frozenset[str]:
    """Return the stems that are mostly written with a capital inside a sentence, over texts with their languages."""
    seen: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for text, language in texts:
        for word in Words(text, 60, lexicon(language or "")).known[1:]:
            seen.update(word.stems)
            capital.update(word.stems if word.capital else ())
    return frozenset(stem for stem, count in seen.items() if capital[stem] > _NAME_SHARE * count)


def _often(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count >= _LEAST_SEEN)


def _matrix(examples: Sequence[Example], features: Sequence[str], words: Sequence[str]) -> Numbers:
    """Return one row per example: 1 for the base, then the values of the features, then 1 per stem present."""
    of_feature: Mapping[str, int] = {name: i for i, name in enumerate(features, 1)}
    of_word: Mapping[str, int] = {stem: i for i, stem in enumerate(words, 1 + len(features))}
    matrix = np.zeros((len(examples), 1 + len(features) + len(words)))
    matrix[:, 0] = 1.0
    for row, example in enumerate(examples):
        for found in example.report.features:
            if column := of_feature.get(found.name):
                matrix[row, column] += found.value
        for stem in example.report.stems:
            if column := of_word.get(stem):
                matrix[row, column] = 1.0
    return matrix


def _calibration(logits: Numbers, alerted: Numbers, counts: Numbers) -> tuple[float, float]:
    """Return the shift and the stretch that make a logit that of "rated 3 or 4" (Platt's scaling)."""
    summed = np.c_[np.ones(len(logits)), logits]
    shift, stretch = _logistic(summed, alerted, counts, np.array([0.0, 1.0]), np.full(2, 1e-2))
    return float(shift), float(stretch)


def _logistic(matrix: Numbers, target: Numbers, counts: Numbers, start: Numbers, penalty: Numbers) -> Numbers:
    """Return the weights of a logistic regression drawn to ``start`` by ``penalty`` (damped Newton)."""
    weights = start.copy()
    for _ in range(_MOST_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(matrix @ weights, -30.0, 30.0)))
        curvature = np.maximum(chance * (1.0 - chance), 1e-6) * counts
        gradient = matrix.T @ ((target - chance) * counts) - penalty * (weights - start)
        step = np.linalg.solve((matrix.T * curvature) @ matrix + np.diag(penalty), gradient)
        step *= min(1.0, _LARGEST_STEP / max(float(np.abs(matrix @ step).max()), 1e-9))
        weights += step
        if np.abs(step).max() < 1e-4:
            break
    return weights
