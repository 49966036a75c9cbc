"""``tocsin mode``: shadow or live."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import json_line, out
from tocsin.settings import installation
from tocsin.store.audit import add_entry
from tocsin.store.switches import LIVE, MODE, SHADOW, switch, turn
from tocsin.wiring import assemble


class Mode(StrEnum):
    """Whether alerts leave by themselves."""

    SHADOW = SHADOW
    LIVE = LIVE


def set_mode(
    mode: Annotated[Mode | None, typer.Argument(help="What to switch to; without it the present mode is told.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Tell or set whether alerts that need no editor are sent by themselves.

    A new installation is in shadow: everything is read and judged, and what would have been sent is held instead.
    """
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        if mode is not None and mode != switch(connection, MODE, SHADOW):
            turn(connection, MODE, mode)
            add_entry(connection, at=parts.clock(), who=caller(), act="mode", subject=mode)
        now = switch(connection, MODE, SHADOW)
    if as_json:
        json_line({"mode": now})
        return
    meaning = "what needs no editor is sent by itself" if now == LIVE else "nothing is sent by itself"
    out.print(f"Tocsin is in {now}: {meaning}.")
