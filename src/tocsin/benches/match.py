"""``tocsin bench match``: how fast the readers of a version are found among a million, and phrases in an article."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate

from sqlalchemy import Connection, func, select, text

from tocsin.alerts.audience import Phrases
from tocsin.benches.empty import refuse_if_used
from tocsin.model import Band, Draft, VersionKind
from tocsin.store.alerts import Version, VersionState
from tocsin.store.audience import stream_audience
from tocsin.store.engine import Store
from tocsin.store.preferences import preferences

BATCH = 500
SHARE = 30
"""Per cent of the subscribers who hold the measured topic."""
_TOPICS = 40
_ROUNDS = 9
_WORDS = 800
_ARTICLES = 40


@dataclass(frozen=True, slots=True)
class Matched:
    """What was measured, medians: the audience's first batch and its end, and phrases found in one article."""

    engine: str
    subscribers: int
    preferences: int
    audience: int
    first_batch_ms: float
    whole_audience_s: float
    phrases: int
    phrases_ms: float
    add_phrase_us: float


def bench_match(store: Store, subscribers: int) -> Matched:
    """Fill an empty store with made-up readers and measure with a version of that topic. Raises ``WrongUse``."""
    refuse_if_used(store)
    with store.write() as connection:
        fill(connection, subscribers)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    with store.read() as connection:
        held = connection.execute(select(func.count()).select_from(preferences)).scalar_one()
    firsts, wholes, sizes = zip(*(_measure(store) for _ in range(_ROUNDS)), strict=True)
    phrases_ms, add_us = _phrases(subscribers)
    return Matched(
        store.engine.dialect.name,
        subscribers,
        held,
        sizes[0],
        statistics.median(firsts) * 1e3,
        statistics.median(wholes),
        subscribers,
        phrases_ms,
        add_us,
    )


def _measure(store: Store) -> tuple[float, float, int]:
    began = time.perf_counter()
    with store.read() as connection:
        batches = stream_audience(connection, _version(), batch=BATCH)
        size = len(next(batches))
        first = time.perf_counter() - began
        size += sum(len(batch) for batch in batches)
        return first, time.perf_counter() - began, size


def _version() -> Version:
    now = datetime.now(UTC)
    draft = Draft(
        "story", VersionKind.ALERT, Band.ALERT, "One report", "", "", (), (), (), "", None, None, "en",
        topics=("topic1",),
    )  # fmt: skip
    return Version(1, 1, 1, VersionKind.ALERT, Band.ALERT, VersionState.HELD, draft, now, now, now, {})


_FILLING = (
    """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :topics)
    INSERT INTO interests (id, kind, value) SELECT i, 'topic', 'topic' || i FROM n
    """,
    """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
    INSERT INTO subscribers (id, address, address_key, state, language, zone, created_at)
    SELECT i, 'reader' || i || '@example.com', 'key' || i, 'active', 'en', 'UTC', 0 FROM n
    """,
    # A multiplication by a number without a common factor scatters readers as hashing would.
    """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
    INSERT INTO preferences (interest, subscriber) SELECT 1, i FROM n WHERE (i % 100 * 19) % 100 < :share
    """,
    """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many),
      k(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM k WHERE j < 4)
    INSERT INTO preferences (interest, subscriber)
    SELECT 2 + ((i * 31 + j * 9) % (:topics - 1)), i FROM n CROSS JOIN k
    WHERE j < CASE WHEN (i % 100 * 19) % 100 < :share THEN 4 ELSE 5 END
    """,
)


def fill(connection: Connection, subscribers: int) -> None:
    """Make readers with five interests each: topic 1 for ``SHARE`` per cent, others spread over the rest."""
    values = {"many": subscribers, "share": SHARE, "topics": _TOPICS}
    for statement in map(text, _FILLING):
        connection.execute(statement, {name: value for name, value in values.items() if f":{name}" in statement.text})


def _phrases(many: int) -> tuple[float, float]:
    """Return the milliseconds to find the phrases in an article that holds ten, and the microseconds to add one."""
    chance = random.Random(7)  # noqa: S311 (made-up words for a measurement)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvwy", k=chance.randint(3, 9))) for _ in range(60_000)]
    # Words come as often as in a language: the n-th commonest with a frequency near 1/n (Zipf).
    often = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    wanted = [" ".join(chance.choices(words, k=chance.randint(2, 3))) for _ in range(many)]
    phrases = Phrases(wanted)
    held = (chance.choices(wanted, k=10) for _ in range(_ARTICLES))
    articles = [" ".join((*chance.choices(words, cum_weights=often, k=_WORDS - 25), *some)) for some in held]
    for article in articles:  # a running service knows the stems of its words
        phrases.find(article)
    found = statistics.median(_timed(partial(phrases.find, article)) for article in articles)
    added = statistics.median(_timed(partial(phrases.add, f"newphrase {i}")) for i in range(1000))
    return found * 1e3, added * 1e6


def _timed(act: Callable[[], object]) -> float:
    """Return the processor's seconds that ``act`` takes: others on the machine don't count."""
    began = time.process_time()
    act()
    return time.process_time() - began
