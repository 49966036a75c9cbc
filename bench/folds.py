"""How a change of the lexicons or the prior ranks the earlier part: ``python -m bench.folds [en] [ru]``.

Folds of two weeks (Russian: two days) over all rated and marked items of the earlier part, each scored by a fit that
has not seen it: on all others (pooled), and on those before it (forward). The later part is never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bench.options import options_of
from tests.lacks import data_folder
from tests.quality.ratings import SHRINKAGE, Examples, earlier_examples

from tocsin.replay.score import auc, average_precision
from tocsin.stories.fit import Example, fit
from tocsin.stories.score import item_score, shipped_item_weights

FOLD = {"en": timedelta(days=14), "ru": timedelta(days=2)}


def line(name: str, known: Examples, fold: timedelta, may_see: Callable[[int, int], bool]) -> str:
    """Return one line of figures: fold ``k`` is scored by a fit on the folds ``i`` that it ``may_see``."""
    times = [datetime.fromisoformat(at) for at in known.times]
    folds = [(at - min(times)) // fold for at in times]
    deserved: list[bool] = []
    scores: list[float] = []
    for k in sorted(set(folds)):
        seen: list[Example] = [example for example, i in zip(known.timed, folds, strict=True) if may_see(i, k)]
        if not seen:
            continue
        language = known.timed[0].report.language
        weights = fit([*seen, *known.others], shipped_item_weights("any"), known.names, shrinkage=SHRINKAGE[language])
        here = [example for example, i in zip(known.timed, folds, strict=True) if i == k]
        deserved += [example.rating >= 3 for example in here]
        scores += [item_score(example.report, weights).raw for example in here]
    return f"{name}: AUC {auc(deserved, scores):.4f}, precision {average_precision(deserved, scores):.4f}"


def main() -> None:
    """Print both lines for each language named, or for both."""
    options = options_of(__doc__)
    options.add_argument("languages", nargs="*", default=["en", "ru"], help="which ratings")
    for language in options.parse_args().languages:
        known = earlier_examples(data_folder(), language)
        print(language, line("pooled", known, FOLD[language], lambda i, k: i != k), flush=True)
        print(language, line("forward", known, FOLD[language], lambda i, k: i < k), flush=True)


if __name__ == "__main__":
    main()
