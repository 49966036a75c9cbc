"""``tocsin check``: would mail from here arrive, and if not, what to change?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.options import Config


def check(
    config: Config = None,
    send: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Send a test mail, as an alert is sent.")] = None,
    arrived: Annotated[
        Path | None, typer.Option(help="The test mail as it arrived, saved whole (- reads it from a pipe).")
    ] = None,
    ntp: Annotated[str, typer.Option(help="The time server to compare the clock with.")] = "pool.ntp.org",
    dns: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="The DNS server to ask (default: the system's).")
    ] = None,
    wait: Annotated[
        int, typer.Option(help="With --send: how many seconds to wait for a bounce and an unsubscription.", min=0)
    ] = 60,
    feeds: Annotated[bool, typer.Option("--feeds/--no-feeds", help="Ask each feed and channel once.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line per finding.")] = False,
) -> None:
    """Examine the set-up: DNS (SPF, DKIM, DMARC, MX, PTR), relay, clock, disk, keys, sources, site; with what to do.

    Each line is ok, warn or fail, and says what to do; exit 1 when one fails. The examination sends nothing.

    To prove a real round trip, send a test to a mailbox elsewhere, by each relay of a pool. With it leave a bounce and
    an unsubscription, for nobody, to your own return path: they must come back through [returned] within the wait. Save
    the test whole as it arrived ("show original") and let it be compared: signature, links, pixels, and what the
    receiver says of SPF, DKIM and DMARC.

    ```
    tocsin check
    tocsin check --send you@elsewhere.example
    tocsin check --arrived original.eml
    ```
    """
    from tocsin.commands.work.checking import examine

    if not examine(config, send, arrived, ntp, dns, wait, feeds=feeds, as_json=as_json):
        raise typer.Exit(1)
