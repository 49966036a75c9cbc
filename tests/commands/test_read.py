"""``tocsin read``: the contract's line, the golden pair of the example's twin, and what can't be read."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from tests.lacks import ROOT

KEYS = ["file", "title", "published", "language", "text", "removed", "statements", "times", "places", "origins"]


def tocsin(*arguments: object, status: int = 0) -> list[dict[str, Any]]:
    """Run the command as a program would, and return its JSON lines."""
    command = [sys.executable, "-m", "tocsin", "read", "--json", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_twin_is_read_as_its_golden_pair_says() -> None:
    with as_file(files("tocsin.demo") / "samples" / "1-kherson.txt") as file:
        (line,) = tocsin(file)
    assert list(line)[: len(KEYS)] == KEYS
    golden = json.loads((ROOT / "tests" / "golden" / "twin.json").read_text(encoding="utf-8"))
    for origin in line["origins"]:
        origin["evidence"] = origin["evidence"].rpartition(" cites ")[2]
    line.pop("file")
    assert line == golden
    text = line["text"]
    for statement in line["statements"]:
        for part in ("speaker", "cue", "content"):
            start, end = statement[f"{part}_span"]
            assert text[start:end] == statement[part]


def test_files_keep_their_order_and_one_that_can_t_be_read_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "date 2022-11-11 The bridge is closed, the mayor said on Friday. It was built in 1980."
    )
    (tmp_path / "b.html").write_bytes(b"")
    names = [tmp_path / "a.txt", tmp_path / "b.html", tmp_path / "absent.txt", tmp_path / "a.txt"]
    lines = tocsin(*names)
    assert [line["file"] for line in lines] == list(map(str, names))
    assert ["error" in line for line in lines] == [False, True, True, False]
    assert all(list(line) == ["file", "error"] for line in lines if "error" in line)


def test_none_that_can_be_read_is_a_failure(tmp_path: Path) -> None:
    (line,) = tocsin(tmp_path / "absent.txt", status=1)
    assert line["error"] == "No such file or directory"


@pytest.mark.parametrize("text", ["One.\r\n\r\nTwo “said” he.\n", "  spaces kept \n", "Ми 🙂 тут, сказала вона."])
def test_plain_keeps_the_text_exactly(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plain.txt"
    file.write_bytes(text.encode())
    (line,) = tocsin(file, "--plain", "--published", "2022-11-11", "--lang", "en")
    assert line["text"] == text
    assert (line["published"], line["language"], line["removed"]) == ("2022-11-11", "en", [])


def test_a_feed_gives_a_line_for_each_entry(tmp_path: Path) -> None:
    feed = "".join(
        f"<item><title>Story {n}</title><description>It rained on Friday.</description></item>" for n in "12"
    )
    (tmp_path / "feed.xml").write_text(f'<rss version="2.0"><channel><title>Post</title>{feed}</channel></rss>')
    assert [line["title"] for line in tocsin(tmp_path / "feed.xml")] == ["Story 1", "Story 2"]


def test_a_feed_without_entries_is_told(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text("<rss version='2.0'><channel><title>Post</title></channel></rss>")
    (line,) = tocsin(file, status=1)
    assert "without entries" in line["error"]


def test_a_disk_that_is_full_is_not_blamed_on_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The bridge is closed, the mayor said on Friday. It was built in 1980.")
    command = [sys.executable, "-m", "tocsin", "read", str(tmp_path / "a.txt")]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr.strip()) == (1, "tocsin: No space left on device")


def test_a_wrong_date_is_wrong_use(tmp_path: Path) -> None:
    tocsin(tmp_path, "--published", "last Friday", status=2)


def test_a_plain_text_has_the_bound_of_a_record(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("The bridge is closed. " * 100_000, encoding="utf-8")
    (line,) = tocsin("--plain", tmp_path / "long.txt", status=1)
    assert "a text of 2200000 characters, at most 2000000" in line["error"]
