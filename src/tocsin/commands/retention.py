"""``tocsin retention``: forget now what the privacy notice says is kept for some days only."""

from __future__ import annotations

import typer

from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import json_line, table
from tocsin.settings import installation
from tocsin.subscribers.retention import forget
from tocsin.wiring import assemble

app = typer.Typer(no_args_is_help=True, help="Forget what is kept for some days only.")


@app.callback()
def retention() -> None:
    """Forget what is kept for some days only."""


@app.command("run")
def run(config: Config = None, as_json: AsJson = False) -> None:
    """Forget what is due now: unconfirmed sign-ups, network addresses, letters, and which reader was sent what.

    The service does this by itself once a day; the days are in [readers] of tocsin.toml: keep_unconfirmed_days,
    keep_networks_days, keep_deliveries_days.
    """
    done = forget(assemble(installation(config)))
    if as_json:
        json_line(done)
        return
    rows = (
        ("readers who never confirmed", done.unconfirmed),
        ("consent records relieved of a network address", done.networks),
        ("letters", done.letters),
        ("versions of which only totals are kept now", done.deliveries),
    )
    table(("forgotten", ""), rows)
