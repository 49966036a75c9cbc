"""Fitting item weights to ratings: a logistic model whose every weight keeps its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tocsin.stories.features import Report
from tocsin.stories.score import ItemWeights

POINTS_PER_LOGIT = 10.0
EVEN_ODDS = 60.0
_LEAST_SEEN = 4
_STEPS = 25


@dataclass(frozen=True, slots=True)
class Example:
    """A rated report; ``deserved`` tells that an editor would have alerted (a rating of 3 or 4)."""

    report: Report
    deserved: bool


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """How strongly weights are pulled to zero (L2, in units of one example): features mildly, single words strongly."""

    features: float = 2.0
    words: float = 16.0


def fit(
    examples: Sequence[Example], shrinkage: Shrinkage = Shrinkage(), names: frozenset[str] = frozenset()
) -> ItemWeights:
    """Return the weights that fit ``examples``; stems in ``names`` (words of one season's news) get none."""
    features = _often(found.name for example in examples for found in example.report.features)
    words = [stem for stem in _often(stem for e in examples for stem in e.report.stems) if stem not in names]
    columns = {name: i for i, name in enumerate(("", *features, *("w:" + word for word in words)))}
    matrix = np.zeros((len(examples), len(columns)))
    matrix[:, 0] = 1.0
    for row, example in enumerate(examples):
        for found in example.report.features:
            if found.name in columns:
                matrix[row, columns[found.name]] = found.value
        for stem in example.report.stems:
            if "w:" + stem in columns:
                matrix[row, columns["w:" + stem]] = 1.0
    penalty = np.r_[1e-3, np.full(len(features), shrinkage.features), np.full(len(words), shrinkage.words)]
    fitted = _logistic(matrix, np.array([e.deserved for e in examples], dtype=float), penalty) * POINTS_PER_LOGIT
    base, *rest = (round(float(weight), 2) for weight in fitted)
    return ItemWeights(
        round(EVEN_ODDS + base, 2),
        dict(zip(features, rest[: len(features)], strict=True)),
        dict(zip(words, rest[len(features) :], strict=True)),
    )


def _often(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count >= _LEAST_SEEN)


def _logistic(
    matrix: NDArray[np.float64], target: NDArray[np.float64], penalty: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of a ridge-penalised logistic regression (Newton's method)."""
    weights = np.zeros(matrix.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-matrix @ weights))
        curvature = np.maximum(chance * (1.0 - chance), 1e-6)
        gradient = matrix.T @ (target - chance) - penalty * weights
        step = np.linalg.solve((matrix.T * curvature) @ matrix + np.diag(penalty), gradient)
        weights += step
        if np.abs(step).max() < 1e-5:
            break
    return weights
