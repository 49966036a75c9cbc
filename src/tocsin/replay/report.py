"""The report of a replay: one self-contained page that says what would have been sent, held and dropped, and why."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from tocsin.model import Reason, Route
from tocsin.replay.charts import histogram, main_stretch, per_day, timeline
from tocsin.replay.stream import StreamNotes
from tocsin.replay.tally import Row, Tally, subject
from tocsin.stories.rules import Rules

MOST_SHOWN = 1_500
_WIDEST_POINTS = 30.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """All that the report is made from; ``other`` and ``other_rules`` when two sets of rules are compared."""

    name: str
    tally: Tally
    rules: Rules
    notes: StreamNotes
    other: Tally | None = None
    other_rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day's alerts: each first alert with the messages that followed it."""

    day: date
    alerts: tuple[tuple[Row, tuple[Row, ...]], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What other rules change: stories that only one of the two would have alerted."""

    changed: tuple[tuple[str, float, float], ...]
    gained: tuple[Row, ...]
    lost: tuple[Row, ...]
    both: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures at the head of the page."""

    items: int
    stories: int
    new: int
    sent: int
    follow_ups: int
    busiest: int
    usual: float
    delay: str


def write_report(path: Path, replayed: Replayed) -> None:
    """Write the page."""
    path.write_text(render(replayed), "utf-8")


def render(replayed: Replayed) -> str:
    """Return the page as HTML: no scripts, no addresses outside itself."""
    tally, rules = replayed.tally, replayed.rules
    folder = resources.files("tocsin.replay")
    pages = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    pages.filters["subject"] = _subject
    pages.filters["minutes"] = minutes
    pages.filters["width"] = points_width
    shown = tally.rows[-MOST_SHOWN:]
    hours = main_stretch(tally.hours)
    drawn = [row for row in tally.rows if hours and min(hours) <= row.proposed.at < max(hours) + timedelta(hours=1)]
    return pages.from_string(folder.joinpath("report.html.j2").read_text("utf-8")).render(
        style=folder.joinpath("report.css").read_text("utf-8"),
        replayed=replayed,
        figures=_figures(tally, _all_days(hours)),
        timeline=timeline(hours, drawn),
        per_day=per_day(drawn, _all_days(hours)),
        undrawn=tally.hours.total() - hours.total(),
        histogram=histogram(tally.scores, (("watch", rules.watch), ("alert", rules.alert), ("flash", rules.flash))),
        days=_days(shown),
        hidden=len(tally.rows) - len(shown),
        misses=tally.near_misses(),
        stopped=tally.stopped.most_common(),
        comparison=_comparison(replayed),
        split=split_reasons,
        sent=Route.SEND,
    )


def _subject(row: Row) -> str:
    return subject(row.proposed.lead)


def minutes(delay: timedelta) -> str:
    """Return a delay in words: ``at once``, ``4 min``, ``2 h 05``."""
    whole = int(delay.total_seconds()) // 60
    if whole < 1:
        return "at once"
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02}"


def points_width(points: float) -> float:
    """Return the width of a bar of points, in per cent of half the column."""
    return round(min(1.0, abs(points) / _WIDEST_POINTS) * 100, 1)


def split_reasons(reasons: Sequence[Reason]) -> tuple[list[Reason], list[Reason]]:
    """Return the points of a verdict, and its gates and supports."""
    points = [reason for reason in reasons if reason.kind == "points" and reason.points]
    return points, [reason for reason in reasons if reason.kind != "points"]


def _figures(tally: Tally, days: Sequence[date]) -> Figures:
    new = [row for row in tally.rows if row.is_new]
    by_day = Counter(row.proposed.at.date() for row in new)
    counts = [by_day[day] for day in days]
    return Figures(
        items=len(tally.story_of),
        stories=len(set(tally.final_stories().values())),
        new=len(new),
        sent=sum(row.route is Route.SEND for row in new),
        follow_ups=len(tally.rows) - len(new),
        busiest=max(counts, default=0),
        usual=statistics.median(counts) if counts else 0,
        delay=minutes(timedelta(seconds=statistics.median([row.delay.total_seconds() for row in new] or [0.0]))),
    )


def _all_days(hours: Counter[datetime]) -> list[date]:
    if not hours:
        return []
    first, last = min(hours).date(), max(hours).date()
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _days(rows: Sequence[Row]) -> list[Day]:
    follow_ups: dict[str, list[Row]] = {}
    for row in rows:
        if not row.is_new:
            follow_ups.setdefault(row.proposed.story, []).append(row)
    days = groupby((row for row in rows if row.is_new), key=lambda row: row.proposed.at.date())
    return [
        Day(day, tuple((row, tuple(follow_ups.get(row.proposed.story, ()))) for row in alerts)) for day, alerts in days
    ]


def _comparison(replayed: Replayed) -> Comparison | None:
    if replayed.other is None or replayed.other_rules is None:
        return None
    mine = {row.proposed.story: row for row in replayed.tally.rows if row.is_new}
    theirs = {row.proposed.story: row for row in replayed.other.rows if row.is_new}
    numbers = [name for name in Rules.__slots__ if isinstance(getattr(replayed.rules, name), int | float)]
    changed = [(name, getattr(replayed.rules, name), getattr(replayed.other_rules, name)) for name in numbers]
    return Comparison(
        changed=tuple(change for change in changed if change[1] != change[2]),
        gained=tuple(row for story, row in theirs.items() if story not in mine),
        lost=tuple(row for story, row in mine.items() if story not in theirs),
        both=len(mine.keys() & theirs.keys()),
    )
