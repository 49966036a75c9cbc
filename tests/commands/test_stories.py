"""``tocsin why`` and ``record``: from a judged article to its explanation, and back through a replay."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tests.commands.sent import DRAFT, held
from tocsin.model import Article, Band, Origin, Reading, Reason, Report, Route, Verdict
from tocsin.store.stories import ReadArticle, add_article, record_verdict
from tocsin.wiring import Parts

AT = datetime(2022, 11, 11, 12, tzinfo=UTC)
REASONS = (
    Reason("fresh", "gate", evidence="2 minutes old"),
    Reason("two origins", "support", holds=False, evidence="one origin"),
    Reason("collapse", points=24.0, evidence="“gave way”"),
    Reason("hedged", points=-5.0, evidence="“may have”"),
)


def judged(
    parts: Parts,
    number: int,
    *,
    story: str,
    title: str,
    route: Route = Route.HOLD,
    score: float = 50.0,
    primed: bool = True,
    merged: tuple[str, ...] = (),
) -> None:
    """Keep an article seen so many minutes after noon, with its verdict."""
    at = AT + timedelta(minutes=number)
    article = Article(f"a{number}", "wire", title, f"{title}, officials said.", at.isoformat(), "en", urgency=2)
    read = ReadArticle(number, article, Reading("en"), at, at, primed)
    origin = Origin("Wire", (article.id,), ("credited to Wire",))
    verdict = Verdict(at, article.id, story, score, score, Band.ALERT, route, "One report", (origin,), REASONS)
    with parts.store.write() as connection:
        add_article(connection, read)
        record_verdict(connection, read, verdict, merged)


def test_a_held_story_tells_gates_points_and_what_stood_in_the_way(parts: Parts, tocsin: Call) -> None:
    judged(parts, 1, story="s1", title="A bridge gave way")
    page = tocsin("why", "s1").out
    assert "held for an editor as alert with 50 points" in page
    assert "support “two origins” does not hold: one origin" in page
    assert "+24.0" in page
    assert "“gave way”" in page
    assert "-5.0" in page


def test_what_was_to_be_sent_is_not_said_to_be_sent(parts: Parts, tocsin: Call) -> None:
    judged(parts, 1, story=DRAFT.story, title="A bridge gave way", route=Route.SEND)
    held(parts)
    page = tocsin("why", DRAFT.story).out
    assert "alert, held" in page, "in shadow, say"
    assert "to be sent by itself as alert" in page


def test_a_story_is_found_by_words_of_its_title_and_by_its_version(parts: Parts, tocsin: Call) -> None:
    judged(parts, 1, story=DRAFT.story, title="A bridge gave way")
    version = held(parts)
    for words in ("BRIDGE gave", f"v{version}"):
        said = tocsin("why", words)
        assert said.status == 0, said
        assert "story s1: 1 verdicts, 1 versions" in said.out


def test_of_several_stories_with_these_words_one_must_be_named(parts: Parts, tocsin: Call) -> None:
    judged(parts, 1, story="s1", title="A bridge gave way")
    judged(parts, 2, story="s2", title="A bridge was opened")
    said = tocsin("why", "bridge")
    assert said.status == 2
    assert "s1" in said.out
    assert "s2" in said.out


def test_a_merged_story_is_explained_as_what_it_became(parts: Parts, tocsin: Call) -> None:
    judged(parts, 1, story="s1", title="A bridge gave way")
    judged(parts, 2, story="s2", title="Road bridge fell")
    judged(parts, 3, story="s1", title="The bridge", merged=("s2",))
    assert tocsin("why", "s2").out.startswith("A bridge gave way\nstory s1")


def test_what_an_editor_left_out_is_told(parts: Parts, tocsin: Call) -> None:
    judged(parts, 1, story=DRAFT.story, title="A bridge gave way")
    stray = Report("a2", "Coast Radio", "Lorry closes ring road", None, None)
    whole = replace(DRAFT, articles=("a1", "a2"), reports=(stray,))
    held(parts, replace(DRAFT, articles=("a1",)), composed=whole)
    page = tocsin("why", DRAFT.story).out
    assert "left out by an editor since version 1: Coast Radio: Lorry closes ring road" in page
    (row,) = (json.loads(line) for line in tocsin("why", DRAFT.story, "--json").out.splitlines())
    assert row["left_out"] == ["a2"]


def test_of_dropped_verdicts_the_one_that_came_nearest_is_explained(parts: Parts, tocsin: Call) -> None:
    judged(parts, 1, story="s1", title="First", route=Route.DROP, score=12)
    judged(parts, 2, story="s1", title="Second", route=Route.DROP, score=31)
    rows = [json.loads(line) for line in tocsin("why", "s1", "--json").out.splitlines()]
    assert [(row["title"], row["counts"]) for row in rows] == [("First", False), ("Second", True)]
    assert rows[1]["outcome"] == "dropped as alert with 31 points"


@pytest.mark.parametrize("words", ["nothing like it", "v7", "100%"])
def test_a_story_that_nobody_knows_is_nothing_to_show(tocsin: Call, words: str) -> None:
    assert tocsin("why", words).status == 3


def test_what_is_recorded_can_be_replayed(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    judged(parts, 1, story="s1", title="A bridge gave way")
    judged(parts, 2, story="s2", title="An old report", primed=False)
    judged(parts, 3, story="s3", title="A ferry sank")
    said = tocsin("record", "--out", "day.jsonl", "--since", "2022-11-11T12:00Z", "--until", "2022-11-11T12:03Z")
    assert said.status == 0, said
    [row] = [json.loads(line) for line in (tmp_path / "day.jsonl").read_text("utf-8").splitlines()]
    assert (row["id"], row["source"], row["lang"], row["urgency"]) == ("a1", "wire", "en", 2)
    assert row["published"] == "2022-11-11T12:01:00+00:00"
    replayed = tocsin("replay", "day.jsonl", "--out", "report", "--json")
    assert json.loads(replayed.out)["items"] == 1


def test_recording_nothing_says_so_and_leaves_no_broken_file(tocsin: Call, tmp_path: Path) -> None:
    assert tocsin("record", "--out", "day.jsonl", "--since", "24h").status == 3
    assert tocsin("record", "--out", "day.jsonl", "--since", "yesterday").status == 2
    assert [file.name for file in tmp_path.glob(".day*")] == []


def test_replay_compares_two_sets_of_rules(tocsin: Call, tmp_path: Path) -> None:
    stream, stricter = tmp_path / "day.jsonl", tmp_path / "stricter.toml"
    row = {"id": "1", "published": "2022-11-11T12:00:00Z", "source": "wire", "lang": "en"}
    stream.write_text(json.dumps({**row, "title": "A bridge gave way", "text": "It fell."}) + "\n", "utf-8")
    stricter.write_text("alert = 50.0\n", "utf-8")
    assert tocsin("replay", str(stream), "--out", "plain").status == 0
    assert tocsin("replay", str(stream), "--out", "both", "--compare", str(stricter)).status == 0
    plain, both = ((tmp_path / name / "report.html").read_text("utf-8") for name in ("plain", "both"))
    assert both != plain
