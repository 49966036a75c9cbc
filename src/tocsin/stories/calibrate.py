"""Calibration: an editor's own marks move the item weights, and the effect is shown before anything is saved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tocsin.errors import WrongUse
from tocsin.model import Article
from tocsin.stories.features import Report, report_of
from tocsin.stories.fit import Example, Shrinkage, fit, keep_level, own_level
from tocsin.stories.rules import Rules
from tocsin.stories.score import ItemWeights, item_score

FEWEST_MARKS, FEWEST_OF_EACH = 20, 5
SHOULD, SHOULD_NOT = 4, 1
_DESERVED = 3
# Marks are few: they move the shipped weights a little, and words hardly at all.
_OWN_MARKS = Shrinkage(features=6.0, words=20.0)
_SAME_ORDER = 0.005
_STEPS = (-12.0, -6.0, 0.0, 6.0, 12.0)


@dataclass(frozen=True, slots=True)
class Marked:
    """An article and an editor's mark: 0–4 for an item, or ``SHOULD`` / ``SHOULD_NOT`` for its story."""

    article: Article
    mark: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What rules do with marked items at their alert bar: how many reach it, and how many of these deserved it.

    ``missed`` deserved an alert and stay under the bar. ``order`` is the share of pairs, one that deserved an alert and
    one that did not, in which the former has more points (the area under the ROC curve).
    """

    reached: int
    deserved: int
    missed: int
    order: float

    @property
    def gain(self) -> int:
        """Return how many more of those that reach the bar deserved it than did not."""
        return 2 * self.deserved - self.reached


@dataclass(frozen=True, slots=True)
class Crossing:
    """A marked item that one set of rules takes over the alert bar and the other does not, with its points in both."""

    id: str
    title: str
    mark: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """New rules, fitted on the earlier marks, and what old and new do with the later ones, which no fit has seen.

    ``bars`` says what the new weights would do with these at other alert bars.
    """

    rules: Rules
    before: Effect
    after: Effect
    moved: tuple[tuple[str, float, float], ...]
    crossed: tuple[Crossing, ...]
    bars: tuple[tuple[float, Effect], ...]
    fitted: int
    tried: int

    @property
    def better(self) -> bool | None:
        """Tell whether the new weights judge unseen marks better, worse (False), or neither clearly (None).

        Weights by which nothing that deserved an alert reaches the bar any more are worse, however they order the rest.
        """
        if self.before.deserved and not self.after.deserved:
            return False
        order, gain = self.after.order - self.before.order, self.after.gain - self.before.gain
        if abs(order) <= _SAME_ORDER:
            return None if gain == 0 else gain > 0
        return None if order * gain < 0 else order > 0


def calibrate(
    marked: Sequence[Marked], rules: Rules, stream: Sequence[Article] = (), held_out: float = 0.3
) -> Calibration:
    """Fit on the earlier marks, measure on the last ``held_out`` of them, and return rules fitted on all.

    ``stream`` is a sample of what came in, marked or not: it keeps a few marks from changing how many alerts there are.
    WrongUse with fewer than ``FEWEST_MARKS`` marks, or fewer than ``FEWEST_OF_EACH`` that deserved an alert or did not.
    """
    _check_enough(marked)
    ordered = sorted(marked, key=lambda one: one.article.published or "")
    cut = int(len(ordered) * (1 - held_out))
    if len({one.mark >= _DESERVED for one in ordered[:cut]}) < 2:
        raise WrongUse("all earlier marks say the same: mark some that deserved an alert and some that did not")
    sample = [report_of(article) for article in stream]
    tried = _fitted(ordered[:cut], rules, sample)
    final = _fitted(ordered, rules, sample)
    unseen = ordered[cut:]
    deserved = [one.mark >= _DESERVED for one in unseen]
    before, after = ([item_points(one.article, by) for one in unseen] for by in (rules, tried))
    return Calibration(
        final,
        effect(before, deserved, rules.alert),
        effect(after, deserved, rules.alert),
        _moved(rules, final),
        tuple(_crossed(unseen, before, after, rules.alert)),
        tuple((bar, effect(after, deserved, bar)) for bar in _bars(rules)),
        cut,
        len(unseen),
    )


def _check_enough(marked: Sequence[Marked]) -> None:
    if len(marked) < FEWEST_MARKS:
        raise WrongUse(f"{len(marked)} marks are too few to learn from: at least {FEWEST_MARKS}")
    deserved = sum(one.mark >= _DESERVED for one in marked)
    if min(deserved, len(marked) - deserved) < FEWEST_OF_EACH:
        raise WrongUse(
            f"{deserved} of {len(marked)} marks say that an alert was deserved: "
            f"at least {FEWEST_OF_EACH} must, and {FEWEST_OF_EACH} must not"
        )


def effect(points: Sequence[float], deserved: Sequence[bool], bar: float) -> Effect:
    """Return what comes of items with their points at an alert bar."""
    good = [score for score, did in zip(points, deserved, strict=True) if did]
    bad = [score for score, did in zip(points, deserved, strict=True) if not did]
    ranked = sum((one > other) + (one == other) / 2 for one in good for other in bad)
    order = ranked / (len(good) * len(bad)) if good and bad else 0.5
    hits = sum(score >= bar for score in good)
    return Effect(hits + sum(score >= bar for score in bad), hits, len(good) - hits, round(order, 4))


def _bars(rules: Rules) -> list[float]:
    return [rules.alert + step for step in _STEPS if rules.watch < rules.alert + step < rules.flash]


def _crossed(
    marked: Sequence[Marked], before: Sequence[float], after: Sequence[float], bar: float
) -> Iterator[Crossing]:
    for one, old, new in zip(marked, before, after, strict=True):
        if (old >= bar) != (new >= bar):
            yield Crossing(one.article.id, one.article.title or one.article.text[:120], one.mark, old, new)


def rules_table(rules: Rules) -> str:
    """Return what differs from the shipped rules as TOML that ``load_rules`` reads: numbers, then item weights."""
    shipped = Rules().numbers()
    lines = [f"{name} = {value}" for name, value in rules.numbers().items() if value != shipped[name]]
    lines += [""] if lines else []
    for language, weights in sorted(rules.weights.items()):
        lines += [f"[weights.{language}]", f"base = {weights.base}"]
        for title, points in (("features", weights.features), ("words", weights.words)):
            lines += ["", f"[weights.{language}.{title}]", *_entries(points)]
        lines.append("")
    return "\n".join(lines)


def _entries(points: Mapping[str, float]) -> list[str]:
    return [f"{json.dumps(name, ensure_ascii=False)} = {value}" for name, value in sorted(points.items()) if value]


def _fitted(marked: Sequence[Marked], rules: Rules, sample: Sequence[Report]) -> Rules:
    by_language: dict[str, list[Example]] = {}
    for one in marked:
        report = report_of(one.article)
        by_language.setdefault(report.language, []).append(Example(report, one.mark))
    fitted: dict[str, ItemWeights] = {}
    for language, examples in by_language.items():
        before = rules.weights_of(language)
        after = fit(examples, before, shrinkage=_OWN_MARKS, calibrated=False)
        came_in = [report for report in sample if report.language == language]
        kept = keep_level(before, after, came_in or [one.report for one in examples])
        fitted[language] = own_level(kept, examples)
    return replace(rules, weights={**rules.weights, **fitted})


def item_points(article: Article, rules: Rules) -> float:
    """Return the points that rules give an article on its own words, not squeezed into 0–100."""
    report: Report = report_of(article)
    return item_score(report, rules.weights_of(report.language)).raw


def _moved(before: Rules, after: Rules) -> tuple[tuple[str, float, float], ...]:
    """Return the features that moved most: name, points before and after."""
    found: list[tuple[str, float, float]] = []
    for language, weights in after.weights.items():
        old: ItemWeights = before.weights_of(language)
        for name, points in weights.features.items():
            if abs(points - old.features.get(name, 0.0)) >= 0.5:
                found.append((f"{name} ({language})", old.features.get(name, 0.0), points))
    return tuple(sorted(found, key=lambda one: -abs(one[2] - one[1]))[:30])
