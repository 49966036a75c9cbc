"""What each relay has taken lately, and which are away: shared by all senders on all machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, func, select, update

from tocsin.delivery.relays import (
    DAY_STEPS,
    HOUR_STEPS,
    Allowance,
    Plan,
    Standing,
    away_for,
    share_out,
    step_of,
)
from tocsin.store.dialect import insert_new, queue_up
from tocsin.store.engine import Moment, metadata

_IN_A_ROW = timedelta(hours=1)
"""Failures further apart have nothing to do with each other."""

relay_counts = Table(
    "relay_counts",
    metadata,
    # Letters in each five minutes since 1970; older ones than a day are removed.
    Column("relay", String(60), primary_key=True),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("letters", Integer, nullable=False),
)

relay_states = Table(
    "relay_states",
    metadata,
    Column("relay", String(60), primary_key=True),
    Column("away_until", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("reason", String(500), nullable=False),
)


def standings(connection: Connection, now: datetime) -> dict[str, Standing]:
    """Return how each relay stands that was used, or was away, lately."""
    of, step = relay_counts.c, step_of(now)
    lately = func.sum(of.letters).filter(of.step >= step - HOUR_STEPS)
    query = select(of.relay, func.coalesce(lately, 0).label("hour"), func.sum(of.letters).label("day"))
    used = connection.execute(query.where(of.step >= step - DAY_STEPS).group_by(of.relay))
    found = {row.relay: Standing(max(0, int(row.hour)), max(0, int(row.day))) for row in used}
    for row in connection.execute(select(*relay_states.c)):
        known = found.get(row.relay, Standing())
        found[row.relay] = Standing(known.hour, known.day, row.away_until, row.reason)
    return found


def reserve_letters(connection: Connection, plans: Sequence[Plan], want: int, now: datetime) -> tuple[Allowance, ...]:
    """Share ``want`` letters out among the relays, and count what each may take as taken."""
    queue_up(connection, "relays")
    given = share_out(plans, standings(connection, now), want, now)
    _count(connection, {one.name: one.count for one in given if one.count}, now)
    connection.execute(delete(relay_counts).where(relay_counts.c.step < step_of(now) - DAY_STEPS - 1))
    return given


def return_letters(connection: Connection, unused: Mapping[str, int], now: datetime) -> None:
    """Count as not taken what was reserved and not used."""
    queue_up(connection, "relays")
    _count(connection, {name: -count for name, count in unused.items() if count}, now)


def _count(connection: Connection, letters: Mapping[str, int], now: datetime) -> None:
    step = step_of(now)
    for name, count in sorted(letters.items()):
        connection.execute(insert_new(connection, relay_counts).values(relay=name, step=step, letters=0))
        mine = (relay_counts.c.relay == name) & (relay_counts.c.step == step)
        connection.execute(update(relay_counts).where(mine).values(letters=relay_counts.c.letters + count))


def mark_away(
    connection: Connection, relay: str, reason: str, now: datetime, until: datetime | None = None
) -> datetime:
    """Leave a relay alone, longer each time in a row or until a given time; return until when."""
    connection.execute(insert_new(connection, relay_states).values(relay=relay, away_until=now, failures=0, reason=""))
    mine = relay_states.c.relay == relay
    row = connection.execute(select(*relay_states.c).where(mine).with_for_update()).one()
    if row.away_until > now:  # somebody else has met the same
        known: datetime = row.away_until
        until = max(known, until or known)
        failures: int = row.failures
    else:
        failures = row.failures + 1 if now - row.away_until < _IN_A_ROW else 1
        until = until or now + away_for(failures)
    values = {"away_until": until, "failures": failures, "reason": reason[:500]}
    connection.execute(update(relay_states).where(mine).values(values))
    return until


def mark_back(connection: Connection, relay: str) -> None:
    """Note that a relay takes letters again."""
    connection.execute(delete(relay_states).where(relay_states.c.relay == relay))
