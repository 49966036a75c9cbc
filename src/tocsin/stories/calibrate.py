"""Calibration: an editor's own marks move the item weights, and the effect is shown before anything is saved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tocsin.errors import WrongUse
from tocsin.model import Article
from tocsin.stories.features import Report, report_of
from tocsin.stories.fit import Example, Shrinkage, fit
from tocsin.stories.rules import Rules
from tocsin.stories.score import ItemWeights, item_score

FEWEST_MARKS = 20
SHOULD, SHOULD_NOT = 4, 1
_DESERVED = 3
# Marks are few: they move the shipped weights a little, and words hardly at all.
_OWN_MARKS = Shrinkage(features=6.0, words=20.0)


@dataclass(frozen=True, slots=True)
class Marked:
    """An article and an editor's mark: 0–4 for an item, or ``SHOULD`` / ``SHOULD_NOT`` for its story."""

    article: Article
    mark: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What rules do with marked items at their alert bar: how many reach it, and how many of these deserved it.

    ``missed`` deserved an alert and stay under the bar.
    """

    reached: int
    deserved: int
    missed: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """New rules, fitted on the earlier marks, and what old and new do with the later ones, which no fit has seen."""

    rules: Rules
    before: Effect
    after: Effect
    moved: tuple[tuple[str, float, float], ...]


def calibrate(marked: Sequence[Marked], rules: Rules, held_out: float = 0.3) -> Calibration:
    """Fit on the earlier marks, measure on the last ``held_out`` of them, and return rules fitted on all.

    WrongUse with fewer than ``FEWEST_MARKS`` marks, or when all marks say the same.
    """
    if len(marked) < FEWEST_MARKS:
        raise WrongUse(f"{len(marked)} marks are too few to learn from: at least {FEWEST_MARKS}")
    ordered = sorted(marked, key=lambda one: one.article.published or "")
    cut = int(len(ordered) * (1 - held_out))
    if len({one.mark >= _DESERVED for one in ordered[:cut]}) < 2:
        raise WrongUse("all earlier marks say the same: mark some that deserved an alert and some that did not")
    tried = _fitted(ordered[:cut], rules)
    final = _fitted(ordered, rules)
    return Calibration(final, effect(ordered[cut:], rules), effect(ordered[cut:], tried), _moved(rules, final))


def effect(marked: Sequence[Marked], rules: Rules) -> Effect:
    """Return what rules do with marked items, judged on their own words."""
    reached = [_score(one.article, rules) >= rules.alert for one in marked]
    deserved = [one.mark >= _DESERVED for one in marked]
    hits = sum(r and d for r, d in zip(reached, deserved, strict=True))
    return Effect(sum(reached), hits, sum(deserved) - hits)


def rules_table(rules: Rules) -> str:
    """Return the item weights of rules as TOML that ``load_rules`` reads."""
    lines: list[str] = []
    for language, weights in sorted(rules.weights.items()):
        lines += [f"[weights.{language}]", f"base = {weights.base}"]
        for title, points in (("features", weights.features), ("words", weights.words)):
            lines += ["", f"[weights.{language}.{title}]", *_entries(points)]
        lines.append("")
    return "\n".join(lines)


def _entries(points: Mapping[str, float]) -> list[str]:
    return [f"{json.dumps(name, ensure_ascii=False)} = {value}" for name, value in sorted(points.items()) if value]


def _fitted(marked: Sequence[Marked], rules: Rules) -> Rules:
    by_language: dict[str, list[Example]] = {}
    for one in marked:
        report = report_of(one.article)
        by_language.setdefault(report.language, []).append(Example(report, one.mark))
    fitted = {
        language: fit(examples, rules.weights_of(language), shrinkage=_OWN_MARKS, calibrated=False)
        for language, examples in by_language.items()
    }
    return replace(rules, weights={**rules.weights, **fitted})


def _score(article: Article, rules: Rules) -> float:
    report: Report = report_of(article)
    return item_score(report, rules.weights_of(report.language)).value


def _moved(before: Rules, after: Rules) -> tuple[tuple[str, float, float], ...]:
    """Return the features that moved most: name, points before and after."""
    found: list[tuple[str, float, float]] = []
    for language, weights in after.weights.items():
        old: ItemWeights = before.weights_of(language)
        for name, points in weights.features.items():
            if abs(points - old.features.get(name, 0.0)) >= 0.5:
                found.append((f"{name} ({language})", old.features.get(name, 0.0), points))
    return tuple(sorted(found, key=lambda one: -abs(one[2] - one[1]))[:30])
