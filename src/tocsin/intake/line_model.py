"""Which lines of a raw record are article: two boosted models and the best sequence (Viterbi) over them.

The first judges a line by itself, the second among its neighbours by what the first expects of them. The trees are
fitted by ``bench/fit_records.py`` on the labelled pages of scrapinghub/article-extraction-benchmark (MIT).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from tocsin.intake.line_features import CONTEXT, OWN, Array, context_features, own_features

Indices = npt.NDArray[np.int64]

_SWITCH_COST = 2.0
"""What it costs, in log-odds of a line of 15 words, to go from article to other text or back."""

_LEANING = 0.4
"""Added to each line's log-odds: a sentence lost is worse than a line too many."""

_MOST_WORDS = 40.0
"""A longer line weighs no more than this."""


@dataclass(frozen=True, slots=True)
class Boosted:
    """A sum of small decision trees over the same columns (gradient boosting, log-odds).

    Each tree is complete: ``columns`` and ``limits`` have shape (trees, nodes) in breadth-first order, a row goes
    right where its column is above the limit; ``leaves`` has shape (trees, nodes + 1).
    """

    start: float
    columns: Indices
    limits: Array
    leaves: Array

    def odds(self, features: Array) -> Array:
        """Return the log-odds of each row."""
        rows = np.arange(len(features))
        total = np.full(len(features), self.start)
        inner = self.columns.shape[1]
        for columns, limits, leaves in zip(self.columns, self.limits, self.leaves, strict=True):
            node = np.zeros(len(features), dtype=np.int64)
            while node.size and node[0] < inner:
                node = 2 * node + 1 + (features[rows, columns[node]] > limits[node])
            total += leaves[node - inner]
        return total

    def chance(self, features: Array) -> Array:
        """Return the probability of each row, kept off 0 and 1."""
        return np.clip(1 / (1 + np.exp(-np.clip(self.odds(features), -30, 30))), 1e-4, 1 - 1e-4)


@dataclass(frozen=True, slots=True)
class LineModel:
    """``alone`` judges a line by itself, ``among`` with its neighbours."""

    alone: Boosted
    among: Boosted

    def article_lines(self, lines: Sequence[str]) -> list[bool]:
        """Return for each line (none empty) whether it is article."""
        if not lines:
            return []
        own, words = own_features(lines)
        features = np.hstack([context_features(self.alone.chance(own), words, lines, own), own])
        odds = self.among.odds(features) + _LEANING
        return best_sequence(odds * np.minimum(words, _MOST_WORDS) / 15, _SWITCH_COST)


@cache
def line_model() -> LineModel:
    """Return the fitted model that ships with Tocsin."""
    data = json.loads(resources.files(__package__).joinpath("line_model.json").read_text("utf-8"))
    return LineModel(_boosted(data["alone"], OWN), _boosted(data["among"], CONTEXT + OWN))


def _boosted(data: dict[str, Any], names: Sequence[str]) -> Boosted:
    return Boosted(
        start=data["start"],
        columns=np.array([[names.index(name) for name in tree] for tree in data["columns"]]),
        limits=np.array(data["limits"]),
        leaves=np.array(data["leaves"]),
    )


def best_sequence(gains: Array, cost: float) -> list[bool]:
    """Return the choice per place with the largest sum of gains where chosen, less ``cost`` for each change."""
    out, chosen = 0.0, -cost
    came_from: list[tuple[bool, bool]] = []
    for gain in gains:
        came_from.append((chosen - cost > out, chosen >= out - cost))
        out, chosen = max(out, chosen - cost), max(chosen, out - cost) + float(gain)
    state = chosen - cost > out
    states = []
    for from_chosen_when_out, from_chosen_when_in in reversed(came_from):
        states.append(state)
        state = from_chosen_when_in if state else from_chosen_when_out
    return states[::-1]
