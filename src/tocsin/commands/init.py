"""``tocsin init``: a new installation, ready to run."""

from __future__ import annotations

import base64
import json
import secrets
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from tocsin.commands.output import err, on_terminal, out, whole
from tocsin.commands.people import ask_password, need_terminal
from tocsin.desk.people import hire
from tocsin.errors import WrongUse
from tocsin.private_files import write_private
from tocsin.settings import PLACEHOLDER_ADDRESS, Web, load_settings
from tocsin.store.people import Role, all_people
from tocsin.wiring import assemble

_SETTINGS = """\
# Tocsin's settings. Every one may also come from the environment: TOCSIN_MAIL__HOST overrules [mail] host.
folder = "var"   # the database, the secret, journals
# database = "postgresql://tocsin@db.example/tocsin"   # without it: one SQLite file in folder

[newsroom]
name = {name}
postal_address = "{address}"   # the law asks for it in every mail
contact = "desk@example.org"
zone = "UTC"

[web]
base_url = {base_url}
port = {port}   # listens on host, by itself 127.0.0.1: whoever comes from elsewhere comes through a proxy

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


def _asked(question: str) -> str | bool:
    """Return what to ask for; nothing where nobody sits at a terminal, and the default holds."""
    return question if on_terminal() else False


def init(
    folder: Annotated[Path, typer.Argument(help="Where the installation lives.")] = Path(),
    name: Annotated[str, typer.Option(help="The newsroom's name.", prompt=_asked("Newsroom's name"))] = "Tocsin",
    base_url: Annotated[str, typer.Option(help="The site's address, as readers see it.")] = "http://127.0.0.1:8000",
    admin: Annotated[
        str, typer.Option(help="Name of the first admin of the desk.", prompt=_asked("First admin"))
    ] = "admin",
    password_file: Annotated[Path | None, typer.Option(help="Read the admin's password from this file.")] = None,
) -> None:
    """Write settings, sources and secrets for a new installation, and make the first admin of the desk.

    What is there already is kept. A new installation is in shadow: it sends nothing by itself (`tocsin mode live`).
    """
    port = _port_of(base_url)  # before a file is written that would be kept
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is a file; name a folder for the installation")
    if password_file is None:
        need_terminal()
    folder.mkdir(parents=True, exist_ok=True)
    named = json.dumps(name, ensure_ascii=False)
    _write(
        folder / "tocsin.toml",
        _SETTINGS.format(name=named, base_url=json.dumps(base_url), port=port, address=PLACEHOLDER_ADDRESS),
    )
    _write(folder / "sources.toml", _SOURCES)
    write_private(folder / "var" / "push.secret", b"whsec_" + base64.b64encode(secrets.token_bytes(32)))
    settings = load_settings(folder / "tocsin.toml")
    parts = assemble(settings)
    with parts.store.read() as connection:
        if any(person.role is Role.ADMIN for person in all_people(connection)):
            raise WrongUse("there is an admin already; more people are added with `tocsin people add`")
    hire(parts, name=admin, role=Role.ADMIN, password=ask_password(password_file), by="init")
    out.print(
        f"Ready. Next, in {folder.resolve()}:\n"
        "  1. set sender, relay and postal address in tocsin.toml, and your sources in sources.toml\n"
        "  2. tocsin check       says what else is in the way\n"
        f"  3. tocsin run         then open {settings.web.base_url}/desk\n"
        "  4. tocsin mode live   once you like what it would send\n"
        f"{_where(settings.web)}",
        markup=False,
    )
    command = Path(sys.executable).with_name("tocsin")
    if shutil.which("tocsin") is None and command.exists():
        out.print(f"Your shell does not find tocsin yet: alias tocsin={shlex.quote(str(command))}", markup=False)


def _port_of(base_url: str) -> int:
    """Return the port to listen on: the one that readers name, unless a proxy that speaks TLS stands between."""
    try:
        site = urlsplit(Web(base_url=base_url).base_url)
    except ValidationError as error:
        raise WrongUse(f"--base-url {base_url!r} is no address of a site, such as https://news.example") from error
    return site.port if site.scheme == "http" and site.port else Web().port


def _where(web: Web) -> str:
    """Tell where the site listens, and what must stand between it and its readers."""
    told = f"The site will listen on {web.host}, port {web.port}"
    site = urlsplit(web.base_url)
    if (site.hostname, site.port or 80, site.scheme) == (web.host, web.port, "http"):
        return f"{told}."
    if site.scheme == "http" and site.port == web.port:
        return f"{told}: to reach it as {web.base_url}, set host under [web], or put a proxy in front."
    return f"{told}: put the proxy that answers at {web.base_url} in front of it."


def _write(file: Path, content: str) -> None:
    if file.exists():
        err.print(f"{file} was there already and is kept as it is.", markup=False)
    else:
        with whole(file) as handle:
            handle.write(content.encode())
