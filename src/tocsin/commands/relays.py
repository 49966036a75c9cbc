"""``tocsin relays``: what each relay of the pool has taken, what it may take, and why not more."""

from __future__ import annotations

from functools import partial

from tocsin.commands.options import AsJson, Config
from tocsin.commands.output import listing, out
from tocsin.sending.relaying import Room, rooms
from tocsin.settings import installation
from tocsin.wiring import assemble


def show_relays(config: Config = None, as_json: AsJson = False) -> None:
    """Show each relay of the pool: its share, what it took in the last hour and day, and how much it may take now.

    With the one relay of [mail] there is nothing to share out, and nothing is counted (exit 3).

    ```
    tocsin relays
    ```
    """
    found = rooms(assemble(installation(config)))
    listing(
        found,
        ("relay", "share", "last hour", "last 24 hours", "may take now", "why"),
        partial(_row, shares=sum(one.plan.share for one in found) or 1),
        as_json=as_json,
        nothing="There is one relay, [mail] in tocsin.toml; several are set as [[relay]].",
    )
    if not as_json:
        out.print("\nAn away relay is asked again by itself; its share goes to the others meanwhile.")


def _row(one: Room, shares: float) -> tuple[object, ...]:
    taken = f"{one.standing.hour:,}", f"{one.standing.day:,}"
    room = "as much as there is" if one.unbounded else f"{one.allowance.count:,}"
    return one.plan.name, f"{one.plan.share / shares:.0%}", *taken, room, one.allowance.reason
