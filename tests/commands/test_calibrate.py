"""``tocsin calibrate``, as an editor uses it: a sheet, marks, the effect, a save and the way back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tocsin.stories.rules import load_rules

AT = datetime(2022, 11, 11, 12, tzinfo=UTC)
SHEET = ("calibrate", "week.jsonl", "--sheet", "marks.tsv")
TRY = ("calibrate", "week.jsonl", "marks.tsv")
SAVE = (*TRY, "--save", "own.toml")


def title_of(number: int) -> str:
    return f"Explosion kills {number + 11} in harbour" if number % 2 == 0 else f"Garden show opens hall {number}"


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """Give forty made-up items, half of them grave."""
    rows = [
        {
            "id": f"i{number}",
            "published": (AT + timedelta(hours=number)).isoformat(),
            "source": "wire",
            "lang": "en",
            "title": title_of(number),
            "text": title_of(number),
        }
        for number in range(40)
    ]
    file = tmp_path / "week.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


@pytest.fixture
def marks(tmp_path: Path, stream: Path) -> Path:
    """Give an editor's marks of them: what is grave deserved an alert."""
    assert stream
    lines = [f"i{number}\t{'should' if number % 2 == 0 else 0}" for number in range(40)]
    file = tmp_path / "marks.tsv"
    file.write_text("\n".join(["id\tmark", *lines]) + "\n", "utf-8")
    return file


@pytest.mark.parametrize("title", ['=HYPERLINK("https://evil.example";"Read")', "+1-2", "-1+1", " @SUM(1)"])
def test_a_spreadsheet_works_out_no_headline(tocsin: Call, tmp_path: Path, stream: Path, title: str) -> None:
    row = {"id": "x", "published": "2026-11-23T12:00:00Z", "source": "Post", "lang": "en", "title": title, "text": ""}
    stream.write_text(json.dumps(row) + "\n", "utf-8")
    tocsin(*SHEET)
    cells = (tmp_path / "marks.tsv").read_text("utf-8").splitlines()[1].split("\t")
    assert (cells[0], cells[4]) == ("x", f"'{title.strip()}")


def test_a_sheet_is_filled_in_and_read(tocsin: Call, tmp_path: Path, stream: Path) -> None:
    said = tocsin(*SHEET)
    assert (said.status, said.out) == (0, "")
    assert "40 of 40 items are in marks.tsv" in said.err
    sheet = tmp_path / "marks.tsv"
    assert "there are no marks in it" in tocsin(*TRY).err, "an empty sheet is no wish to mark everything 0"
    lines = sheet.read_text("utf-8").splitlines()
    assert lines[0].split("\t") == ["id", "mark", "published", "source", "title"]
    for semicolons in (False, True):  # a spreadsheet in another country parts columns so
        filled = [lines[0]]
        for line in lines[1:]:
            key, _, *rest = line.split("\t")
            filled.append("\t".join((key, "3" if "kills" in line else "Shouldn’t", *rest)))
        text = "\r\n".join(filled)
        sheet.write_text("\ufeff" + (text.replace("\t", ";") if semicolons else text), "utf-8")
        assert json.loads(tocsin(*TRY, "--json").out)["fitted"] == 28
    assert tocsin(*SHEET).status == 2, "marks are never written over"


def test_the_effect_is_shown_and_nothing_is_saved_without_being_told(
    tocsin: Call, tmp_path: Path, stream: Path, marks: Path
) -> None:
    before = set(tmp_path.iterdir())
    shown = tocsin(*TRY)
    assert shown.status == 0, shown
    for words in ("Fitted on 28 marks; on the 12 later ones", "right order", "at other bars", "Nothing is saved"):
        assert words in shown.out
    assert set(tmp_path.iterdir()) == before


def test_what_is_saved_is_replayed_kept_and_put_back(tocsin: Call, tmp_path: Path, stream: Path, marks: Path) -> None:
    own = tmp_path / "own.toml"
    effect = json.loads(tocsin(*SAVE, "--json").out)
    assert effect["after"]["order"] >= effect["before"]["order"]
    assert [bar["alert"] for bar in effect["bars"]] == [41, 47, 53, 59, 65]
    assert tocsin("replay", "week.jsonl", "--out", "report", "--rules", "own.toml").status == 0
    own.write_text("alert = 50.0\n", "utf-8")
    again = tocsin(*SAVE, "--rules", "own.toml")
    assert again.status == 0
    assert "what was there is in own.toml.before-001" in again.err
    assert load_rules(own).alert == 50.0
    assert load_rules(own).weights
    assert tocsin("calibrate", "--undo", "own.toml").status == 0
    assert own.read_text("utf-8") == "alert = 50.0\n"
    nothing = tocsin("calibrate", "--undo", "own.toml")
    assert nothing.status == 2
    assert "nothing is kept beside own.toml" in nothing.err


