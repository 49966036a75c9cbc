"""Scores of a judgement against marks: how well points rank what deserved an alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def auc(deserved: Sequence[bool], scores: Sequence[float]) -> float:
    """Return the chance that a deserving item outranks another (area under the ROC curve; ties count half)."""
    wanted = np.asarray(deserved, dtype=bool)
    _, inverse, counts = np.unique(np.asarray(scores, dtype=float), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives, negatives = int(wanted.sum()), int((~wanted).sum())
    if not positives or not negatives:
        return float("nan")
    return float((ranks[wanted].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(deserved: Sequence[bool], scores: Sequence[float]) -> float:
    """Return the mean precision at each deserving item, items ranked by falling score (ties in the given order)."""
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    wanted = np.asarray(deserved, dtype=bool)[order]
    if not wanted.any():
        return float("nan")
    return float((np.cumsum(wanted) / np.arange(1, len(wanted) + 1))[wanted].mean())


def interval(
    measure: Callable[[Sequence[bool], Sequence[float]], float],
    deserved: Sequence[bool],
    scores: Sequence[float],
    resamples: int = 200,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95% bootstrap interval of a measure."""
    generator = np.random.default_rng(seed)
    wanted, points = np.asarray(deserved, dtype=bool), np.asarray(scores, dtype=float)
    drawn = []
    for _ in range(resamples):
        chosen = generator.integers(0, len(wanted), len(wanted))
        drawn.append(measure(wanted[chosen].tolist(), points[chosen].tolist()))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(low), float(high)
