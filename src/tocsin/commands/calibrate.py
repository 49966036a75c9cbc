"""``tocsin calibrate``: an editor's own marks move the weights; the effect is shown before anything is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.errors import WrongUse


def calibrate_rules(
    stream: Annotated[Path | None, typer.Argument(help="A recorded stream, from `tocsin record`.")] = None,
    marks: Annotated[Path | None, typer.Argument(help="Your marks: a table with the columns id and mark.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write a sheet of 100 items to this file, for you to mark; then end.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules to begin from, instead of the shipped ones.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the rules to this file; one that is there is kept beside it.")
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Save them though they judge unseen marks worse.")] = False,
    undo: Annotated[Path | None, typer.Option(help="Put back what the last --save to this file replaced.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line.")] = False,
) -> None:
    """Fit the weights to your own marks, and show what that changes. Nothing is saved without --save.

    A mark is 0 to 4 for an item (3 and 4 deserve an alert), or `should` / `shouldn't` for a story, named by its id; at
    least 20, of which 5 deserve an alert and 5 do not; 200 tell more. The weights are fitted on the earlier marks and
    tried on the later ones, which the fit has not seen. Marks tell what stands above what; how many alerts there are
    changes slowly, as marks become many.

    ```
    tocsin record --since 7d --out week.jsonl
    tocsin calibrate week.jsonl --sheet marks.tsv     # then mark its items
    tocsin calibrate week.jsonl marks.tsv          # see the effect
    tocsin calibrate week.jsonl marks.tsv --save own.toml  # set as rules
    tocsin calibrate --undo own.toml
    ```
    """
    from tocsin.commands.work import calibrating as work

    if undo is not None:
        work.undo(undo)
    elif stream is None:
        raise WrongUse("name a stream (`tocsin record` writes one), or --undo FILE. See: tocsin calibrate --help")
    elif sheet is not None:
        work.write_a_sheet(stream, sheet, rules)
    elif marks is None:
        raise WrongUse(f"name your marks; `tocsin calibrate {stream} --sheet marks.tsv` writes a sheet to fill in")
    else:
        work.calibrate_on(stream, marks, rules, save, anyway=anyway, as_json=as_json)
