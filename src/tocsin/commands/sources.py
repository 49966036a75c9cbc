"""``tocsin sources``: what is listened to, and how fresh it is."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import err, interruptible, json_line, listing, out, table
from tocsin.intake.opml import Feed, feeds_in, opml
from tocsin.model import Source
from tocsin.newsroom.book import Tried, add_source, remove_source, sources_of, try_source
from tocsin.newsroom.importing import import_feeds
from tocsin.settings import installation
from tocsin.store.intake import Polling, active_sources
from tocsin.store.refused import refused_lately
from tocsin.wiring import assemble


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


@dataclass(frozen=True, slots=True)
class Imported:
    """One line of ``import --json``: what became of one feed; ``why_not`` is empty when it was added."""

    name: str
    publisher: str
    url: str
    why_not: str


app = typer.Typer(help="See what is listened to, and how fresh it is; try, add, import and take off feeds.")

Url = Annotated[
    str,
    typer.Argument(
        help="The address of a feed (RSS, Atom, JSON Feed, CAP, news sitemap) or of a Telegram channel, https://t.me/s/NAME."
    ),
]


@app.callback(invoke_without_command=True)
def list_sources(
    context: typer.Context,
    config: Config = None,
    troubled: Annotated[bool, typer.Option("--troubled", help="Only those that fail or are silent.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the sources: how fresh each is, when it is asked next and why then, and what is wrong with it.

    Sources stand in sources.toml, or were added at the desk or by `tocsin sources add`; a running newsroom takes up
    changes of either within seconds.

    ```
    tocsin sources --troubled
    tocsin sources refused
    tocsin sources try https://www.example.org/feed
    ```
    """
    if context.invoked_subcommand is not None:
        return
    parts = assemble(installation(config))
    now = parts.clock()
    with parts.store.read() as connection:
        found = [_listed(polling, now) for polling in active_sources(connection)]
    shown = [one for one in found if not troubled or one.state in ("failing", "silent")]
    columns = ("source", "tier", "state", "last item", "last answer", "next", "why then", "trouble")
    nothing = "Every source is well." if found else "No source is known yet: the newsroom reads them when it starts."
    listing(shown, columns, partial(_row, now=now), as_json=as_json, nothing=nothing)


@app.command("try")
def try_feed(url: Url, config: Config = None, as_json: AsJson = False) -> None:
    """Ask a feed or channel once, as listening would, and show what it lists. Nothing is kept."""
    tried = try_source(assemble(installation(config)), url)
    if as_json:
        json_line(tried)
        return
    _show(tried)
    if not tried.items:
        raise typer.Exit(3)


def _show(tried: Tried) -> None:
    table(
        ("published", "title"),
        ((item.published or "unknown", item.title or item.summary or item.content[:200]) for item in tried.items[:10]),
    )
    out.print(f"{len(tried.items)} items in {tried.seconds:.1f} s from {tried.url}", markup=False)


@app.command("add")
def add_feed(
    url: Url,
    name: Annotated[str, typer.Option(help="The source's name, unlike any other's.", show_default=False)],
    publisher: Annotated[str | None, typer.Option(help="Who publishes it; its feeds are one origin.")] = None,
    tier: Annotated[int, typer.Option(min=1, max=4, help="1 an agency or authority … 4 unproven.")] = 4,
    alone: Annotated[bool, typer.Option("--may-alert-alone", help="One report of it is enough to send.")] = False,
    language: Annotated[str | None, typer.Option(help="Its language, such as en.")] = None,
    config: Config = None,
) -> None:
    """Listen to a feed from now on, after asking it once; a running newsroom takes it up within seconds.

    tocsin sources add https://www.example.org/feed --name "Example" --tier 2
    """
    parts = assemble(installation(config))
    who = publisher or name
    tried = try_source(parts, url)
    source = Source(name, who, who, url=url, tier=tier, may_alert_alone=alone, language=language)
    with parts.store.write() as connection:
        add_source(parts, connection, source, by=caller(), at=parts.clock())
    out.print(f"{name} is listened to; it lists {len(tried.items)} items now.", markup=False)


