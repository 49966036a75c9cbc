"""Replay: a recorded stream in its own time through the code that decides live."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import msgspec

from tocsin.alerts.route import route_sources
from tocsin.collector import uncollected
from tocsin.model import Article, Reading, Source
from tocsin.replay.report import Replayed, write_report
from tocsin.replay.rows import alert_row, verdict_row
from tocsin.replay.stream import StreamNotes, read_stream
from tocsin.replay.tally import Tally
from tocsin.stories.core import Core
from tocsin.stories.prepared import prepared
from tocsin.stories.rules import Rules

_PROGRESS_EVERY = 500
_TOLD = 3
"""Of how many refused rows the reason is told."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a replay came to; ``refused`` rows could not be read, ``undated`` ones were taken where they stood.

    ``why_refused`` says of the first rows that could not be read which lines they are, and what is wrong with them.
    """

    items: int
    stories: int
    alerts: int
    items_per_second: float
    peak_rss_mb: float
    refused: int = 0
    out_of_order: int = 0
    undated: int = 0
    why_refused: tuple[str, ...] = ()


def replay(
    stream: Path,
    out: Path,
    rules: Rules,
    sources: Mapping[str, Source],
    reading_of: Callable[[Article], Reading],
    progress: Callable[[int], None] = lambda _: None,
    other: Rules | None = None,
) -> Summary:
    """Replay ``stream`` and write the results into the folder ``out``; BadInput if the stream can't be read.

    With ``other`` rules a second core sees the same items, and the report shows what these rules would change.
    """
    notes, tally = StreamNotes(), Tally(rules.alert)
    second = Tally(other.alert) if other else None
    cores = [(Core(rules, sources, reading_of, route_sources), tally)]
    if other and second:
        cores.append((Core(other, sources, reading_of, route_sources), second))
    started = time.perf_counter()
    with _whole(out) as new:
        with (new / "verdicts.jsonl").open("wb") as verdicts, uncollected():
            _observe(stream, notes, cores, verdicts, progress)
        summary = _summary(tally, notes, time.perf_counter() - started)
        _write_lines(new / "stories.jsonl", ({"id": i, "story": s} for i, s in tally.final_stories().items()))
        _write_lines(new / "alerts.jsonl", map(alert_row, tally.rows))
        (new / "summary.json").write_text(json.dumps(asdict(summary), indent=1) + "\n", "utf-8")
        write_report(new / "report.html", Replayed(stream.name, tally, rules, notes, second, other))
    return summary


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """Give a folder to write in; its files take their places in ``out`` when all are there, or none does."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=out) as folder:
        yield Path(folder)
        for file in Path(folder).iterdir():
            file.replace(out / file.name)


def _observe(
    stream: Path,
    notes: StreamNotes,
    cores: list[tuple[Core, Tally]],
    verdicts: IO[bytes],
    progress: Callable[[int], None],
) -> None:
    for done, (seen, ready) in enumerate(prepared(read_stream(stream, notes), lambda seen: seen.article), 1):
        for number, (core, tally) in enumerate(cores):
            decision = core.decide(ready, seen.at)
            tally.note(seen.article, decision)
            if number == 0:
                verdicts.write(msgspec.json.encode(verdict_row(decision.verdict)) + b"\n")
        if done % _PROGRESS_EVERY == 0:
            progress(done)


def _summary(tally: Tally, notes: StreamNotes, seconds: float) -> Summary:
    items = len(tally.story_of)
    return Summary(
        items=items,
        stories=len(set(tally.final_stories().values())),
        alerts=len(tally.rows),
        items_per_second=round(items / seconds, 1) if seconds else 0.0,
        peak_rss_mb=round(_peak_bytes() / 2**20, 1),
        refused=len(notes.refused),
        out_of_order=notes.out_of_order,
        undated=notes.undated,
        why_refused=tuple(f"line {line}: {why}" for line, why in notes.refused[:_TOLD]),
    )


def _peak_bytes() -> int:
    """Return the most memory this process held; Linux counts it in kibibytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
