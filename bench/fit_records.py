"""Fit the trees that tell an article's lines from the rest of a raw record, and measure them by cross-validation.

``python -m bench.fit_records`` reads the labelled pages (MIT) from the data folder and prints the F1 on pages that the
model has not seen; with ``--write`` it stores the trees fitted on all pages instead.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.options import options_of
from tests.lacks import data_folder
from tests.quality.pages import LabelledPage, broken_lines, labelled_pages, record_lines, run_together, score

import tocsin.intake
from tocsin.intake.line_features import CONTEXT, OWN, Array, context_features, own_features
from tocsin.intake.line_model import Boosted, Indices, LineModel
from tocsin.intake.lines import units_of

FOLDS = 5
RIDGE = 30.0
RATE = 0.1
DEPTH = 4
COLUMNS, ROWS = 0.3, 0.7
"""Each tree sees so much of the columns and of the lines: it learns less of these pages by heart (Friedman 2002)."""
BINS = 32
TREES_ALONE = 60
TREES_AMONG = 80
MODEL = Path(tocsin.intake.__file__).with_name("line_model.json")
SHARES = {"blocks": 1.0, "run together": 1.0, "broken": 1.0, "clean": 0.3, "with a form": 0.3}
"""How much each form counts: whole pages as blocks are the usual record."""
FORM = "Sign up to our free newsletter Please enter a valid email address SIGN UP Read our privacy notice"


@dataclass(frozen=True)
class Record:
    """One page in one form: its units, their features and words, and which are article (share in [0, 1])."""

    page: str
    form: str
    body: str
    lines: tuple[str, ...]
    own: Array
    words: Array
    article: Array

    @property
    def weights(self) -> Array:
        """Each line's weight: its words, so that every page counts the same."""
        share: Array = np.minimum(self.words, 80) / max(50.0, float((self.words * self.article).sum())) * 100
        return share * SHARES[self.form]


def main() -> None:
    """Run the command."""
    parser = options_of(__doc__)
    parser.add_argument("--write", action="store_true", help="store the trees fitted on all pages, measure nothing")
    arguments = parser.parse_args()
    records = [record for page in labelled_pages(data_folder()) for record in forms_of(page)]
    if arguments.write:
        write(fit(records), MODEL)
        return
    for form, result in cross_validated(records).items():
        print(f"{form:13} unseen pages: {result}")


def forms_of(page: LabelledPage) -> list[Record]:
    """Return a page in the forms in which records come."""
    clean = page.body.splitlines()
    forms = {
        "blocks": record_lines(page.html),
        "run together": run_together(page.html),
        "broken": broken_lines(page.html),
        "clean": clean,
        "with a form": [FORM, *clean],
    }
    return [_record(page, form, lines) for form, lines in forms.items()]


def _record(page: LabelledPage, form: str, raw: Sequence[str]) -> Record:
    lines = tuple(unit.text for unit in units_of("\n".join(raw)))
    own, words = own_features(lines)
    return Record(page.key, form, page.body, lines, own, words, _labels(lines, page.body))


def _labels(lines: Sequence[str], body: str) -> Array:
    """Return how much of each line is in the marked body: by its 4-word shingles; a short one all or none."""
    words = _words(body)
    inside = Counter(tuple(words[at : at + 4]) for at in range(len(words)))
    joined = f" {' '.join(words)} "
    return np.array([_share(_words(line), inside, joined) for line in lines])


def _share(words: list[str], inside: Counter[tuple[str, ...]], joined: str) -> float:
    if len(words) < 4:
        return float(f" {' '.join(words)} " in joined)
    shingles = [tuple(words[at : at + 4]) for at in range(len(words) - 3)]
    return sum(inside[shingle] > 0 for shingle in shingles) / len(shingles)


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text).split()


def fit(records: Sequence[Record]) -> LineModel:
    """Return the model of these records; the second stage sees first-stage chances from pages left out."""
    own = [record.own for record in records]
    context = [
        context_features(chance, record.words, record.lines, record.own)
        for record, chance in zip(records, _unseen_chances(records), strict=True)
    ]
    both = [np.hstack(pair) for pair in zip(context, own, strict=True)]
    return LineModel(_boosted(own, records, TREES_ALONE), _boosted(both, records, TREES_AMONG))


def _unseen_chances(records: Sequence[Record]) -> list[Array]:
    pages = sorted({record.page for record in records})
    chances: dict[int, Array] = {}
    for fold in range(FOLDS):
        held = set(pages[fold::FOLDS])
        seen = [record for record in records if record.page not in held]
        model = _boosted([record.own for record in seen], seen, TREES_ALONE)
        chances |= {at: model.chance(each.own) for at, each in enumerate(records) if each.page in held}
    return [chances[at] for at in range(len(records))]


