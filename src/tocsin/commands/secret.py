"""``tocsin secret``: a new one, where the old one is lost or known to others."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import Config
from tocsin.commands.output import out
from tocsin.secret import renew_secret
from tocsin.settings import installation
from tocsin.store.audit import add_entry
from tocsin.wiring import assemble, up_to_date

app = typer.Typer(no_args_is_help=True, help="Begin with a new secret, where the old one is lost or known to others.")

_ENDS = (
    "Every link in mails sent so far ends, also those to unsubscribe; bounces of them are not recognised; sign-ups "
    "that wait must begin again; second factors at the desk must be set up again, by way of a recovery code."
)


@app.callback()
def secret() -> None:
    """Begin with a new secret, where the old one is lost or known to others."""


@app.command("new")
def new(
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether you are sure.")] = False, config: Config = None
) -> None:
    """Make a new secret and let the database belong to it.

    Only where the old one is in no backup and on no other machine, or somebody has it who should not: every link in
    mails sent so far ends, also those to unsubscribe. Stop the service first; afterwards copy the new file to every
    machine.
    """
    settings = installation(config)
    if not yes:
        out.print(_ENDS, markup=False)
        typer.confirm("Begin with a new secret?", abort=True, err=True)
    renew_secret(up_to_date(settings), settings)
    parts = assemble(settings)
    with parts.store.write() as connection:
        add_entry(connection, at=parts.clock(), who=caller(), act="secret.new", subject="")
    out.print(
        f"{settings.secret_file.absolute()} is new. Copy it to every machine, then start the service.", markup=False
    )
