"""``tocsin move``: from the one file to PostgreSQL."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import err, interruptible, json_line, out, table
from tocsin.settings import installation
from tocsin.upkeep.moving import move
from tocsin.wiring import assemble


def move_to_postgresql(
    to: Annotated[
        str, typer.Option(help="Where to: postgresql://USER:PASSWORD@HOST/DATABASE, empty.", envvar="TOCSIN_MOVE_TO")
    ],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Move readers, consents, alerts, the desk and all else from the one SQLite file to PostgreSQL.

    Stop the service first. It is all or nothing, and the file stays as it was; numbers, links already mailed and the
    two sealed logs go on as they are. In TOCSIN_MOVE_TO no list of processes shows the password.
    """
    settings = installation(config)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    )
    with interruptible(lambda: "Interrupted: nothing was moved, and the file is as it was. Call it again."), bar:
        tasks: dict[str, TaskID] = {}

        def told(name: str, copied: int, wanted: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=wanted)
            bar.update(tasks[name], completed=copied)

        moved = move(assemble(settings), assemble(settings.model_copy(update={"database": to})), told)
    if as_json:
        json_line(moved)
        return
    table(("table", "rows"), moved.rows.items())
    out.print(
        f"All of it is there, with {moved.jobs} jobs that wait. Next: set database in tocsin.toml (or TOCSIN_DATABASE) "
        "and start the service. Keep the old file until you have seen an alert leave.",
        markup=False,
    )
    if moved.given_up:
        out.print(f"{moved.given_up} jobs that had been given up stay in the old file.", markup=False)
