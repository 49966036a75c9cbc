"""``tocsin pause``, ``resume``, ``retry`` and ``stop``: a send in the middle of it."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import LARGEST, Config
from tocsin.commands.output import out, readers
from tocsin.desk import approval as desk
from tocsin.errors import WrongUse
from tocsin.sending.incidents import retry as try_again
from tocsin.sending.incidents import wake_domain
from tocsin.settings import installation
from tocsin.wiring import assemble

Number = Annotated[
    int,
    typer.Argument(metavar="VERSION", min=1, max=LARGEST, help="The version's id, from `tocsin alerts list --all`."),
]


def pause(version: Number, config: Config = None) -> None:
    """Pause a send: nothing more leaves until `tocsin resume`. What the relay has in hand is finished.

    Also what a breaker has paused goes on by `tocsin resume`, once the reason is put right.
    """
    _pause(version, on=True, config=config)
    out.print(f"Version {version} is paused. Go on with: tocsin resume {version}")


def resume(
    version: Annotated[
        int | None, typer.Argument(metavar="[VERSION]", min=1, max=LARGEST, help="The version's id.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="Let mail leave again to a domain that rests.")] = None,
    config: Config = None,
) -> None:
    """Let a paused send, or a domain that was left alone because it refuses us, go on where it stood.

    tocsin resume 7
    tocsin resume --domain inbox.example
    """
    if (version is None) == (domain is None):
        raise WrongUse("name a version, or a --domain")
    if version is not None:
        _pause(version, on=False, config=config)
        out.print(f"Version {version} goes on.")
    if domain is not None:
        wake_domain(assemble(installation(config)), domain, by=caller())
        out.print(f"Mail leaves to {domain} again.", markup=False)


def retry(version: Number, config: Config = None) -> None:
    """Send a version again to those whom the relay refused for our sake: policy, reputation, login. Nobody else.

    For when the reason is put right and the alert is still news. Addresses that do not exist stay as they are: see
    `tocsin suppressions undo --again`.
    """
    count = try_again(assemble(installation(config)), version, by=caller())
    out.print(f"Version {version} is on its way again to {readers(count)}.")


def _pause(version: int, *, on: bool, config: Config) -> None:
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        desk.pause(parts, connection, version, by=caller(), at=parts.clock(), on=on)


def stop(version: Number, config: Config = None) -> None:
    """Stop a send for good: who has not got it will not. To tell those who have, use `tocsin alerts withdraw`."""
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        spared = desk.stop(connection, version, by=caller(), at=parts.clock())
    out.print(f"Version {version} is stopped before it reached {readers(spared)}.")