def test_rules_that_judge_unseen_marks_worse_are_not_saved(
    tocsin: Call, tmp_path: Path, stream: Path, marks: Path
) -> None:
    lines = [f"i{n}\t{4 if (n % 2 == 0) == (n >= 28) else 0}" for n in range(40)]  # the later marks say the opposite
    marks.write_text("\n".join(lines), "utf-8")
    said = tocsin(*SAVE)
    assert said.status == 1
    assert "judge these worse: keep the old ones" in said.out
    assert "--anyway" in said.err
    assert not (tmp_path / "own.toml").exists()
    assert tocsin(*SAVE, "--anyway").status == 0
    assert (tmp_path / "own.toml").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"i1\t4\ni2\tperhaps\n", "line 2: the mark 'perhaps' is none of 0, 1, 2, 3, 4, should, shouldn't"),
        (b"id,mark\ni1,7\ni2,-1\n", "line 2: the mark '7' is none of"),
        (b"i1\t4\ni2\t1\ni1\t0\n", "line 3: i1 has another mark than in line 1"),
        (b"i1 4\ni2 0\n", "line 1: it needs two columns, id and mark"),
        (b"title\tid\nx\ti1\n", "line 2: the mark 'i1' is none of"),
        (b"nope\t4\nnor this\t0\n", "2 of 2 marks name nothing in week.jsonl (nope, nor this)"),
        (b"", "there are no marks in it. `tocsin calibrate STREAM --sheet FILE` writes one"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "it is not text"),
        ("i1\t4".encode("utf-16"), "it is not text"),
        (b"\n".join(b"i%d\t9" % n for n in range(40)), "and 35 lines more"),
    ],
)
def test_marks_that_make_no_sense_are_told_by_their_lines(
    tocsin: Call, stream: Path, marks: Path, content: bytes, told: str
) -> None:
    marks.write_bytes(content)
    said = tocsin(*TRY)
    assert (said.status, said.out) == (1, "")
    assert told in said.err
    assert len(said.err.splitlines()) == 1


def test_too_few_marks_are_refused_and_strangers_left_out(tocsin: Call, stream: Path, marks: Path) -> None:
    marks.write_text("i1\t4\ni1\t4\n", "utf-8")
    few = tocsin(*TRY)
    assert few.status == 2
    assert "1 marks are too few to learn from: at least 20" in few.err
    lines = [f"i{n}\t{4 if n < 4 else 0}" for n in range(40)]
    marks.write_text("\n".join([*lines, "i99\t4"]), "utf-8")
    said = tocsin(*TRY)
    assert said.status == 2
    assert "1 of 41 marks name nothing in week.jsonl (i99): left out." in said.err
    assert "4 of 40 marks say that an alert was deserved: at least 5 must" in said.err


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("calibrate",), 2, "name a stream"),
        (("calibrate", "week.jsonl"), 2, "--sheet marks.tsv` writes a sheet to fill in"),
        (("calibrate", "absent.jsonl", "marks.tsv"), 1, "absent.jsonl: there is no such file"),
        (("calibrate", ".", "marks.tsv"), 1, "this is no file"),
        (("calibrate", "marks.tsv", "marks.tsv"), 1, "there is no item in it; line 1: not JSON"),
        (("calibrate", "week.jsonl", "absent.tsv"), 1, "absent.tsv: No such file or directory"),
        (("calibrate", "week.jsonl", "."), 1, "Is a directory"),
        ((*TRY, "--save", "no/own.toml"), 2, "its folder is not there"),
        ((*TRY, "--rules", "marks.tsv"), 1, "marks.tsv"),
    ],
)
def test_a_wrong_file_is_told_in_a_line(
    tocsin: Call, stream: Path, marks: Path, words: tuple[str, ...], status: int, told: str
) -> None:
    said = tocsin(*words)
    assert (said.status, said.out) == (status, "")
    assert told in said.err
    assert len(said.err.splitlines()) == 1
