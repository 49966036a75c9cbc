"""``tocsin relays``: what each relay of the pool has taken, what it may take, and why not more."""

from __future__ import annotations

import typer

from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import err, json_line, out, table
from tocsin.sending.relaying import rooms
from tocsin.settings import installation
from tocsin.wiring import assemble


def show_relays(config: Config = None, as_json: AsJson = False) -> None:
    """Show each relay of the pool: its share, what it took in the last hour and day, and how much it may take now.

    With the one relay of [mail] there is nothing to share out, and nothing is counted (exit 3).

    ```
    tocsin relays
    ```
    """
    found = rooms(assemble(installation(config)))
    if not found:
        err.print("There is one relay, [mail] in tocsin.toml; several are set as [[relay]].", markup=False)
        raise typer.Exit(3)
    if as_json:
        for one in found:
            json_line(one)
        return
    total = sum(one.plan.share for one in found) or 1
    rows = (
        (
            *(one.plan.name, f"{one.plan.share / total:.0%}", f"{one.standing.hour:,}", f"{one.standing.day:,}"),
            *("as much as there is" if one.unbounded else f"{one.allowance.count:,}", one.allowance.reason),
        )
        for one in found
    )
    table(("relay", "share", "last hour", "last 24 hours", "may take now", "why"), rows)
    out.print("\nAn away relay is asked again by itself; its share goes to the others meanwhile.")
