"""Replay: a recorded stream in its own time through the code that decides live."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from tocsin.alerts.route import route_sources
from tocsin.model import Article, Origin, Reading, Reason, Route, Source, Verdict
from tocsin.replay.stream import StreamNotes, read_stream
from tocsin.stories.core import Core, Proposed
from tocsin.stories.rules import Rules


@dataclass(slots=True)
class Row:
    """One alert of a replay: what was first proposed, and when and by what it was sent if it was held before."""

    proposed: Proposed
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a replay came to."""

    items: int
    stories: int
    alerts: int
    items_per_second: float
    peak_rss_mb: float
    refused: int = 0
    out_of_order: int = 0
    undated: int = 0


@dataclass(slots=True)
class Tally:
    """What the report needs: alerts, verdicts above none, and how many were dropped."""

    rows: list[Row] = field(default_factory=list)
    story_of: dict[str, str] = field(default_factory=dict)
    notes: StreamNotes = field(default_factory=StreamNotes)


def replay(
    stream: Path,
    out: Path,
    rules: Rules,
    sources: Mapping[str, Source],
    reading_of: Callable[[Article], Reading],
    progress: Callable[[int], None] = lambda _: None,
) -> Summary:
    """Replay ``stream`` and write the results into the folder ``out``; BadInput if the stream can't be read."""
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with (out / "verdicts.jsonl").open("w", encoding="utf-8") as verdicts:
        tally = _run(stream, Core(rules, sources, reading_of, route_sources), verdicts, progress)
    seconds = time.perf_counter() - started
    _write_lines(out / "stories.jsonl", ({"id": i, "story": s} for i, s in tally.story_of.items()))
    _write_lines(out / "alerts.jsonl", map(alert_row, tally.rows))
    items = len(tally.story_of)
    summary = Summary(
        items=items,
        stories=len(set(tally.story_of.values())),
        alerts=len(tally.rows),
        items_per_second=round(items / seconds, 1) if seconds else 0.0,
        peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        refused=len(tally.notes.refused),
        out_of_order=tally.notes.out_of_order,
        undated=tally.notes.undated,
    )
    (out / "summary.json").write_text(json.dumps(_plain(summary), indent=1) + "\n", "utf-8")
    return summary


def _run(stream: Path, core: Core, verdicts: IO[str], progress: Callable[[int], None]) -> Tally:
    tally = Tally()
    merged: dict[str, str] = {}
    by_story: dict[str, Row] = {}
    for done, seen in enumerate(read_stream(stream, tally.notes), 1):
        decision = core.observe(seen.article, seen.at)
        tally.story_of[seen.article.id] = decision.assignment.story
        merged.update(dict.fromkeys(decision.assignment.merged, decision.assignment.story))
        verdicts.write(json.dumps(verdict_row(decision.verdict), ensure_ascii=False) + "\n")
        if decision.message:
            _note(decision.message, tally, by_story)
        if done % 1000 == 0:
            progress(done)
    for item, story in tally.story_of.items():
        tally.story_of[item] = _final(story, merged)
    return tally


def _note(message: Proposed, tally: Tally, by_story: dict[str, Row]) -> None:
    if message.promotes and message.story in by_story:
        by_story[message.story].sent_at = message.at
        return
    row = Row(message)
    by_story.setdefault(message.story, row)
    tally.rows.append(row)


def _final(story: str, merged: Mapping[str, str]) -> str:
    while story in merged:
        story = merged[story]
    return story


def verdict_row(verdict: Verdict) -> dict[str, object]:
    """Return the row of verdicts.jsonl."""
    return {
        "id": verdict.article,
        "at": _iso(verdict.at),
        "story": verdict.story,
        "item_score": verdict.item_score,
        "score": verdict.score,
        "band": verdict.band,
        "route": verdict.route,
        "label": verdict.label,
        "reasons": [reason_row(reason) for reason in verdict.reasons],
    }


def alert_row(row: Row) -> dict[str, object]:
    """Return the row of alerts.jsonl; a hold that was sent later is one row with the route ``send`` and ``sent_at``."""
    message = row.proposed
    return {
        "at": _iso(message.at),
        "story": message.story,
        "items": list(message.articles),
        "kind": "new" if message.kind == "alert" else str(message.kind),
        "band": message.band,
        "route": Route.SEND if row.sent_at else message.route,
        "score": message.score,
        "label": message.label,
        "origins": [origin_row(origin) for origin in message.origins],
        "reasons": [reason_row(reason) for reason in message.reasons],
        "subject": subject(message.lead),
        **({"sent_at": _iso(row.sent_at)} if row.sent_at else {}),
    }


def subject(article: Article) -> str:
    """Return the article's headline verbatim: its title, or the first line of a post without one."""
    return (article.title or article.text.strip().partition("\n")[0]).strip()


def reason_row(reason: Reason) -> dict[str, object]:
    """Return a reason as it is written."""
    row: dict[str, object] = {"name": reason.name, "kind": reason.kind}
    if reason.kind == "points":
        row["points"] = reason.points
    else:
        row["holds"] = reason.holds
    if reason.evidence:
        row["evidence"] = reason.evidence
    return row


def origin_row(origin: Origin) -> dict[str, object]:
    """Return an origin as it is written."""
    return {"name": origin.name, "articles": list(origin.articles), "evidence": list(origin.evidence)}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(summary: Summary) -> dict[str, object]:
    return {name: getattr(summary, name) for name in Summary.__slots__}


def _write_lines(path: Path, rows: object) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:  # type: ignore[attr-defined]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
