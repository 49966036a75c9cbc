"""``tocsin dkim``: keys that sign mails."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from tocsin.commands.options import Config
from tocsin.commands.output import out
from tocsin.delivery.dkim_keys import new_key
from tocsin.errors import WrongUse
from tocsin.private_files import write_private
from tocsin.settings import installation, is_placeholder

app = typer.Typer(no_args_is_help=True, help="Make keys that sign mails.")


Kind = Literal["rsa", "ed25519"]


@app.callback()
def dkim() -> None:
    """Make keys that sign mails."""


@app.command("new")
def new(
    domain: Annotated[str | None, typer.Option(help="The signing domain (default: the sender's).")] = None,
    selector: Annotated[str | None, typer.Option(help="The key's name (default: the one in the settings).")] = None,
    kind: Annotated[Kind, typer.Option(help="rsa is understood everywhere; ed25519 only beside it.")] = "rsa",
    file: Annotated[
        Path | None, typer.Option("--out", help="Where to keep the key.", show_default="folder/dkim-….pem")
    ] = None,
    config: Config = None,
) -> None:
    """Make a key and print the DNS record that publishes it. A key that is there already is never written over.

    Publish the record first, wait until `tocsin check` finds it, then name the key in tocsin.toml. To change a key, use
    a new selector and leave the old record for a week: mails on their way still need it.

    ```
    tocsin dkim new
    tocsin dkim new --selector autumn --kind ed25519
    ```
    """
    settings = installation(config)
    mail = settings.mail
    usual = mail.dkim_selector if kind == "rsa" else mail.dkim_ed25519_selector
    if not (domain or mail.dkim_domain) and is_placeholder(mail.sender):
        raise WrongUse(
            f"the key is for the sender's domain, and {mail.sender} is nobody's: first set sender under [mail] in "
            "tocsin.toml, or name the --domain"
        )
    site = domain or mail.dkim_domain or mail.sender.rpartition("@")[2]
    place = file or settings.folder / f"dkim-{selector or usual}.pem"
    if place.exists():
        raise WrongUse(f"{place} is there already; give the new key a --selector of its own")
    made = new_key(site, selector or usual, kind)
    write_private(place, made.pem)
    out.print(f"The key is in {place}, readable by its owner only. Publish this record:\n", markup=False)
    out.print(made.zone_line, markup=False)
    names = ("dkim_selector", "dkim_key_file") if kind == "rsa" else ("dkim_ed25519_selector", "dkim_ed25519_key_file")
    out.print(f'\nand then set in tocsin.toml:\n\n[mail]\n{names[0]} = "{selector or usual}"', markup=False)
    out.print(f'{names[1]} = "{place.resolve()}"', markup=False)
