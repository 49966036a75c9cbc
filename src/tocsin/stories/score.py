"""What one item deserves on its own words: a sum of named points, each with the words it stood on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import msgspec

from tocsin.errors import BadInput
from tocsin.model import Reason
from tocsin.stories.features import Report

_SHOWN_WORDS = 6


@dataclass(frozen=True, slots=True)
class ItemWeights:
    """Points of one language: what every item starts from, and what each feature and each word's stem adds.

    Ten points multiply the odds that an editor would have alerted by e; 60 points are even odds.
    """

    base: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=dict)


class ItemScore(msgspec.Struct, frozen=True, gc=False):
    """An item's points, squeezed into 0–100; ``raw`` is the sum itself."""

    value: float
    raw: float


def item_score(report: Report, weights: ItemWeights) -> ItemScore:
    """Return the score of one report."""
    of_feature, of_word = weights.features, weights.words
    raw = weights.base
    raw += sum([found.value * of_feature[found.name] for found in report.features if found.name in of_feature])
    raw += sum([of_word[stem] for stem in report.stems if stem in of_word])
    return ItemScore(round(min(100.0, max(0.0, raw)), 2), raw)


def item_reasons(report: Report, weights: ItemWeights) -> tuple[Reason, ...]:
    """Return the points of ``item_score`` one by one, the weightiest first; single words share one reason."""
    reasons = [
        Reason(found.name, points=round(points, 1), evidence=report.text[found.start : found.end])
        for found in report.features
        if abs(points := found.value * weights.features.get(found.name, 0.0)) >= 0.5
    ]
    words = {stem: weights.words[stem] for stem in report.stems if stem in weights.words}
    if words:
        telling = sorted(words, key=lambda stem: -abs(words[stem]))[:_SHOWN_WORDS]
        quoted = ", ".join(map(report.spelled, telling))
        reasons.append(Reason("wording", points=round(sum(words.values()), 1), evidence=quoted))
    return (Reason("every item", points=round(weights.base, 1)), *sorted(reasons, key=lambda r: -abs(r.points)))


@cache
def shipped_item_weights(language: str) -> ItemWeights:
    """Return the shipped points of a language; those shared by all languages where it has none of its own."""
    folder = resources.files("tocsin.stories").joinpath("weights")
    path = folder.joinpath(f"item_{language}.toml")
    if not path.is_file():
        path = folder.joinpath("item_any.toml")
    return item_weights(tomllib.loads(path.read_text("utf-8")))


def item_weights(table: Mapping[str, object]) -> ItemWeights:
    """Return the weights of a TOML table with ``base``, ``[features]`` and ``[words]``; BadInput if it is another."""
    base, features, words = table.get("base", 0.0), table.get("features", {}), table.get("words", {})
    if not isinstance(base, int | float) or not isinstance(features, Mapping) or not isinstance(words, Mapping):
        raise BadInput("item weights need a number “base” and the tables “features” and “words”")
    return ItemWeights(float(base), _numbers(features), _numbers(words))


def _numbers(table: Mapping[str, object]) -> dict[str, float]:
    wrong = [name for name, value in table.items() if not isinstance(value, int | float)]
    if wrong:
        raise BadInput(f"these points are not numbers: {', '.join(map(str, wrong[:5]))}")
    return {name: float(value) for name, value in table.items() if isinstance(value, int | float)}