@app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="A subscription list (OPML), as every feed reader exports it.")],
    tier: Annotated[
        int, typer.Option(min=1, max=4, help="1 an agency or authority … 4 unproven; for all of them.")
    ] = 4,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Listen to every feed of a list; those listened to already stay as they are, so that it may be done twice.

    Feeds of one site count as one publisher. What has been published before is taken in as known, not as news.
    `tocsin sources --troubled` tells a minute later which of them do not answer.

    ```
    tocsin sources import feeds.opml
    tocsin sources export > feeds.opml
    ```
    """
    with interruptible(lambda: "Interrupted: no feed was added. Call it again."):
        feeds = feeds_in(file.read_bytes())
        parts, by = assemble(installation(config)), caller()
        with parts.store.write() as connection:
            done = list(import_feeds(parts, connection, feeds, tier=tier, by=by, at=parts.clock()))
    found = [Imported(one.name, one.publisher, one.url or "", str(why_not or "")) for one, why_not in done]
    listing(
        found,
        ("source", "publisher", ""),
        lambda one: (one.name, one.publisher, one.why_not or "added"),
        as_json=as_json,
        nothing=f"{file} names no feed that is not listened to already.",
    )
    if not as_json:
        added = sum(not one.why_not for one in found)
        out.print(f"{added} of {len(feeds)} feeds added; {len(feeds) - len(found)} were listened to already.")


@app.command("export")
def export_list(config: Config = None) -> None:
    """Print the feeds and channels that are listened to as a subscription list (OPML) for a feed reader."""
    parts = assemble(installation(config))
    with parts.store.read() as connection:
        found = sources_of(parts, connection).all
    feeds = [Feed(one.url, one.name, language=one.language) for one in found if one.url]
    if not feeds:
        err.print("No feed is listened to.")
        raise typer.Exit(3)
    sys.stdout.buffer.write(opml(feeds, parts.settings.newsroom.name))


@app.command("remove")
def remove_feed(
    name: Annotated[str, typer.Argument(help="A source that was added here or at the desk.")], config: Config = None
) -> None:
    """Listen no longer to a source that was added; one of sources.toml is taken out there."""
    parts = assemble(installation(config))
    with parts.store.write() as connection:
        remove_source(connection, name, by=caller(), at=parts.clock())
    out.print(f"{name} is listened to no longer.", markup=False)


@app.command("refused")
def list_refused(
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List mails that were kept out of mailboxes, and why: a release that you miss may be among them.

    A mail counts when its sender stands in a source's from = [...] and its domain's signature (DKIM) holds. Sender and
    subject are as the mail says, and may be forged.
    """
    with assemble(installation(config)).store.read() as connection:
        found = refused_lately(connection, limit)
    listing(
        found,
        ("at (UTC)", "mailbox", "says it is from", "subject", "kept out because"),
        lambda one: (f"{one.at:%Y-%m-%d %H:%M}", one.mailbox, one.sender, one.subject, one.reason),
        as_json=as_json,
        nothing="No mail was kept out.",
    )


def _listed(polling: Polling, now: datetime) -> Listed:
    source = polling.source
    return Listed(
        name=source.name,
        publisher=source.publisher,
        tier=source.tier,
        state=_state(polling, now),
        url=source.url or source.path or source.mailbox,
        last_item=polling.item_at,
        last_answer=polling.worked_at,
        next_due=polling.due_at,
        why_due=polling.why_due,
        failures=polling.failures,
        error=polling.error,
    )


def _state(polling: Polling, now: datetime) -> str:
    if not polling.source.is_asked:
        return "push"
    if polling.failures:
        return "failing"
    if polling.worked_at is None:
        return "new"
    return "silent" if polling.is_silent(now) else "ok"


def _row(one: Listed, now: datetime) -> tuple[object, ...]:
    trouble = f"{one.failures} times: {one.error}" if one.failures > 1 else one.error
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
