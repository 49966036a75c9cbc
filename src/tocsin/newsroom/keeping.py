"""What a source gave is kept, and when it is asked next: the one door for feeds, mailboxes, pushes and folders."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy import Connection

from tocsin.alerts.afterwards import WATCHED_FOR
from tocsin.errors import Temporary, TocsinError
from tocsin.intake.extract import article_id
from tocsin.intake.feed import fitting
from tocsin.intake.fetch import ServerBusy
from tocsin.intake.schedule import Load, Pace, learned_rate, next_due, tier_of
from tocsin.intake.wording import completed, is_older, same_wording
from tocsin.model import Item
from tocsin.store.edits import KeptItem, kept_since, note_edit
from tocsin.store.intake import Polling, StoredItem, add_items
from tocsin.wiring import Parts

_CHANCE = SystemRandom()

READ = "read"
"""The job that reads the items whose numbers its payload lists, parted by commas."""

_KEYS_AT_ONCE = 500

SILENCE = timedelta(hours=1)
"""A source that has not answered for so long may give what came out at any time since."""

_BELIEVED = 3
"""After so many failures in a row a source is asked again where its configuration says, wherever it had moved to."""

PATIENCE = timedelta(seconds=30)
"""A source whose poller died is polled by another after this long."""


def keep(
    parts: Parts, connection: Connection, items: Sequence[Item], *, primed: bool = True, after_silence: bool = False
) -> tuple[StoredItem, ...]:
    """Keep what is new among ``items`` and queue it for reading, in the caller's transaction.

    A draft is left for the day it is released. Each item is read by a job of its own, so that news never waits behind
    the pages of a back catalogue (``primed`` False), which may take seconds each.
    An item that is known already is no second one; what its source has changed of it is noted beside it.
    """
    items = [fitting(item) for item in items]
    released = [item for item in items if not item.draft]
    added = add_items(connection, released, parts.clock(), primed=primed, after_silence=after_silence)
    for stored in added:
        parts.jobs.enqueue(connection, READ, str(stored.id), priority=10 if primed else 0)
    if primed:
        _note_edits(connection, items, parts.clock())
    return added


def _note_edits(connection: Connection, items: Sequence[Item], at: datetime) -> None:
    """Note what is worded otherwise than it was kept.

    Entries that share a key in one answer are no edits of each other: such a feed does not tell its entries apart.
    """
    given = Counter((item.source, item.key) for item in items)
    now = {(item.source, item.key): item for item in items if given[item.source, item.key] == 1}
    for known in _known(connection, tuple(now), at):
        last = known.now or known.item
        newest = completed(now[known.item.source, known.item.key], last)
        if not same_wording(newest, last) and not is_older(newest, last):
            article = article_id(newest.source, newest.key)
            note_edit(connection, known.id, article, newest, at)


def _known(connection: Connection, names: Sequence[tuple[str, str]], at: datetime) -> Iterator[KeptItem]:
    for source in sorted({source for source, _ in names}):
        keys = [key for name, key in names if name == source]
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            yield from kept_since(connection, source, keys[start : start + _KEYS_AT_ONCE], at - 2 * WATCHED_FOR)


class Stumbled(Temporary):
    """Tocsin's own code failed on what this source gave; please report it with the line in the log."""


def failed(polling: Polling, error: TocsinError, at: datetime) -> Polling:
    """Note that a source could not be asked. Where it had moved to for good is not believed for ever, either."""
    wait = error.retry_after_s if isinstance(error, ServerBusy) else None
    until = None if wait is None else at + timedelta(seconds=wait)
    failures = polling.failures + 1
    moved_to = polling.moved_to if failures % _BELIEVED else None
    return replace(polling, failures=failures, error=str(error), not_before=until, moved_to=moved_to)


def worked(polling: Polling, arrived: int, now: datetime) -> Polling:
    """Note a good answer; the back catalogue of the first says nothing about the source's activity."""
    since = polling.worked_at
    rate = polling.rate if since is None else learned_rate(polling.rate, arrived, (now - since).total_seconds())
    return replace(
        polling,
        primed_at=polling.primed_at or now,
        worked_at=now,
        item_at=now if arrived else polling.item_at,
        rate=rate,
        failures=0,
        error=None,
        not_before=None,
    )


def scheduled(polling: Polling, load: Load, asked_at: datetime, max_age_s: float | None = None) -> Polling:
    """Say when the source is due next. Its server's wish may slow Tocsin down, within what its tier allows."""
    not_before = polling.not_before
    if max_age_s and not polling.failures:
        longest = tier_of(polling.source).ceiling_s
        not_before = asked_at + timedelta(seconds=min(max_age_s, longest))
    pace = Pace(polling.rate, asked_at, polling.failures, not_before)
    load = replace(load, root_rates=max(load.root_rates, math.sqrt(polling.rate)))
    due = next_due(tier_of(polling.source), pace, load, asked_at, luck=_CHANCE.random())
    return replace(polling, asked_at=asked_at, not_before=not_before, due_at=due.at, why_due=due.reason)
