"""Fit the shipped item weights to the open ratings: ``python bench/fit_item_score.py [--write]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.conftest import data_folder
from tests.quality.ratings import rated
from tocsin.stories.features import report_of
from tocsin.stories.fit import Example, fit
from tocsin.stories.score import ItemWeights

WEIGHTS = Path(__file__).resolve().parent.parent / "src" / "tocsin" / "stories" / "weights"


def write(weights: ItemWeights, path: Path) -> None:
    """Write weights as a readable table, the strongest first; what is under a tenth of a point is left out."""
    lines = [
        "# Points per feature and per word stem, fitted by bench/fit_item_score.py; ten points multiply the odds by e.",
        f"base = {weights.base}",
    ]
    for title, table in (("features", weights.features), ("words", weights.words)):
        lines += ["", f"[{title}]"]
        ordered = sorted(table.items(), key=lambda pair: (-pair[1], pair[0]))
        lines += [
            f"{json.dumps(name, ensure_ascii=False)} = {points}" for name, points in ordered if abs(points) >= 0.1
        ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    """Fit each language and write the tables."""
    for language in ("en", "ru"):
        examples = [Example(report_of(item.article), item.rating >= 3) for item in rated(data_folder(), language)]
        weights = fit(examples)
        if "--write" in sys.argv:
            write(weights, WEIGHTS / f"item_{language}.toml")


if __name__ == "__main__":
    main()
