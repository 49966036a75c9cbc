"""Rules: every number that judging and routing decide by, as one frozen value with shipped defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tocsin.errors import BadInput, WrongUse
from tocsin.model import Band
from tocsin.problems import toml_of
from tocsin.stories.score import ItemWeights, item_weights, shipped_item_weights


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds are scores (0–100); points are added to a score; minutes and hours are lengths of time."""

    flash: float = 72.0
    alert: float = 53.0
    watch: float = 36.0
    fresh_hours: float = 6.0
    hold_minutes: float = 20.0
    wire_flash_points: float = 40.0
    wire_bulletin_points: float = 30.0
    breaking_points: float = 20.0
    velocity_points: float = 20.0
    velocity_minutes: int = 60
    velocity_families: int = 3
    second_origin_points: float = 10.0
    third_origin_points: float = 15.0
    only_a_party_points: float = -15.0
    burst_minutes: float = 15.0
    updates_most: int = 2
    update_gap_minutes: float = 45.0
    follow_hours: float = 3.0
    alerts_a_day: int = 5
    busy_points: float = 2.5
    subject_points: float = 7.0
    subject_hours: float = 12.0
    subject_most: int = 4
    weights: Mapping[str, ItemWeights] = field(default_factory=dict)

    def band(self, score: float) -> Band:
        """Return the band of a score."""
        if score >= self.flash:
            return Band.FLASH
        if score >= self.alert:
            return Band.ALERT
        return Band.WATCH if score >= self.watch else Band.NONE

    def weights_of(self, language: str) -> ItemWeights:
        """Return these rules' item weights of a language, the shipped ones where they name none."""
        return self.weights.get(language) or shipped_item_weights(language)

    def numbers(self) -> dict[str, float]:
        """Return the rules by name, without the weights."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "weights"}

    @property
    def hold(self) -> timedelta:
        """Return how long a version waits for an editor."""
        return timedelta(minutes=self.hold_minutes)

    @property
    def fresh(self) -> timedelta:
        """Return how old an item may be."""
        return timedelta(hours=self.fresh_hours)


def changed_rules(rules: Rules, changes: Mapping[str, float]) -> Rules:
    """Return the rules with other numbers. Raises ``WrongUse`` for a rule or number that can't be."""
    known = rules.numbers()
    if unknown := sorted(changes.keys() - known.keys()):
        raise WrongUse(f"unknown rules: {', '.join(unknown)}")
    if bad := sorted(name for name, value in changes.items() if not math.isfinite(value)):
        raise WrongUse(f"these rules must be numbers: {', '.join(bad)}")
    if negative := sorted(name for name, value in changes.items() if value < 0 and not name.endswith("_points")):
        raise WrongUse(f"these rules can't be negative: {', '.join(negative)}")
    whole: dict[str, Any] = {
        name: int(value) if isinstance(known[name], int) else value for name, value in changes.items()
    }
    changed = replace(rules, **whole)
    if not changed.watch < changed.alert < changed.flash:
        raise WrongUse(f"watch, alert and flash must rise: {changed.watch:g}, {changed.alert:g}, {changed.flash:g}")
    return changed


def load_rules(path: Path) -> Rules:
    """Return the shipped rules with what a TOML file changes; BadInput if unreadable, WrongUse if a rule is unknown."""
    table = toml_of(path, BadInput)
    own = table.pop("weights", {})
    if not isinstance(own, Mapping) or not all(isinstance(weights, Mapping) for weights in own.values()):
        raise BadInput(f"{path}: “weights” holds one table per language")
    known = {one.name for one in fields(Rules)} - {"weights"}
    if unknown := sorted(set(table) - known):
        raise WrongUse(f"{path} has unknown rules: {', '.join(unknown)}")
    if bad := sorted(name for name, value in table.items() if type(value) not in {int, float}):
        raise WrongUse(f"{path}: these rules must be numbers: {', '.join(bad)}")
    rules = replace(Rules(), **table, weights={language: item_weights(weights) for language, weights in own.items()})
    if not rules.watch < rules.alert < rules.flash:
        raise WrongUse(f"{path}: watch, alert and flash must rise: {rules.watch:g}, {rules.alert:g}, {rules.flash:g}")
    return rules
