"""``tocsin returned``: what came back, and mail taken in by hand or from a pipe."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.options import LARGEST, AsJson, Config
from tocsin.commands.output import err, listing, out
from tocsin.delivery.notices import Kind
from tocsin.errors import BadInput, Temporary
from tocsin.maildir import recipients_in
from tocsin.mailroom.intake import LARGEST_MAIL
from tocsin.mailroom.returned import take_mail
from tocsin.settings import installation
from tocsin.store.returned import Returned, newest_returned, person_of
from tocsin.wiring import assemble

app = typer.Typer(no_args_is_help=True, help="See bounces, complaints and what readers write; take mail in.")


@app.callback()
def returned() -> None:
    """See bounces, complaints and what readers write; take mail in."""


@app.command("list")
def list_returned(
    config: Config = None,
    kind: Annotated[Kind | None, typer.Option(help="Only what is of this kind.")] = None,
    most: Annotated[int, typer.Option(help="How many of the newest.", min=1, max=LARGEST)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what came back, the newest first: by which way, what it is, and of which delivery it speaks.

    tocsin returned list --kind human
    """
    parts = assemble(installation(config))
    with parts.store.read() as connection:
        found = newest_returned(connection, most, kind)
    columns = ("number", "at (UTC)", "by", "what", "version", "reader", "status", "what it says")
    listing(found, columns, _row, as_json=as_json, nothing="Nothing has come back.")


def _row(one: Returned) -> tuple[object, ...]:
    at, says = f"{one.at:%Y-%m-%d %H:%M:%S}", one.text or one.passed_on
    return one.id, at, one.via, one.kind, one.version, one.subscriber, one.status, says


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(min=1, max=LARGEST, help="Its number, from the list.")], config: Config = None
) -> None:
    """Print what a person wrote, whole, as it came. Bounces are not kept: the list has what they say.

    tocsin returned show 12 > mail.eml
    """
    parts = assemble(installation(config))
    with parts.store.read() as connection:
        mail = person_of(connection, number)
    if mail is None:
        err.print(f"No mail is kept under number {number}.")
        raise typer.Exit(3)
    sys.stdout.buffer.write(mail.raw)


@app.command("take")
def take(
    files: Annotated[list[Path] | None, typer.Argument(help="Mails, each saved whole (none: from the pipe).")] = None,
    to: Annotated[str, typer.Option(help="The address it came to (default: by its Delivered-To).")] = "",
    config: Config = None,
) -> None:
    """Take returned mail in by hand, or from a mail server's pipe; the same mail twice changes nothing.

    Exit 75 (try again later, as mail servers understand it) when the database is busy.

    ```
    tocsin returned take bounce.eml
    |tocsin returned take --to "$ORIGINAL_RECIPIENT" --config /etc/tocsin.toml
    ```
    """
    parts = assemble(installation(config))
    for file in files or (None,):
        raw = _raw(file)
        try:
            notice = take_mail(parts, raw, to or recipients_in(raw), "hand")
        except Temporary as error:
            err.print(f"not now: {error}", markup=False)
            raise typer.Exit(os.EX_TEMPFAIL) from error
        whose = f"version {notice.version}, reader {notice.subscriber}" if notice.subscriber else "no delivery of ours"
        out.print(f"{file or 'mail'}: {notice.kind}, {whose} {notice.status}", markup=False)


def _raw(file: Path | None) -> bytes:
    try:
        raw = sys.stdin.buffer.read(LARGEST_MAIL) if file is None else file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from error
    if not raw.strip():
        raise BadInput("there is no mail")
    return raw
