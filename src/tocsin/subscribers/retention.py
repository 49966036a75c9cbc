"""Forgetting in time: what the privacy notice says is kept for some days goes when they are over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog

from tocsin.jobs.port import Job
from tocsin.store.consents import erase_old_facts
from tocsin.store.digests import forget_digests
from tocsin.store.rehearsals import forget_rehearsals
from tocsin.store.retention import forget_deliveries, forget_letters, forget_unconfirmed
from tocsin.store.returned import forget_returned
from tocsin.store.watched import forget_flags
from tocsin.wiring import Parts

log = structlog.get_logger()

TIDY = "tidy"
"""The job that forgets; it queues itself again for the next day."""

NETWORK_FACTS = ("network address", "network address of the confirmation")
"""Facts of a consent record that are erased before the rest."""

_MORE_DAYS = timedelta(days=30)
"""How far back the job looks for network addresses, should it not have run for some days."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many were forgotten: unconfirmed readers, records with a network address, letters, versions' readers."""

    unconfirmed: int
    networks: int
    letters: int
    deliveries: int


def plan_tidying(parts: Parts) -> None:
    """Queue the job, unless it waits already."""
    with parts.store.write() as connection:
        parts.jobs.enqueue(connection, TIDY, "", key=TIDY)


def tidy(parts: Parts, job: Job) -> None:
    """Forget what is due (the handler of ``TIDY``) and queue the next time."""
    log.info("tidied", **asdict(forget(parts)))
    with parts.store.write() as connection:
        parts.jobs.enqueue(connection, TIDY, "", key=TIDY, run_at=parts.clock() + timedelta(days=1))


def forget(parts: Parts) -> Tidied:
    """Forget what is due now; each kind in a transaction of its own, so that no other writer waits long."""
    now, keep = parts.clock(), parts.settings.readers
    networks = now - timedelta(days=keep.keep_networks_days)
    with parts.store.write() as connection:
        unconfirmed = forget_unconfirmed(connection, now - timedelta(days=keep.keep_unconfirmed_days))
    with parts.store.write() as connection:
        erased = erase_old_facts(connection, NETWORK_FACTS, networks - _MORE_DAYS, networks)
        letters = forget_letters(connection, networks)
    with parts.store.write() as connection:
        deliveries = forget_deliveries(connection, now - timedelta(days=keep.keep_deliveries_days))
        forget_digests(connection, now - timedelta(days=keep.keep_deliveries_days))
        forget_returned(connection, now - timedelta(days=keep.keep_deliveries_days))
    with parts.store.write() as connection:
        forget_flags(connection, now - timedelta(days=keep.keep_deliveries_days))
        forget_rehearsals(connection, now - timedelta(days=keep.keep_deliveries_days))
    with parts.store.write() as connection:
        parts.jobs.forget(connection, now)
    return Tidied(unconfirmed, erased, letters, deliveries)
