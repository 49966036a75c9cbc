"""``tocsin people``: who may sit at the desk. ``tocsin audit``: what they did."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import LARGEST, AsJson, Config
from tocsin.commands.output import json_line, listing, on_terminal, out
from tocsin.desk import keys, people
from tocsin.errors import BadInput, WrongUse
from tocsin.problems import text_of
from tocsin.settings import installation
from tocsin.store.audit import entries, verify_audit
from tocsin.store.people import Role, all_people
from tocsin.wiring import assemble


@dataclass(frozen=True, slots=True)
class Seated:
    """One line of ``people list --json``."""

    name: str
    role: Role
    disabled: bool
    second_factor: bool


@dataclass(frozen=True, slots=True)
class KeyInForce:
    """One line of ``people key list --json``; ``person`` is whom the key acts as, ``used_by`` the program."""

    number: int
    person: str
    used_by: str
    scopes: tuple[str, ...]
    used_at: datetime | None


app = typer.Typer(no_args_is_help=True, help="Say who may sit at the desk.")
key = typer.Typer(no_args_is_help=True, help="Let programs use /api/v1 as a person.")
app.add_typer(key, name="key")
audit = typer.Typer(no_args_is_help=True, help="See what was done at the desk, and that the log is whole.")

Name = Annotated[str, typer.Argument(help="The person's name.")]
PasswordFile = Annotated[Path | None, typer.Option(help="Read the password from this file instead of asking.")]


def ask_password(file: Path | None) -> str:
    """Return a password from a file's first line, or as typed twice."""
    if file is not None:
        lines = text_of(file, BadInput).splitlines()
        return lines[0] if lines else ""
    need_terminal()
    try:
        first = getpass.getpass(f"Password ({people.LEAST_PASSWORD} characters or more): ")
        again = getpass.getpass("Again: ")
    except EOFError as error:
        raise WrongUse("nobody typed a password") from error
    if again != first:
        raise WrongUse("the two passwords differ")
    return first


def need_terminal() -> None:
    """Raise ``WrongUse`` where nobody can type a password: getpass would warn, or open a terminal by itself."""
    if not on_terminal():
        raise WrongUse("there is no terminal to ask for a password on: name a file with --password-file")


@app.command("list")
def list_people(config: Config = None, as_json: AsJson = False) -> None:
    """List everybody with an account."""
    with assemble(installation(config)).store.read() as connection:
        found = all_people(connection)
    listing(
        [Seated(one.name, one.role, one.disabled_at is not None, one.totp_at is not None) for one in found],
        ("name", "role", "second factor"),
        lambda one: (one.name, "disabled" if one.disabled else one.role, "yes" if one.second_factor else "no"),
        as_json=as_json,
        nothing="Nobody may sit at the desk yet: tocsin people add NAME --role admin",
    )


@app.command("add")
def add(
    name: Name,
    role: Annotated[
        Role, typer.Option(help="viewer looks, editor drops, approver sends, admin does all.")
    ] = Role.EDITOR,
    password_file: PasswordFile = None,
    config: Config = None,
) -> None:
    """Add a person."""
    parts = assemble(installation(config))
    people.hire(parts, name=name, role=role, password=ask_password(password_file), by=caller())
    out.print(f"{name} may log in as {role}.", markup=False)


@app.command("role")
def change(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")], config: Config = None) -> None:
    """Give a person another role; their sessions end."""
    people.change_role(assemble(installation(config)), name=name, role=role, by=caller())
    out.print(f"{name} is {role} now.", markup=False)


@app.command("disable")
def disable(name: Name, config: Config = None) -> None:
    """Disable an account; its sessions end at once."""
    people.change_role(assemble(installation(config)), name=name, role=None, by=caller())
    out.print(f"{name} can't log in any more.", markup=False)


@app.command("password")
def password(name: Name, password_file: PasswordFile = None, config: Config = None) -> None:
    """Set a person's password; their sessions end."""
    parts = assemble(installation(config))
    people.change_password(parts, name=name, password=ask_password(password_file), by=caller())
    out.print(f"{name} has a new password.", markup=False)


@app.command("reset-factor")
def reset_factor(name: Name, config: Config = None) -> None:
    """Take somebody's second factor away, who has lost it and the recovery codes."""
    people.take_factor(assemble(installation(config)), name=name, by=caller())
    out.print(f"{name} logs in with the password alone until a new factor is set up.", markup=False)


@key.command("add")
def add_api_key(
    name: Name,
    uses: Annotated[str, typer.Argument(help="What will use the key.")],
    scope: Annotated[list[keys.Scope] | None, typer.Option(help="read (always), or approve: hold, drop, send.")] = None,
    config: Config = None,
) -> None:
    """Make an API key that acts as a person, and print it: it is shown once and not kept."""
    parts = assemble(installation(config))
    made = keys.make_key(parts, person=name, name=uses, scopes=tuple(scope or ()), by=caller())
    out.print(made, markup=False)


@key.command("list")
def list_api_keys(config: Config = None, as_json: AsJson = False) -> None:
    """List the API keys in force."""
    found = keys.keys(assemble(installation(config)))
    listing(
        [KeyInForce(one.id, owner, one.name, one.scopes, one.used_at) for one, owner in found],
        ("number", "person", "used by", "scopes", "last used (UTC)"),
        _key_row,
        as_json=as_json,
        nothing="There is no API key.",
    )


def _key_row(one: KeyInForce) -> tuple[object, ...]:
    used = f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "never"
    return one.number, one.person, one.used_by, " ".join(one.scopes), used


@key.command("end")
def end_api_key(
    number: Annotated[int, typer.Argument(min=1, max=LARGEST, help="The key's number (tocsin people key list).")],
    config: Config = None,
) -> None:
    """End an API key for good."""
    ended = keys.end(assemble(installation(config)), number, by=caller())
    out.print(f"The key of {ended.name} opens nothing any more.", markup=False)


@audit.command("list")
def list_audit(
    config: Config = None,
    most: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=LARGEST)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was done, newest first."""
    with assemble(installation(config)).store.read() as connection:
        found = entries(connection, most)
    listing(
        found,
        ("when (UTC)", "who", "did", "to", "detail"),
        lambda one: (f"{one.at:%Y-%m-%d %H:%M:%S}", one.who, one.act, one.subject, one.detail),
        as_json=as_json,
        nothing="Nothing was done at the desk yet.",
    )


@audit.command("verify")
def verify(config: Config = None, as_json: AsJson = False) -> None:
    """Follow the log from its beginning; exit 1 when a record was changed, put in or taken out."""
    with assemble(installation(config)).store.read() as connection:
        found = verify_audit(connection)
    if as_json:
        json_line(found)
    elif found.broken:
        out.print(f"Broken at {', '.join(map(str, found.broken))} of {found.records} records.")
    else:
        out.print(f"{found.records} records, whole. Last seal: {found.head}")
    if found.broken:
        raise typer.Exit(1)