def _boosted(features: Sequence[Array], records: Sequence[Record], trees: int) -> Boosted:
    """Fit trees one after the other to what the ones before left over (Friedman 2001), on binned columns."""
    rows = np.vstack(features)
    target, weight = np.concatenate([r.article for r in records]), np.concatenate([r.weights for r in records])
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in rows.T]
    binned = np.column_stack([np.searchsorted(edge, column) for edge, column in zip(edges, rows.T, strict=True)])
    share = float(np.average(target, weights=weight))
    start = float(np.log(share / (1 - share)))
    odds, grown = np.full(len(rows), start), []
    random = np.random.default_rng(0)
    for _ in range(trees):
        chance = 1 / (1 + np.exp(-odds))
        seen = weight * (random.random(len(rows)) < ROWS)
        columns = random.permutation(binned.shape[1])[: round(COLUMNS * binned.shape[1])]
        tree = _tree(binned, columns, seen * (target - chance), seen * chance * (1 - chance))
        odds += tree.gains[tree.places]
        grown.append(tree)
    limits = [
        [edges[c][b] if b < len(edges[c]) else np.inf for c, b in zip(t.columns, t.bins, strict=True)] for t in grown
    ]
    return Boosted(
        start,
        np.array([t.columns for t in grown]),
        np.nan_to_num(np.array(limits), posinf=1e9),
        np.array([t.gains for t in grown]),
    )


@dataclass(frozen=True)
class Tree:
    """A complete tree: split columns and bins breadth-first, the gain of each leaf, and each row's leaf."""

    columns: list[int]
    bins: list[int]
    gains: Array
    places: Indices


def _tree(binned: Indices, among: Indices, slope: Array, curve: Array) -> Tree:
    node, columns, bins = np.zeros(len(binned), dtype=np.int64), [], []
    for depth in range(DEPTH):
        split_columns, split_bins = _best_splits(binned, among, node, 2**depth, slope, curve)
        columns += split_columns.tolist()
        bins += split_bins.tolist()
        node = 2 * node + (binned[np.arange(len(binned)), split_columns[node]] > split_bins[node])
    slopes, curves = (np.bincount(node, values, 2**DEPTH) for values in (slope, curve))
    return Tree(columns, bins, RATE * slopes / (curves + RIDGE), node)


def _best_splits(
    binned: Indices, among: Indices, node: Indices, nodes: int, slope: Array, curve: Array
) -> tuple[Indices, Indices]:
    """Return for each node the column and bin whose split gains most (Newton's gain with a ridge)."""
    best = np.full(nodes, -1.0)
    columns, bins = np.zeros(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    for column in among:
        place = node * BINS + binned[:, column]
        left_s, left_c = (
            np.bincount(place, v, nodes * BINS).reshape(nodes, BINS).cumsum(axis=1) for v in (slope, curve)
        )
        all_s, all_c = left_s[:, -1:], left_c[:, -1:]
        gain = (
            left_s**2 / (left_c + RIDGE) + (all_s - left_s) ** 2 / (all_c - left_c + RIDGE) - all_s**2 / (all_c + RIDGE)
        )
        at = gain.argmax(axis=1)
        found = gain[np.arange(nodes), at]
        better = found > best
        best[better], columns[better], bins[better] = found[better], column, at[better]
    return columns, bins


def cross_validated(records: Sequence[Record]) -> dict[str, object]:
    """Return the score of each form on pages that the model fitted without them."""
    pages = sorted({record.page for record in records})
    pairs: dict[str, list[tuple[str, str]]] = {}
    for fold in range(FOLDS):
        held = set(pages[fold::FOLDS])
        model = fit([record for record in records if record.page not in held])
        for record in (each for each in records if each.page in held):
            keep = model.article_lines(record.lines)
            found = "\n".join(line for line, kept in zip(record.lines, keep, strict=True) if kept)
            pairs.setdefault(record.form, []).append((record.body, found))
    return {form: score(found) for form, found in pairs.items()}


def write(model: LineModel, path: Path) -> None:
    """Store a model, its columns by name."""
    data = {"alone": _stored(model.alone, OWN), "among": _stored(model.among, CONTEXT + OWN)}
    path.write_text(json.dumps(data, separators=(",", ":")).replace("],[", "],\n[") + "\n", "utf-8")


def _stored(boosted: Boosted, names: Sequence[str]) -> dict[str, object]:
    return {
        "start": round(boosted.start, 4),
        "columns": [[names[column] for column in tree] for tree in boosted.columns],
        "limits": boosted.limits.tolist(),  # whole: many values stand exactly on a limit
        "leaves": boosted.leaves.round(4).tolist(),
    }


if __name__ == "__main__":
    main()
