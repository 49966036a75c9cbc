"""``tocsin calibrate``: an editor's own marks move the weights; the effect is shown before anything is saved."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.output import err, json_line, out, table
from tocsin.errors import BadInput, WrongUse
from tocsin.model import Article
from tocsin.replay.stream import StreamNotes, read_stream
from tocsin.stories.calibrate import SHOULD, SHOULD_NOT, Calibration, Effect, Marked, calibrate, rules_table
from tocsin.stories.rules import Rules, load_rules

_WORDS = {"should": SHOULD, "shouldn't": SHOULD_NOT, "shouldnt": SHOULD_NOT, "should not": SHOULD_NOT}


def calibrate_rules(
    stream: Annotated[Path, typer.Argument(help="A recorded stream, from `tocsin record`.")],
    marks: Annotated[Path, typer.Argument(help="Your marks: one line `id<TAB>mark` each.")],
    rules: Annotated[Path | None, typer.Option(help="Rules to begin from, instead of the shipped ones.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the weights to this file; without it nothing is saved.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line.")] = False,
) -> None:
    """Fit the weights to your own marks, and show what that changes.

    A mark is 0 to 4 for an item (3 and 4 deserve an alert), or `should` / `shouldn't` for a story, named by its id. The
    weights are fitted on the earlier marks and tried on the later ones, which the fit has not seen. Use what --save
    writes with `tocsin replay --compare` first, then as `rules` in tocsin.toml.

        tocsin calibrate week.jsonl marks.tsv
        tocsin calibrate week.jsonl marks.tsv --save own.toml
    """
    if save is not None and save.exists():
        raise WrongUse(f"{save} is there already")
    began = load_rules(rules) if rules else Rules()
    marked = _marked(stream, _marks(marks))
    with err.status(f"fitting {len(marked):,} marks …"):
        found = calibrate(marked, began)
    json_line({"before": found.before, "after": found.after, "moved": found.moved}) if as_json else _show(found)
    if save is not None:
        save.write_text(rules_table(found.rules), encoding="utf-8")
        err.print(f"Saved to {save}. Try it: tocsin replay {stream} --out report --compare {save}", markup=False)


def _marks(file: Path) -> dict[str, int]:
    """Read marks; a header line is passed over. Raises ``BadInput`` naming the line."""
    found: dict[str, int] = {}
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            for number, row in enumerate(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
                mark = _mark(row[1]) if len(row) > 1 else None
                if mark is not None:
                    found[row[0]] = mark
                elif number > 1 and any(row):
                    raise BadInput(f"{file}, line {number}: not `id<TAB>mark` with a mark of 0–4, should or shouldn't")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}") from error
    return found


def _mark(text: str) -> int | None:
    plain = text.strip().lower().replace("’", "'")
    return int(plain) if plain in {"0", "1", "2", "3", "4"} else _WORDS.get(plain)


def _marked(stream: Path, marks: dict[str, int]) -> list[Marked]:
    """Return the marked articles of a stream; a story has the id of its first article, and its mark is that one's."""
    articles: dict[str, Article] = {}
    for seen in read_stream(stream, StreamNotes()):
        if seen.article.id in marks:
            articles[seen.article.id] = seen.article
    missing = len(marks) - len(articles)
    if missing:
        err.print(f"{missing} of {len(marks)} marks name nothing in {stream}: left out.", markup=False)
    return [Marked(article, marks[number]) for number, article in articles.items()]


def _show(found: Calibration) -> None:
    rows = (
        ("marked items that reach the alert bar", found.before.reached, found.after.reached),
        ("  of these deserved it", found.before.deserved, found.after.deserved),
        ("deserved it and stay below", found.before.missed, found.after.missed),
        ("share that deserved it", _share(found.before), _share(found.after)),
    )
    out.print("On the later marks, which the fit has not seen:")
    table(("", "before", "after"), rows)
    if found.moved:
        out.print()
        table(("what moved most", "before", "after"), ((n, f"{a:+.1f}", f"{b:+.1f}") for n, a, b in found.moved[:15]))
    out.print("\nNothing is saved without --save.", style="dim")


def _share(effect: Effect) -> str:
    return f"{effect.deserved / effect.reached:.0%}" if effect.reached else "–"
