"""What readers get of pairs of reports: one they were told of, and a later one: another event, a turn, or the same.

Each pair runs through the real core, as a replay does: two agencies that may alert alone, both reports marked as a
flash by their wire, so that nothing but "once" decides. Beside it the later report runs alone: one that would not be an
alert then says nothing about "once" and is left out.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from tests.quality.ratings import stream
from tocsin.alerts.route import route_sources
from tocsin.model import Article, Source
from tocsin.reading.reader import read
from tocsin.stories.core import Core, Decision
from tocsin.stories.rules import Rules

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "once"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
AGENCIES = {
    name: Source(name, publisher=name, family=name, tier=1, may_alert_alone=True) for name in ("Agency", "Other agency")
}
# Ordinary days of the open streams, of the Russian one every fifth post: about ten items an hour.
FILL = (("en", datetime(2017, 5, 18, 12, tzinfo=UTC), 1), ("ru", datetime(2024, 11, 28, 12, tzinfo=UTC), 5))
MISTAKES = {
    ("alert", "nothing"): "swallowed",
    ("alert", "update"): "as an update",
    ("update", "nothing"): "lost",
    ("update", "alert"): "as another",
    ("nothing", "alert"): "twice",
    ("nothing", "update"): "twice",
    ("alert", "correction"): "as an update",
    ("nothing", "correction"): "twice",
    ("correction", "nothing"): "lost",
    ("correction", "update"): "not as a correction",
    ("correction", "alert"): "as another",
    ("update", "correction"): "wrongly as a correction",
}


@dataclass(frozen=True)
class Pair:
    """What was told, what came ``minutes`` later, and what readers should get of it."""

    case: str
    language: str
    told: tuple[str, str]
    minutes: int
    gets: str
    kind: str
    later: tuple[str, str]


def pairs(half: str) -> tuple[Pair, ...]:
    """Return the pairs of a half of the list: a row that was told begins a case, the others come after it."""
    found, told = [], ("", "")
    with (FOLDER / f"{half}.tsv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            words = row["headline"], row["lead"]
            if row["gets"] == "told":
                told = words
            else:
                made = Pair(row["case"], row["language"], told, int(row["minutes"]), row["gets"], row["kind"], words)
                found.append(made)
    return tuple(found)


def written(words: tuple[str, str], way: str) -> tuple[str, str]:
    """Return title and text of a report written one of four ways: sentence, Title Case, bare headline, post."""
    headline, lead = words
    if way == "title":
        return " ".join(word[:1].upper() + word[1:] for word in headline.split()), lead
    if way == "title, bare":
        return " ".join(word[:1].upper() + word[1:] for word in headline.split()), ""
    if way == "bare":
        return headline, ""
    return ("", f"{headline}. {lead}") if way == "post" else (headline, lead)


@cache
def _fill(data: Path) -> tuple[tuple[Article, datetime], ...]:
    """Return two ordinary days, one before noon and one after."""
    found = []
    for language, middle, every in FILL:
        near = [(one, at) for one in stream(data, language) if (at := one.published_at) and abs(at - middle) <= DAY]
        found += [
            (replace(one, published=_moved(at, middle).isoformat()), _moved(at, middle)) for one, at in near[::every]
        ]
    return tuple(sorted(found, key=lambda one: one[1]))


def _moved(at: datetime, middle: datetime) -> datetime:
    return at - middle + NOON


@cache
def _begun(data: Path) -> tuple[bytes, dict[str, Article]]:
    core = Core(Rules(), AGENCIES, read, route_sources)
    articles = {}
    for article, at in _fill(data):
        if at < NOON:
            core.observe(article, at)
            articles[article.id] = article
    return core.snapshot(), articles


def result(pair: Pair, way: str, data: Path | None = None) -> str:
    """Return what readers got of a pair in a nearly empty window, or in a busy one filled from the open streams.

    ``weak`` when the later report would be no alert by itself, ``untold`` when the first one was none.
    """
    core = _core(data)
    told = core.observe(_article(pair, 0, way), NOON)
    if got(told) != "alert":
        return "untold"
    later = NOON + timedelta(minutes=pair.minutes)
    alone = _core(data)
    for article, at in _between(data, later):
        core.observe(article, at)
        alone.observe(article, at)
    if (
        pair.gets not in {"nothing", "correction"}
        and got(alone.observe(_article(pair, pair.minutes, way), later)) != "alert"
    ):
        return "weak"
    return got(core.observe(_article(pair, pair.minutes, way), later))


def got(decision: Decision) -> str:
    """Return what readers get by a decision; a hold that may now be sent is the same message."""
    message = decision.message
    if message is None or message.promotes:
        return "nothing"
    return message.kind.value


def _core(data: Path | None) -> Core:
    core = Core(Rules(), AGENCIES, read, route_sources)
    if data:
        core.restore(*_begun(data))
    return core


def _between(data: Path | None, later: datetime) -> Iterator[tuple[Article, datetime]]:
    return (one for one in _fill(data) if NOON <= one[1] < later) if data else iter(())


def _article(pair: Pair, minutes: int, way: str) -> Article:
    words, source = (pair.later, "Other agency") if minutes else (pair.told, "Agency")
    title, text = written(words, way)
    at = NOON + timedelta(minutes=minutes)
    return Article(f"{pair.case}-{minutes}", source, title, text, at.isoformat(), pair.language, urgency=1)


def mistakes(some: Iterable[Pair], way: str, data: Path | None = None) -> Counter[str]:
    """Return how many pairs went wrong, by the kind of mistake, with how many counted of each thing to get."""
    found: Counter[str] = Counter()
    for pair in some:
        what = result(pair, way, data)
        if what in {"weak", "untold"}:
            found[what] += 1
            continue
        found[f"of {pair.gets}"] += 1
        if mistake := MISTAKES.get((pair.gets, what)):
            found[mistake] += 1
    return found
