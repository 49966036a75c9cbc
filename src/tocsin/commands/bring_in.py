"""``tocsin import``: readers of another list come over, with the proof of their consent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tocsin.alerts.topics import load_topics
from tocsin.commands.caller import caller
from tocsin.commands.moments import moment
from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import err, interruptible, json_line, out, progress, table
from tocsin.errors import BadInput, WrongUse
from tocsin.problems import text_of
from tocsin.readers.roster import Entry, Line, roster
from tocsin.settings import installation
from tocsin.store.audit import add_entry
from tocsin.subscribers.bringing_in import BroughtIn, Ground, bring_in, may_come
from tocsin.wiring import Parts, assemble

_AT_ONCE = 100
"""Readers in one transaction: a moment, for an alert may be on its way meanwhile."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """The result as ``--json`` gives it: how many were added, and each line of which no reader was made, with why."""

    added: int
    not_added: tuple[tuple[int, str], ...]


def import_readers(
    file: Annotated[
        Path, typer.Argument(help="CSV with a header, as list managers export it, or one address a line; UTF-8.")
    ],
    wording: Annotated[str, typer.Option(help="The words they agreed to; they go on record.", show_default=False)],
    roster_name: Annotated[str | None, typer.Option("--from", help="What the list is called there.")] = None,
    given: Annotated[
        str | None,
        typer.Option(help="When they consented, where the list does not say: 2022-11-11, or 30d (days ago)."),
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="What they get (may be repeated); else all news.")] = None,
    trial: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and keep nothing.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Bring readers in who have consented elsewhere: active at once, with their consent to alerts on record.

    Only for readers who agreed to breaking-news mails from this newsroom, each at a known time: that of the list
    (`confirmed_at`, `created_at` …), or `--given`. Who left or never confirmed there stays out; so does whoever left,
    bounced or was erased here. Done twice it changes nothing. Consents to offers are not taken over.

    ```
    tocsin import subscribers.csv --wording "Sign up to our breaking news emails" --dry-run
    ```
    """
    parts = assemble(installation(config))
    ground = _ground(parts, roster_name or file.name, wording, given, topic or [])
    lines = list(roster(text_of(file, BadInput), smtputf8=parts.settings.readers.smtputf8))
    found = _imported(lines, _tried(parts, lines, ground) if trial else _done(parts, lines, ground))
    if as_json:
        json_line(found)
    else:
        _show(found, "Readers that would be added" if trial else "Readers added")
    if not lines:
        raise typer.Exit(3)


def _ground(parts: Parts, name: str, wording: str, given: str | None, topics: Sequence[str]) -> Ground:
    known = {topic.id for topic in load_topics(parts.settings.readers.topics_file)}
    if unknown := [topic for topic in topics if topic not in known]:
        raise WrongUse(f"there is no topic {unknown[0]!r}; topics are: {', '.join(sorted(known))}")
    if not wording.strip():
        raise WrongUse("--wording is what they agreed to: without it nothing proves their consent")
    return Ground(name, wording.strip(), None if given is None else moment(given, parts.clock()), topics)


def _tried(parts: Parts, lines: Sequence[Line], ground: Ground) -> Iterator[BroughtIn]:
    for part in _parted(lines):
        with parts.store.read() as connection:
            yield from may_come(parts, connection, part, ground)


def _done(parts: Parts, lines: Sequence[Line], ground: Ground) -> Iterator[BroughtIn]:
    by, several, done = caller(), list(_parted(lines)), list[BroughtIn]()
    with interruptible(lambda: _so_far(done)), progress() as bar:
        for part in bar.track(several, description="Readers, hundreds"):
            with parts.store.write() as connection:
                found = bring_in(parts, connection, part, ground, by=by)
                told = f"{found.count(BroughtIn.ADDED)} of {ground.roster}"
                add_entry(connection, at=parts.clock(), who=by, act="import", subject="readers", detail=told)
            done += found
    return iter(done)


def _so_far(done: Sequence[BroughtIn]) -> str:
    added = done.count(BroughtIn.ADDED)
    return f"Interrupted: {added:,} readers were added and stay. Call it again: it goes on with the others."


def _parted(lines: Sequence[Line]) -> Iterator[list[Entry]]:
    entries = [line.entry for line in lines if line.entry is not None]
    yield from (entries[start : start + _AT_ONCE] for start in range(0, len(entries), _AT_ONCE))


def _imported(lines: Sequence[Line], found: Iterator[BroughtIn]) -> Imported:
    """Put together what became of each line; ``found`` is for those that have an entry, in their order."""
    why = [(line.number, next(found) if line.entry else line.why_not) for line in lines]
    return Imported(
        sum(what is BroughtIn.ADDED for _, what in why),
        tuple((number, str(what)) for number, what in why if what is not BroughtIn.ADDED),
    )


def _show(found: Imported, done: str) -> None:
    out.print(f"{done}: {found.added}")
    if found.not_added:
        counts = Counter(why for _, why in found.not_added)
        table(("lines", "why they add nobody"), ((count, why) for why, count in counts.most_common()))
        first = ", ".join(str(number) for number, _ in found.not_added[:_SHOWN])
        err.print(f"The first of these lines: {first}. --json lists all.")
