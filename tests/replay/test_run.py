import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.replay.streams import read, row, small, write
from tests.stories.reports import source, unread
from tocsin.errors import BadInput
from tocsin.model import Source
from tocsin.replay.run import Summary, replay
from tocsin.stories.rules import Rules

SOURCES = {one.name: one for one in (source("Agency", 1, may_alert_alone=True), source("Daily"), source("Herald"))}


def run(stream: Path, out: Path, sources: Mapping[str, Source] = SOURCES, **more: object) -> Summary:
    return replay(stream, out, Rules(), sources, unread, **more)  # type: ignore[arg-type]  # test short-hand


def test_a_small_day(tmp_path: Path) -> None:
    summary = run(small(tmp_path), tmp_path / "out")
    assert (summary.items, summary.alerts, summary.refused) == (6, 2, 0)
    first, second = read(tmp_path / "out" / "alerts.jsonl")
    assert (first["kind"], first["route"], first["items"]) == ("new", "send", ["i1"])
    assert str(first["subject"]).startswith("At least 40 people killed")
    assert first["at"] == "2026-03-02T12:10:00Z"
    assert (second["kind"], second["story"]) == ("update", first["story"])


def test_every_item_has_a_story_and_a_verdict_with_reasons(tmp_path: Path) -> None:
    run(small(tmp_path), tmp_path / "out")
    ids = [f"i{i}" for i in range(6)]
    assert [one["id"] for one in read(tmp_path / "out" / "stories.jsonl")] == ids
    verdicts = read(tmp_path / "out" / "verdicts.jsonl")
    assert [one["id"] for one in verdicts] == ids
    for verdict in verdicts:
        assert set(verdict) >= {"id", "at", "story", "item_score", "score", "band", "route", "reasons"}
        assert verdict["reasons"]


def test_without_knowledge_of_publishers_all_is_held(tmp_path: Path) -> None:
    run(small(tmp_path), tmp_path / "out", {})
    assert {one["route"] for one in read(tmp_path / "out" / "alerts.jsonl")} == {"hold"}


def test_a_hold_that_is_later_sent_is_one_row(tmp_path: Path) -> None:
    known = {one.name: one for one in (source("Blog", 4), source("Daily", 2))}
    rows: list[object] = [
        row(1, 0, "Blog", "At least 40 people killed as express train derails near Lindholm"),
        row(2, 5, "Daily", "Express train derails near Lindholm, at least 40 people killed"),
    ]
    run(write(tmp_path / "s.jsonl", rows), tmp_path / "out", known)
    (alert,) = read(tmp_path / "out" / "alerts.jsonl")
    assert (alert["route"], alert["at"], alert["sent_at"]) == ("send", "2026-03-02T12:00:00Z", "2026-03-02T12:05:00Z")


def test_cutting_the_stream_changes_nothing_before_the_cut(tmp_path: Path) -> None:
    stream = small(tmp_path)
    run(stream, tmp_path / "whole")
    lines = stream.read_text("utf-8").splitlines(keepends=True)
    whole = (tmp_path / "whole" / "verdicts.jsonl").read_text("utf-8").splitlines()
    for cut in range(1, len(lines)):
        part = tmp_path / f"cut{cut}.jsonl"
        part.write_text("".join(lines[:cut]), "utf-8")
        run(part, tmp_path / f"out{cut}")
        assert (tmp_path / f"out{cut}" / "verdicts.jsonl").read_text("utf-8").splitlines() == whole[:cut]


def test_the_summary_is_written_too(tmp_path: Path) -> None:
    summary = run(small(tmp_path), tmp_path / "out")
    written = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert written["items"] == summary.items
    assert written["items_per_second"] > 0
    assert 5 < written["peak_rss_mb"] < 10_000


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    rows: list[object] = [row(i, i, "Daily", f"Item number {i} of the day") for i in range(1001)]
    run(write(tmp_path / "s.jsonl", rows), tmp_path / "out", progress=told.append)
    assert told == [500, 1000]


def test_a_stream_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        run(tmp_path / "none.jsonl", tmp_path / "out")


def test_half_an_emoji_where_a_text_was_cut_ends_nothing(tmp_path: Path) -> None:
    lines = small(tmp_path).read_text(encoding="utf-8").replace('"title": "', '"title": "\\ud83d ')
    cut = tmp_path / "cut.jsonl"
    cut.write_text(lines, encoding="utf-8")
    summary = run(cut, tmp_path / "out")
    assert summary.refused == 0
    assert summary.alerts > 0
    assert all("\ufffd" in str(alert["subject"]) for alert in read(tmp_path / "out" / "alerts.jsonl"))


def test_a_replay_that_is_stopped_leaves_the_report_before_it_whole(tmp_path: Path) -> None:
    out, stream = tmp_path / "out", tmp_path / "long.jsonl"
    run(small(tmp_path), out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    write(stream, [row(number, number, "A", f"Story {number}") for number in range(1000)])

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(stream, out, progress=stop)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
