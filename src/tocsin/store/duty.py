"""The duty rota, and what rings: each cause once, with how often it has rung."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, String, Table, Text, delete, insert, select, update

from tocsin.alerts.ringing import Shift
from tocsin.store.engine import Id, Moment, metadata

rota = Table(
    "rota",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person", String(100), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("url", Text, nullable=False),
)

rings = Table(
    "rings",
    metadata,
    Column("cause", String(300), primary_key=True),
    Column("text", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("last_at", Moment),
    Column("times", Integer, nullable=False),
    Column("error", Text),
    # Somebody is on it.
    Column("seen_at", Moment),
    Column("seen_by", String(200)),
)


@dataclass(frozen=True, slots=True)
class Ringing:
    """A cause that rings (``hold:7``), what it says, how often it has rung, why the last ring failed, who is on it."""

    cause: str
    text: str
    began_at: datetime
    last_at: datetime | None
    times: int
    error: str | None
    seen_at: datetime | None
    seen_by: str | None


def add_shift(connection: Connection, shift: Shift) -> int:
    """Put a shift into the rota and return its number."""
    values = {"person": shift.person, "since": shift.since, "until": shift.until, "url": shift.url}
    return int(connection.execute(insert(rota).values(values).returning(rota.c.id)).scalar_one())


def remove_shift(connection: Connection, number: int) -> bool:
    """Take a shift out of the rota; False when it is not there."""
    return connection.execute(delete(rota).where(rota.c.id == number)).rowcount == 1


def shifts_from(connection: Connection, now: datetime) -> dict[int, Shift]:
    """Return the shifts that are not over, by number, the first to begin first."""
    rows = connection.execute(select(*rota.c).where(rota.c.until > now).order_by(rota.c.since, rota.c.id))
    return {row.id: Shift(row.person, row.since, row.until, row.url) for row in rows}


def ringing(connection: Connection) -> tuple[Ringing, ...]:
    """Return what rings, the longest first."""
    rows = connection.execute(select(*rings.c).order_by(rings.c.began_at, rings.c.cause))
    return tuple(Ringing(**row._mapping) for row in rows)


def set_causes(connection: Connection, causes: Mapping[str, str], now: datetime) -> None:
    """Make ``causes`` (what each says, by name) those that ring: new ones begin, what is over is forgotten."""
    known = {one.cause: one for one in ringing(connection)}
    over = known.keys() - causes.keys()
    if over:
        connection.execute(delete(rings).where(rings.c.cause.in_(over)))
    for cause, text in causes.items():
        if cause not in known:
            connection.execute(insert(rings).values(cause=cause, text=text, began_at=now, times=0))
        elif known[cause].text != text:
            connection.execute(update(rings).where(rings.c.cause == cause).values(text=text))


def note_ring(connection: Connection, cause: str, at: datetime) -> None:
    """Note that a cause rings now."""
    rung = {"last_at": at, "times": rings.c.times + 1, "error": None}
    connection.execute(update(rings).where(rings.c.cause == cause).values(rung))


def note_failure(connection: Connection, cause: str, error: str) -> None:
    """Note that a channel could not be reached."""
    connection.execute(update(rings).where(rings.c.cause == cause).values(error=error))


def note_seen(connection: Connection, cause: str, by: str, at: datetime) -> bool:
    """Note that somebody is on a cause; False when it does not ring (any more)."""
    seen = update(rings).where(rings.c.cause == cause).values(seen_at=at, seen_by=by)
    return connection.execute(seen).rowcount == 1
