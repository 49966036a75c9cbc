"""``tocsin reader``: one reader's whole story."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from tocsin.commands.caller import caller
from tocsin.commands.options import LARGEST, AsJson, Config
from tocsin.commands.output import drawn, err, json_line, out, table
from tocsin.errors import WrongUse
from tocsin.model import DeliveryState
from tocsin.readers.addresses import BadAddress
from tocsin.settings import installation
from tocsin.store.subscribers import Subscriber
from tocsin.subscribers.lookup import Reached, ReaderStory, delay_of, look_up
from tocsin.wiring import assemble


def show_reader(
    address: Annotated[str, typer.Argument(help="The reader's e-mail address, in any spelling of its domain.")],
    config: Config = None,
    most: Annotated[int, typer.Option(help="How many of the newest versions to go through.", min=1, max=LARGEST)] = 50,
    as_json: AsJson = False,
) -> None:
    """Tell one reader's story: state, consents, preferences, and each version: delivered, or why it was left out.

    For the reader who writes "I got nothing". The look-up itself is in the audit log, under your name.

    ```
    tocsin reader olena@example.org
    ```
    """
    story = story_at(address, config, most)
    if story is None:
        err.print("Nothing is known of this address: no sign-up, no suppression.")
        raise typer.Exit(3)
    if as_json:
        json_line(story)
        return
    if story.reader is None:
        out.print(
            f"Nobody has signed up with this address, or they had it erased; it is suppressed: {story.suppressed}."
        )
        return
    table(("reader", ""), _about(story, story.reader))
    out.print()
    if story.consents:
        rows = ((f"{one.at:%Y-%m-%d %H:%M:%S}", one.purpose, one.act, one.number) for one in story.consents)
        table(("consent at (UTC)", "for", "was", "record"), rows)
    else:
        out.print("No consent is on record.")
    out.print()
    if story.versions:
        out.print(drawn(("version", "approved (UTC)", "kind", "subject", "what became of it"), _reached(story)))
    else:
        out.print("No alert was approved yet.")


def story_at(address: str, config: Config, most: int) -> ReaderStory | None:
    """Look an address up, in the name of whoever calls. Raises ``WrongUse`` for what is no address."""
    try:
        return look_up(assemble(installation(config)), address, by=caller(), most=most)
    except BadAddress as error:
        raise WrongUse(str(error)) from error


def _about(story: ReaderStory, reader: Subscriber) -> Iterator[tuple[str, object]]:
    yield "number", reader.id
    yield "state", f"{reader.state}{f' since {reader.ended_at:%Y-%m-%d %H:%M}' if reader.ended_at else ''}"
    yield "signed up", f"{reader.created_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "confirmed", f"{reader.confirmed_at:%Y-%m-%d %H:%M:%S} UTC" if reader.confirmed_at else "not yet"
    if story.suppressed:
        yield "suppressed", story.suppressed
    yield "wants", "; ".join(f"{one.kind} {one.value}".strip() for one in story.interests) or "nothing"
    yield "stopped", "; ".join(f"{one.kind} {one.value}" for one in story.stops) or "nothing"
    yield "pace", ", ".join(_pace(reader))
    yield "language, zone", f"{reader.language}, {reader.zone}"
    yield "offers", "yes" if reader.offers else "no"


def _pace(reader: Subscriber) -> Iterator[str]:
    yield reader.pace
    if reader.flash_only:
        yield "flashes only"
    if reader.quiet_from is not None and reader.quiet_to is not None:
        hours = f"{_clock(reader.quiet_from)}–{_clock(reader.quiet_to)}"
        yield f"quiet {hours} (broken by: {reader.quiet_override})"
    if reader.daily_cap is not None:
        yield f"at most {reader.daily_cap} a day"
    if reader.paused_until is not None:
        yield f"paused until {reader.paused_until:%Y-%m-%d %H:%M} UTC"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _reached(story: ReaderStory) -> Iterator[tuple[object, ...]]:
    for one in story.versions:
        version = one.version
        at = f"{version.approved_at:%Y-%m-%d %H:%M:%S}" if version.approved_at else ""
        yield version.id, at, version.kind, version.draft.subject, _outcome(one)


def _outcome(one: Reached) -> str:
    sent = one.sent
    if sent is None:
        return f"left out: {one.left_out}"
    answer = f" — {sent.code or ''} {sent.reply}".replace("  ", " ") if sent.reply else ""
    delay = delay_of(one.version, sent)
    after = (
        f" {delay.total_seconds():.1f} s after publication" if delay and sent.state is DeliveryState.ACCEPTED else ""
    )
    return f"{sent.state}{after}{answer}"
