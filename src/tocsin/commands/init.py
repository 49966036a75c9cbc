"""``tocsin init``: a new installation, ready to run."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from tocsin.commands.output import out
from tocsin.commands.people import ask_password
from tocsin.desk.people import hire
from tocsin.errors import WrongUse
from tocsin.settings import Web, load_settings, write_secret
from tocsin.store.people import Role, all_people
from tocsin.wiring import assemble

_SETTINGS = """\
# Tocsin's settings. Every one may also come from the environment: TOCSIN_MAIL__HOST overrules [mail] host.
folder = "var"   # the database, the secret, journals
# database = "postgresql://tocsin@db.example/tocsin"   # without it: one SQLite file in folder

[newsroom]
name = {name}
postal_address = "Street, town, country"   # the law asks for it in every mail
contact = "desk@example.org"
zone = "UTC"

[web]
base_url = {base_url}

[mail]
sender = "alerts@example.org"
return_path = "bounces@example.org"
host = "127.0.0.1"
port = 25
security = "starttls"

[intake]
sources = "sources.toml"
push_secret_file = "var/push.secret"
"""

_SOURCES = """\
# What Tocsin listens to. One [[source]] each: url (a feed, or a Telegram channel as
# https://t.me/s/NAME), mailbox (press releases), path (a folder of records) or push = true. See docs/running.md.
# tier: 1 an agency or authority … 4 unproven. may_alert_alone: its report alone may be sent without a person.

# [[source]]
# name = "Example News"
# url = "https://news.example/rss"
# family = "Example Media"
# tier = 2
"""


def init(
    folder: Annotated[Path, typer.Argument(help="Where the installation lives.")] = Path(),
    name: Annotated[str, typer.Option(help="The newsroom's name.", prompt="Newsroom's name")] = "Tocsin",
    base_url: Annotated[str, typer.Option(help="The site's address, as readers see it.")] = "http://127.0.0.1:8000",
    admin: Annotated[str, typer.Option(help="Name of the first admin of the desk.", prompt="First admin")] = "admin",
    password_file: Annotated[Path | None, typer.Option(help="Read the admin's password from this file.")] = None,
) -> None:
    """Write settings, sources and secrets for a new installation, and make the first admin of the desk.

    What is there already is kept. A new installation is in shadow: it sends nothing by itself (`tocsin mode live`).
    """
    try:
        Web(base_url=base_url)
    except ValidationError as error:  # before a file is written that would be kept
        raise WrongUse(f"--base-url {base_url!r} is no address of a site, such as https://news.example") from error
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "tocsin.toml",
        _SETTINGS.format(name=json.dumps(name, ensure_ascii=False), base_url=json.dumps(base_url)),
    )
    _write(folder / "sources.toml", _SOURCES)
    write_secret(folder / "var" / "push.secret", b"whsec_" + base64.b64encode(secrets.token_bytes(32)))
    parts = assemble(load_settings(folder / "tocsin.toml"))
    with parts.store.read() as connection:
        if any(person.role is Role.ADMIN for person in all_people(connection)):
            raise WrongUse("there is an admin already; more people are added with `tocsin people add`")
    hire(parts, name=admin, role=Role.ADMIN, password=ask_password(password_file), by="init")
    out.print(
        f"Ready. Next, in {folder.resolve()}:\n"
        "  1. set sender, relay and postal address in tocsin.toml, and your sources in sources.toml\n"
        f"  2. tocsin run      then open {base_url}/desk\n"
        "  3. tocsin mode live   once you like what it would send",
        markup=False,
    )


def _write(file: Path, content: str) -> None:
    if not file.exists():
        file.write_text(content, encoding="utf-8")
