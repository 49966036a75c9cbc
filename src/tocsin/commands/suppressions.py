"""``tocsin suppressions``: addresses that are not written to, and how an incident is undone."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.moments import moment
from tocsin.commands.options import LARGEST, AsJson, Config
from tocsin.commands.output import err, listing, out, readers
from tocsin.errors import WrongUse
from tocsin.readers.addresses import BadAddress
from tocsin.sending import incidents
from tocsin.settings import installation
from tocsin.store.suppressions import Incident, Which
from tocsin.store.suppressions import incidents as incidents_of
from tocsin.wiring import Parts, assemble

app = typer.Typer(no_args_is_help=True, help="See what bounced, and undo what was a mistake.")

Version = Annotated[int | None, typer.Option(min=1, max=LARGEST, help="Only what this version met.")]
Domain = Annotated[str | None, typer.Option(help="Only addresses at this domain.")]
Since = Annotated[str | None, typer.Option(help="Only what came since then (2022-11-11T05:30Z, or 24h for a day ago).")]
Until = Annotated[str | None, typer.Option(help="Only what came before then.")]
Address = Annotated[str, typer.Argument(help="The address, in any spelling of its domain.")]


@app.callback()
def suppressions() -> None:
    """See what bounced, and undo what was a mistake."""


@app.command("list")
def list_incidents(
    version: Version = None,
    domain: Domain = None,
    since: Since = None,
    until: Until = None,
    most: Annotated[int, typer.Option(help="How many of the newest.", min=1, max=LARGEST)] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List incidents: how many addresses a version lost at a domain, when, and what was said. The newest first.

    tocsin suppressions list --since 24h
    """
    parts = assemble(installation(config))
    with parts.store.read() as connection:
        found = incidents_of(connection, _which(parts, version, domain, since, until), most)
    columns = ("version", "domain", "addresses", "from (UTC)", "to", "one of the answers")
    listing(found, columns, _row, as_json=as_json, nothing="No address has bounced.")


def _row(one: Incident) -> tuple[object, ...]:
    first, last = f"{one.first_at:%Y-%m-%d %H:%M:%S}", f"{one.last_at:%H:%M:%S}"
    return one.version, one.domain, one.count, first, last, one.answer


@app.command("undo")
def undo(
    version: Version = None,
    domain: Domain = None,
    since: Since = None,
    until: Until = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also send them the version again, if it is still news.")
    ] = False,
    config: Config = None,
) -> None:
    """Undo an incident: addresses that were said not to exist, and do, are written to again. Noted in the audit log.

    All that is given must fit. Complaints, blocks and erasures are not touched.

    ```
    tocsin suppressions undo --version 7 --domain inbox.example --again
    tocsin suppressions undo --since 2022-11-11T11:00Z --until 2022-11-11T12:30Z
    ```
    """
    parts = assemble(installation(config))
    done = incidents.undo(parts, _which(parts, version, domain, since, until), by=caller(), again=again)
    told = f" Version {version} is on its way again to {readers(done.tried_again)}." if again else ""
    out.print(f"{done.lifted:,} addresses are written to again.{told}", markup=False)


@app.command("block")
def block(address: Address, config: Config = None) -> None:
    """Never write to an address, whoever signs it up, until `tocsin suppressions lift`."""
    try:
        incidents.block(assemble(installation(config)), address, by=caller())
    except BadAddress as error:
        raise WrongUse(str(error)) from error
    out.print("The address is blocked.")


@app.command("lift")
def lift(address: Address, config: Config = None) -> None:
    """Lift the suppression of one address, whatever its reason; its reader stays what they are (unsubscribed, say)."""
    try:
        reason = incidents.lift_one(assemble(installation(config)), address, by=caller())
    except BadAddress as error:
        raise WrongUse(str(error)) from error
    if reason is None:
        err.print("The address is not suppressed.")
        raise typer.Exit(3)
    out.print(f"The address is written to again; it was suppressed as {reason}.")


def _which(parts: Parts, version: int | None, domain: str | None, since: str | None, until: str | None) -> Which:
    now = parts.clock()
    begin, end = (moment(text, now) if text else None for text in (since, until))
    return Which(version, domain, begin, end)
