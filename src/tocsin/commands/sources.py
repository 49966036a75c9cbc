"""``tocsin sources``: what is listened to, and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer

from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import err, json_line, table
from tocsin.settings import load_settings
from tocsin.store.intake import Polling, polled_sources
from tocsin.wiring import assemble

SILENT_FOR = timedelta(hours=1)
"""A feed that was not reached for so long is silent: silence is not calm."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of ``--json``. ``state`` is ``ok``, ``failing``, ``silent``, ``new`` or ``push``."""

    name: str
    publisher: str
    tier: int
    state: str
    url: str | None
    last_item: datetime | None
    last_answer: datetime | None
    next_due: datetime | None
    why_due: str
    failures: int
    error: str | None


def list_sources(
    config: Config = None,
    troubled: Annotated[bool, typer.Option("--troubled", help="Only those that fail or are silent.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the sources: how fresh each is, when it is asked next and why then, and what is wrong with it.

    Sources come from sources.toml when the newsroom starts.
    """
    parts = assemble(load_settings(config))
    now = parts.clock()
    with parts.store.read() as connection:
        found = [_listed(polling, now) for polling in polled_sources(connection)]
    shown = [one for one in found if not troubled or one.state in ("failing", "silent")]
    if not shown:
        err.print(
            "Every source is well." if found else "No source is known yet: the newsroom reads them when it starts."
        )
        raise typer.Exit(3)
    if as_json:
        for one in shown:
            json_line(one)
        return
    columns = ("source", "tier", "state", "last item", "last answer", "next", "why then", "trouble")
    table(columns, (_row(one, now) for one in shown))


def _listed(polling: Polling, now: datetime) -> Listed:
    source = polling.source
    return Listed(
        name=source.name,
        publisher=source.publisher,
        tier=source.tier,
        state=_state(polling, now),
        url=source.url or source.path,
        last_item=polling.item_at,
        last_answer=polling.worked_at,
        next_due=polling.due_at,
        why_due=polling.why_due,
        failures=polling.failures,
        error=polling.error,
    )


def _state(polling: Polling, now: datetime) -> str:
    if polling.source.url is None and polling.source.path is None:
        return "push"
    if polling.failures:
        return "failing"
    if polling.worked_at is None:
        return "new"
    return "silent" if now - polling.worked_at > SILENT_FOR else "ok"


def _row(one: Listed, now: datetime) -> tuple[object, ...]:
    trouble = f"{one.failures} times: {one.error}" if one.failures else one.error
    ages = (_ago(one.last_item, now), _ago(one.last_answer, now), _ahead(one.next_due, now))
    return one.name, one.tier, one.state, *ages, one.why_due, trouble


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{_length(now - at)} ago"


def _ahead(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    return f"in {_length(at - now)}" if at > now else "now"


def _length(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
