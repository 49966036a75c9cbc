"""Fit the shipped item weights to the open ratings: ``python -m bench.fit_item_score [--write]``.

Prints what a fit on the earlier part scores on the later part, with bootstrap intervals; with ``--write`` fits on all
ratings and writes the tables. ``marks-*.tsv`` are further marks of the project's own, on the earlier part only.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench.options import options_of
from tests.lacks import data_folder
from tests.quality.ratings import later_part, measured

from tocsin.stories.score import ItemWeights

WEIGHTS = Path(__file__).resolve().parent.parent / "src" / "tocsin" / "stories" / "weights"
HEAD = (
    "# Points per feature and per word stem, fitted by bench/fit_item_score.py from the prior in item_any.toml.\n"
    "# Ten points multiply the odds that an editor would have alerted by e; 60 points are even odds.\n"
)
LEAST_SHOWN = 0.1


def table(weights: ItemWeights) -> str:
    """Return weights as readable TOML, the strongest first; what is under a tenth of a point is left out."""
    lines = [f"base = {weights.base}"]
    for title, points in (("features", weights.features), ("words", weights.words)):
        ordered = sorted(points.items(), key=lambda pair: (-pair[1], pair[0]))
        lines += ["", f"[{title}]"]
        lines += [f"{json.dumps(name, ensure_ascii=False)} = {p}" for name, p in ordered if abs(p) >= LEAST_SHOWN]
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the tables when asked to."""
    options = options_of(__doc__)
    options.add_argument("--write", action="store_true", help="fit on all ratings too, and write the tables")
    chosen = options.parse_args()
    for language in ("en", "ru"):
        for line in measured(data_folder(), language):
            print(language, line)
        if chosen.write:
            text = table(later_part(data_folder(), language, share=1.0).weights)
            (WEIGHTS / f"item_{language}.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
