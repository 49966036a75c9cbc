"""``tocsin consent``: what readers agreed to, that no record was changed, and who wants offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, fields
from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import check_place, drawn, err, json_line, out, readers, write_table
from tocsin.commands.reader import story_at
from tocsin.readers.consent import Record
from tocsin.settings import installation
from tocsin.store.audit import add_entry
from tocsin.store.consents import check_consents
from tocsin.subscribers.offers import OfferReader, offer_readers
from tocsin.wiring import assemble

app = typer.Typer(
    no_args_is_help=True, help="See what readers agreed to, and that no record was changed; list who wants offers."
)


@app.command("show")
def show(
    address: Annotated[str, typer.Argument(help="The reader's e-mail address.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show every consent of a reader: when, for what, how, with which form and which exact words.

    This is the proof that the law asks for. The look-up is in the audit log, under your name.
    """
    story = story_at(address, config, most=1)
    if story is None or not story.consents:
        err.print("There is no consent of this address.")
        raise typer.Exit(3)
    for record in story.consents:
        if as_json:
            json_line(record)
        else:
            title = f"{record.number}. {record.purpose} {record.act} at {record.at:%Y-%m-%d %H:%M:%S} UTC"
            out.print(title, style="bold", markup=False)
            out.print(drawn(("fact", ""), _facts(record)))
            out.print()


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    for name, fact in record.facts.items():
        yield name, "(erased)" if fact.value is None else fact.value
    yield "seal", record.seal


@app.command("offers")
def offers(
    file: Annotated[Path, typer.Argument(help="The CSV file to write, readable by you alone.")],
    config: Config = None,
) -> None:
    """Write who consents to offers now, for the program that mails them: Tocsin mails none.

    A line has the address, its language, when the consent was given, and the link that ends it, which belongs into each
    such mail. Write the list anew before each mailing, for whoever has withdrawn since must get none; with
    `readers.offers_url` set, each change is pushed instead. The export is in the audit log, under your name.
    """
    check_place(file)
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        add_entry(connection, at=parts.clock(), who=caller(), act="export", subject="consents to offers")
    with parts.store.read() as connection:
        columns = [field.name for field in fields(OfferReader)]
        count = write_table(file, columns, map(astuple, offer_readers(parts, connection)))
    out.print(f"{readers(count)} written to {file}", markup=False)


@app.command("verify")
def verify(config: Config = None, as_json: AsJson = False) -> None:
    """Follow the consent log from its beginning; exit 1 when a record was changed, put in or taken out.

    Write down the last seal now and then, outside this machine: it proves later that nothing before it was rewritten.
    """
    with assemble(installation(config)).store.read() as connection:
        found = check_consents(connection)
    if as_json:
        json_line(found)
    elif found.broken:
        for number, why in found.broken:
            out.print(f"Record {number}: {why}", markup=False)
    else:
        out.print(f"{found.records} records, whole. Last seal: {found.head}")
    if found.broken:
        raise typer.Exit(1)
