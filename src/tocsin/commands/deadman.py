"""``tocsin deadman``: silence is the alarm."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.commands.options import Config
from tocsin.commands.output import err, out
from tocsin.errors import WrongUse
from tocsin.settings import installation
from tocsin.upkeep.deadman import ping, troubles
from tocsin.wiring import assemble


def deadman(
    url: Annotated[str, typer.Argument(help="What to ask (GET) when all is well.", envvar="TOCSIN_DEADMAN_URL")],
    config: Config = None,
) -> None:
    """Ask a URL when an alert would be delivered now, and keep silent when not: the watcher behind it raises the alarm.

    Looked at are the store, items that nobody reads or judges, sends that stand still, silent sources, and whether the
    relay takes letters. The question goes by HTTP, not by the relay. Let a timer call it every minute.

    ```
    tocsin deadman https://watcher.example/ping/123
    ```
    """
    if not url.startswith(("https://", "http://")):
        raise WrongUse(f"{url!r} is not an http:// or https:// address")
    parts = assemble(installation(config))
    found = troubles(parts)
    if found:
        for trouble in found:
            err.print(trouble, markup=False)
        err.print("The watcher was not told that all is well.")
        raise typer.Exit(1)
    ping(url)
    out.print("All is well, and the watcher knows.")
