"""``tocsin deliveries``: how far a version has come, and every reader's line of the time ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text
from sqlalchemy import Connection

from tocsin.commands.caller import caller
from tocsin.commands.options import LARGEST, Config
from tocsin.commands.output import check_place, drawn, err, json_line, listing, out, write_table
from tocsin.errors import WrongUse
from tocsin.model import DeliveryState
from tocsin.settings import installation
from tocsin.store.alerts import Version, VersionState, public_versions, version_of
from tocsin.store.audit import add_entry
from tocsin.store.ledger import (
    Answer,
    AtDomain,
    Progress,
    Sent,
    answers_of,
    deliveries_of,
    domains_of,
    progress_of,
)
from tocsin.store.rests import Rest, resting
from tocsin.wiring import Parts, assemble

_WATCH_S = 1.0
_MOST_DOMAINS = 12
_MOST_LISTED = 20
_COLUMNS = (
    "version", "reader", "address", "state", "why", "tries", "may_have_come_twice", "published", "seen", "decided",
    "approved", "handed_over", "answered", "code", "reply", "queued_as",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """The line of ``--json``; times of the ledger are instants, ``first_ms`` … ``last_ms`` count from approval."""

    version: int
    state: VersionState
    paused: bool
    audience: int
    counts: dict[DeliveryState, int]
    ledger: dict[str, datetime]
    per_second: float | None
    left_s: float | None
    first_ms: int | None
    median_ms: int | None
    p99_ms: int | None
    last_ms: int | None
    answers: tuple[Answer, ...]
    domains: tuple[AtDomain, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    version: Version
    progress: Progress
    answers: tuple[Answer, ...]
    domains: tuple[AtDomain, ...]
    rests: tuple[Rest, ...]


def show_deliveries(
    version: Annotated[
        int | None, typer.Argument(min=1, max=LARGEST, help="The version's id. Without it: the last versions sent.")
    ] = None,
    config: Config = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second until it is done.")] = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write one line per reader to this file; the audit log keeps who did.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One compact JSON line (with --watch: one a second).")
    ] = False,
) -> None:
    """Show how a version reaches its readers: how many, how fast, when the last one, and what the relay answers.

    *Accepted* means accepted by the relay. Times count from the approval; before it stands the time ledger: when the
    story was published, seen, decided and approved.

    ```
    tocsin deliveries
    tocsin deliveries 7 --watch
    tocsin deliveries 7 --csv ledger.csv
    ```
    """
    if version is None and (watch or csv_file is not None):
        raise WrongUse("name the version whose deliveries you mean; tocsin deliveries lists the last ones")
    if csv_file is not None:
        check_place(csv_file, "--csv ")
    parts = assemble(installation(config))
    if version is None:
        _list(parts, as_json=as_json)
        return
    looks = _looks(parts, version, watch=watch)
    if csv_file is not None:
        _export(parts, version, csv_file)
    elif as_json:
        for seen in looks:
            json_line(_told(seen))
    elif watch and out.is_terminal:
        with Live(_page(next(looks)), console=out, auto_refresh=False) as live:
            for seen in looks:
                live.update(_page(seen), refresh=True)
    else:
        for seen in looks:
            out.print(_page(seen))


def _list(parts: Parts, *, as_json: bool) -> None:
    """List the versions that were approved last, the newest first."""
    with parts.store.read() as connection:
        found = public_versions(connection, _MOST_LISTED)
    columns = ("id", "kind", "state", "approved (UTC)", "last reader (UTC)", "subject")
    listing(found, columns, _line, as_json=as_json, nothing="Nothing was sent yet.")


def _line(version: Version) -> tuple[object, ...]:
    state = "paused" if version.paused_at and version.state == VersionState.SENDING else version.state
    approved, done = (f"{at:%Y-%m-%d %H:%M:%S}" if at else "" for at in (version.approved_at, version.done_at))
    return version.id, version.kind, state, approved, done, version.draft.subject


def _approved(connection: Connection, number: int) -> Version:
    """Return a version that was approved; tell of any other, and exit 3."""
    version = version_of(connection, number)
    if version is None or version.approved_at is None:
        missing = "there is no such version" if version is None else f"it is {version.state}, not approved"
        err.print(f"Version {number} was sent to nobody: {missing}.")
        raise typer.Exit(3)
    return version


def _look(parts: Parts, number: int, *, watch: bool) -> _Seen:
    with parts.store.read() as connection:
        version, now = _approved(connection, number), parts.clock()
        progress, answers = progress_of(connection, version, now), answers_of(connection, number)
        # Every reader's address is looked at for this: not once a second while they wait for their mail.
        domains = () if watch and progress.open else domains_of(connection, number, _MOST_DOMAINS)
        return _Seen(version, progress, answers, domains, resting(connection, now))


def _looks(parts: Parts, number: int, *, watch: bool) -> Iterator[_Seen]:
    """Look once, or until nothing is open."""
    while True:
        seen = _look(parts, number, watch=watch)
        yield seen
        if not watch or not seen.progress.open:
            return
        time.sleep(_WATCH_S)


def _told(seen: _Seen) -> Told:
    version, progress = seen.version, seen.progress
    return Told(
        version=version.id,
        state=version.state,
        paused=version.paused_at is not None,
        audience=progress.audience,
        counts=progress.counts,
        ledger=dict(_ledger(version)),
        per_second=progress.per_second,
        left_s=progress.left_s,
        first_ms=progress.first,
        median_ms=progress.median,
        p99_ms=progress.p99,
        last_ms=progress.last,
        answers=seen.answers,
        domains=seen.domains,
    )


def _ledger(version: Version) -> list[tuple[str, datetime]]:
    """Return the time ledger of a version: what has happened to it, in time."""
    marks = {
        "published": version.published_at,
        "seen": version.seen_at,
        "decided": version.decided_at,
        **version.stages,
        "approved": version.approved_at,
        "handed over": version.handed_at,
        "first accepted": version.accepted_at,
        "done": version.done_at,
    }
    return sorted(((name, at) for name, at in marks.items() if at is not None), key=lambda mark: mark[1])


# -- for people --------------------------------------------------------------------------------------------------------


def _page(seen: _Seen) -> Group:
    version, progress = seen.version, seen.progress
    done = progress.audience - progress.open
    paused = "  PAUSED" if version.paused_at else ""
    head = Text(f"{version.draft.subject}\n", style="bold") + Text(
        f"{version.kind} {version.id}, {version.state}{paused}: {done:,} of {progress.audience:,} readers are settled",
        style="not bold",
    )
    bar = ProgressBar(total=max(progress.audience, 1), completed=done, width=60)
    counts = ((state, f"{count:,}") for state, count in sorted(progress.counts.items(), key=lambda one: -one[1]))
    # The bar ends without a new line.
    parts: list[RenderableType] = [head, bar, Text(f"\n{_pace(progress)}\n"), drawn(("state", "readers"), counts)]
    if seen.answers:
        rows = ((f"{one.count:,}", one.state, one.code or "–", one.text) for one in seen.answers[:12])
        parts += [Text(), drawn(("readers", "state", "code", "the relay's answer"), rows)]
    if seen.domains:
        parts += [Text(), drawn(("domain", "readers", "accepted", "on its way", "lost", ""), _domain_rows(seen))]
    parts += [Text(), drawn(("ledger", "at (UTC)", "after the one before"), _ledger_rows(version))]
    return Group(*parts)


def _domain_rows(seen: _Seen) -> Iterator[tuple[str, ...]]:
    rests = {one.domain: f"rests until {one.until:%H:%M:%S} UTC: {one.reason}" for one in seen.rests}
    for one in seen.domains:
        numbers = (f"{count:,}" for count in (one.readers, one.accepted, one.open, one.lost))
        yield one.domain or "(erased)", *numbers, rests.get(one.domain, "")


def _pace(progress: Progress) -> str:
    if progress.first is None:
        return "nobody has it yet"
    marks = (("first", progress.first), ("median", progress.median), ("99%", progress.p99), ("last", progress.last))
    told = [f"{name} {_span(ms)}" for name, ms in marks if ms is not None]
    if progress.per_second:
        told.append(f"{progress.per_second:,.0f}/s")
    if progress.left_s is not None:
        told.append(f"{_span(int(progress.left_s * 1000))} left")
    return "   ".join(told)


def _span(ms: int) -> str:
    """Return a length of time as a person says it."""
    if ms < 1000:
        return f"{ms} ms"
    if ms < 120_000:
        return f"{ms / 1000:.1f} s"
    return str(timedelta(seconds=ms // 1000))


def _ledger_rows(version: Version) -> Iterator[tuple[str, str, str]]:
    before: datetime | None = None
    for name, at in _ledger(version):
        gap = "" if before is None else _span((at - before) // timedelta(milliseconds=1))
        yield name, f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3], gap
        before = at


# -- for spreadsheets --------------------------------------------------------------------------------------------------


def _export(parts: Parts, number: int, file: Path) -> None:
    """Write a version's deliveries as CSV, readable by its owner only: it holds addresses."""
    with parts.store.write() as connection:
        version = _approved(connection, number)
        who, subject = caller(), f"version {version.id}"
        add_entry(connection, at=parts.clock(), who=who, act="export", subject=subject, detail="deliveries as CSV")
    with parts.store.read() as connection:
        count = write_table(file, _COLUMNS, (_row(version, sent) for sent in deliveries_of(connection, version.id)))
    out.print(f"{count:,} deliveries written to {file}", markup=False)


def _row(version: Version, sent: Sent) -> tuple[object, ...]:
    return (
        *(version.id, sent.subscriber, sent.address, sent.state, sent.why, sent.tries, "yes" if sent.maybe else ""),
        *(version.published_at, version.seen_at, version.decided_at, version.approved_at),
        *(sent.handed_at, sent.settled_at, sent.code, sent.reply, sent.queued_as),
    )
