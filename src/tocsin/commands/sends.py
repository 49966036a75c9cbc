"""``tocsin pause``, ``resume`` and ``stop``: a send in the middle of it."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from tocsin import desk
from tocsin.commands.options import Config
from tocsin.commands.output import out
from tocsin.settings import load_settings
from tocsin.wiring import assemble

Number = Annotated[int, typer.Argument(metavar="VERSION", help="The version's id, from `tocsin alerts list --all`.")]


def pause(version: Number, config: Config = None) -> None:
    """Pause a send: nothing more leaves until `tocsin resume`. What the relay has in hand is finished.

    Also what a breaker has paused goes on by `tocsin resume`, once the reason is put right.
    """
    _pause(version, on=True, config=config)
    out.print(f"Version {version} is paused. Go on with: tocsin resume {version}")


def resume(version: Number, config: Config = None) -> None:
    """Let a paused send go on where it stood."""
    _pause(version, on=False, config=config)
    out.print(f"Version {version} goes on.")


def _pause(version: int, *, on: bool, config: Config) -> None:
    parts = assemble(load_settings(config))
    with parts.store.write() as connection:
        desk.pause(parts, connection, version, by=getpass.getuser(), at=parts.clock(), on=on)


def stop(version: Number, config: Config = None) -> None:
    """Stop a send for good: who has not got it will not. To tell those who have, use `tocsin alerts withdraw`."""
    parts = assemble(load_settings(config))
    with parts.store.write() as connection:
        spared = desk.stop(connection, version, by=getpass.getuser(), at=parts.clock())
    out.print(f"Version {version} is stopped: {spared} readers are spared.")
