"""``tocsin alerts``: the versions that wait for a person, and the decision."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import LARGEST, Config
from tocsin.commands.output import listing, out, readers
from tocsin.desk.approval import amend, approve, drop
from tocsin.model import VersionKind
from tocsin.settings import installation
from tocsin.store.alerts import Version, VersionState, versions_in
from tocsin.wiring import assemble

app = typer.Typer(no_args_is_help=True, help="See what is held, and decide.")


@app.command("list")
def list_alerts(
    config: Config = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was sent, dropped or has expired.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line per version.")] = False,
) -> None:
    """List the versions that are held, oldest first."""
    parts = assemble(installation(config))
    states = tuple(VersionState) if everything else (VersionState.HELD,)
    with parts.store.read() as connection:
        found = versions_in(connection, *states)
    columns = ("id", "state", "band", "label", "subject", "why held", "until")
    nothing = "No version is there yet." if everything else "Nothing is held; --all lists what was."
    listing(found, columns, _row, as_json=as_json, nothing=nothing)


def _row(version: Version) -> tuple[object, ...]:
    until = f"{version.held_until:%H:%M:%S} UTC" if version.held_until and version.state == VersionState.HELD else ""
    return version.id, version.state, version.band, version.draft.label, version.draft.subject, version.reason, until


@app.command("approve")
def approve_alert(
    version: Annotated[int, typer.Argument(min=1, max=LARGEST, help="The version's id, from `tocsin alerts list`.")],
    config: Config = None,
    alone: Annotated[str | None, typer.Option(help="Why a high-harm story can't wait for a second person.")] = None,
) -> None:
    """Send a held version to its audience, now.

    A high-harm story with one origin needs two people, or one who says why it can't wait; the audit log keeps it.
    """
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        done = approve(parts, connection, version, by=caller(), at=parts.clock(), alone=alone)
    if done.missing:
        out.print(f"Noted. It waits for {done.missing} more: {done.reason}.", markup=False)
        return
    out.print(f"Approved: {done.version.draft.subject!r} is on its way to {readers(done.audience)}.", markup=False)


@app.command("correct")
def correct_alert(
    version: Annotated[int, typer.Argument(min=1, max=LARGEST, help="The version that was wrong.")],
    note: Annotated[str, typer.Option(help="What was wrong, and what is right, in the desk's own words.")],
    config: Config = None,
) -> None:
    """Correct a version: exactly those who were, or may have been, sent it are told."""
    _amend(version, VersionKind.CORRECTION, note, config)


@app.command("withdraw")
def withdraw_alert(
    version: Annotated[int, typer.Argument(min=1, max=LARGEST, help="The version that should not have been sent.")],
    note: Annotated[str, typer.Option(help="Why it is withdrawn, in the desk's own words.")],
    config: Config = None,
) -> None:
    """Withdraw a version: it stops at once, and those who may have read it are told."""
    _amend(version, VersionKind.WITHDRAWAL, note, config)


def _amend(version: int, kind: VersionKind, note: str, config: Path | None) -> None:
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        done = amend(parts, connection, version, kind, note=note, by=caller(), at=parts.clock())
    out.print(f"The {kind} is on its way to {readers(done.audience)}.", markup=False)


@app.command("drop")
def drop_alert(
    version: Annotated[int, typer.Argument(min=1, max=LARGEST, help="The version's id, from `tocsin alerts list`.")],
    config: Config = None,
) -> None:
    """Decide that a held version is not sent."""
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        drop(connection, version, by=caller(), at=parts.clock())
    out.print(f"Dropped: version {version} is not sent.")
