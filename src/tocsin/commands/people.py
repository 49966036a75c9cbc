"""``tocsin people``: who may sit at the desk. ``tocsin audit``: what they did."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import err, json_line, out, table
from tocsin.desk import keys, people
from tocsin.errors import BadInput, WrongUse
from tocsin.problems import text_of
from tocsin.settings import installation
from tocsin.store.audit import entries, verify_audit
from tocsin.store.people import Role, all_people
from tocsin.wiring import assemble

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
    if not sys.stdin.isatty():  # getpass would open the terminal by itself, or warn that it can't hide what is typed
        raise WrongUse("there is no terminal to ask for a password on: name a file with --password-file")
    try:
        first = getpass.getpass(f"Password ({people.LEAST_PASSWORD} characters or more): ")
        again = getpass.getpass("Again: ")
    except EOFError as error:
        raise WrongUse("nobody typed a password") from error
    if again != first:
        raise WrongUse("the two passwords differ")
    return first


@app.command("list")
def list_people(config: Config = None, as_json: AsJson = False) -> None:
    """List everybody with an account."""
    with assemble(installation(config)).store.read() as connection:
        found = all_people(connection)
    if not found:
        err.print("Nobody may sit at the desk yet: tocsin people add NAME --role admin", markup=False)
        raise typer.Exit(3)
    if as_json:
        for each in found:
            disabled, factor = each.disabled_at is not None, each.totp_at is not None
            json_line({"name": each.name, "role": each.role, "disabled": disabled, "second_factor": factor})
        return
    rows = (
        (each.name, "disabled" if each.disabled_at else each.role, "yes" if each.totp_at else "no") for each in found
    )
    table(("name", "role", "second factor"), rows)


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
    people.hire(parts, name=name, role=role, password=ask_password(password_file), by=getpass.getuser())
    out.print(f"{name} may log in as {role}.", markup=False)


@app.command("role")
def change(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")], config: Config = None) -> None:
    """Give a person another role; their sessions end."""
    people.change_role(assemble(installation(config)), name=name, role=role, by=getpass.getuser())
    out.print(f"{name} is {role} now.", markup=False)


@app.command("disable")
def disable(name: Name, config: Config = None) -> None:
    """Disable an account; its sessions end at once."""
    people.change_role(assemble(installation(config)), name=name, role=None, by=getpass.getuser())
    out.print(f"{name} can't log in any more.", markup=False)


@app.command("password")
def password(name: Name, password_file: PasswordFile = None, config: Config = None) -> None:
    """Set a person's password; their sessions end."""
    parts = assemble(installation(config))
    people.change_password(parts, name=name, password=ask_password(password_file), by=getpass.getuser())
    out.print(f"{name} has a new password.", markup=False)


@app.command("reset-factor")
def reset_factor(name: Name, config: Config = None) -> None:
    """Take somebody's second factor away, who has lost it and the recovery codes."""
    people.take_factor(assemble(installation(config)), name=name, by=getpass.getuser())
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
    made = keys.make_key(parts, person=name, name=uses, scopes=tuple(scope or ()), by=getpass.getuser())
    out.print(made, markup=False)


@key.command("list")
def list_api_keys(config: Config = None, as_json: AsJson = False) -> None:
    """List the API keys in force."""
    found = keys.keys(assemble(installation(config)))
    if not found:
        err.print("There is no API key.")
        raise typer.Exit(3)
    if as_json:
        for one, owner in found:
            told = {"number": one.id, "person": owner, "used_by": one.name, "scopes": one.scopes}
            json_line(told | {"used_at": one.used_at})
        return
    rows = (
        (
            str(one.id),
            owner,
            one.name,
            " ".join(one.scopes),
            f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "never",
        )
        for one, owner in found
    )
    table(("number", "person", "used by", "scopes", "last used (UTC)"), rows)


@key.command("end")
def end_api_key(
    number: Annotated[int, typer.Argument(help="The key's number (tocsin people key list).")], config: Config = None
) -> None:
    """End an API key for good."""
    ended = keys.end(assemble(installation(config)), number, by=getpass.getuser())
    out.print(f"The key of {ended.name} opens nothing any more.", markup=False)


@audit.command("list")
def list_audit(
    config: Config = None,
    most: Annotated[int, typer.Option(help="How many, the newest first.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was done, newest first."""
    with assemble(installation(config)).store.read() as connection:
        found = entries(connection, most)
    if not found:
        err.print("Nothing was done at the desk yet.")
        raise typer.Exit(3)
    if as_json:
        for entry in found:
            json_line(entry)
        return
    rows = ((f"{e.at:%Y-%m-%d %H:%M:%S}", e.who, e.act, e.subject, e.detail) for e in found)
    table(("when (UTC)", "who", "did", "to", "detail"), rows)


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
