"""``tocsin replay``: a recorded stream through the live code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.output import err, json_line, out, progress, table
from tocsin.errors import BadInput, WrongUse
from tocsin.reading.reader import read
from tocsin.replay.run import Summary, replay
from tocsin.replay.stream import count_lines
from tocsin.sources import load_sources
from tocsin.stories.rules import Rules, load_rules


def replay_stream(
    stream: Annotated[Path, typer.Argument(help="The stream: one JSON object a line, in order of publication.")],
    out_folder: Annotated[Path, typer.Option("--out", help="The folder for the results.", show_default=False)],
    sources: Annotated[
        Path | None, typer.Option(help="Who publishes what: a sources.toml. Unknown sources are held.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules to decide by, instead of the shipped ones.")] = None,
    compare: Annotated[Path | None, typer.Option(help="Other rules: the report shows what they change.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one compact JSON line.")] = False,
) -> None:
    """Replay a recorded stream in its own time, through the code that decides live.

    Writes stories.jsonl, verdicts.jsonl, alerts.jsonl, summary.json and report.html: a page that shows what would have
    been sent, held and dropped, and why.

    ```
    tocsin replay day.jsonl --out report --compare bolder.toml
    ```
    """
    for file in (stream, sources):
        if file and not file.is_file():
            raise BadInput(f"{file}: {'this is no file' if file.exists() else 'there is no such file'}")
    if out_folder.exists() and not out_folder.is_dir():
        raise WrongUse(f"--out {out_folder}: this is a file; name a folder")
    listed = load_sources(sources).by_name() if sources else {}
    chosen, other = load_rules(rules) if rules else Rules(), load_rules(compare) if compare else None
    with progress() as bar:
        task = bar.add_task("replaying", total=count_lines(stream))
        summary = replay(stream, out_folder, chosen, listed, read, lambda done: bar.update(task, completed=done), other)
    if as_json:
        json_line(summary)
    else:
        _show(summary, out_folder)
    if summary.refused:
        err.print(f"{summary.refused} rows could not be read; {'; '.join(summary.why_refused)}", markup=False)
    if not summary.items:
        err.print(f"There is nothing to replay in {stream}.", markup=False) if not summary.refused else None
        raise typer.Exit(1 if summary.refused else 3)


def _show(summary: Summary, folder: Path) -> None:
    table(
        ("items", "stories", "alerts", "items/s", "peak MB"),
        [
            (
                summary.items,
                summary.stories,
                summary.alerts,
                f"{summary.items_per_second:,.0f}",
                f"{summary.peak_rss_mb:.0f}",
            )
        ],
    )
    out.print(f"The report: {folder / 'report.html'}")
