import json
from pathlib import Path

import pytest

from tests.replay.streams import row, write
from tocsin.errors import BadInput
from tocsin.reading.reader import read
from tocsin.replay.run import replay
from tocsin.replay.stream import StreamNotes, read_stream
from tocsin.stories.rules import Rules


def replayed(folder: Path, rows: list[object]) -> tuple[list[str], StreamNotes]:
    notes = StreamNotes()
    path = write(folder / "s.jsonl", rows)
    return [seen.article.id for seen in read_stream(path, notes)], notes


def test_rows_out_of_order_are_put_in_order_and_counted(tmp_path: Path) -> None:
    ids, notes = replayed(tmp_path, [row(1, 10, "A", "one"), row(2, 5, "A", "two"), row(3, 20, "A", "three")])
    assert ids == ["i2", "i1", "i3"]
    assert notes.out_of_order == 1


def test_rows_of_equal_time_keep_their_order(tmp_path: Path) -> None:
    assert replayed(tmp_path, [row(i, 5, "A", "same") for i in range(9)])[0] == [f"i{i}" for i in range(9)]


def test_a_row_s_language_is_known_by_its_bare_name(tmp_path: Path) -> None:
    tags = ["en-US", "RU", "a language"]
    rows: list[object] = [{**row(number, number, "A", "one"), "lang": tag} for number, tag in enumerate(tags)]
    path = write(tmp_path / "s.jsonl", rows)
    assert [seen.article.language for seen in read_stream(path, StreamNotes())] == ["en", "ru", None]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("{not json", "not JSON"),
        ("[1, 2]", "not an object"),
        ('{"title": "no id"}', "no id"),
        ('{"id": "", "title": "empty id"}', "no id"),
        ('{"id": "x", "title": 5}', "not text: title"),
        ('{"id": "x"}', "neither title nor text"),
        ('{"id": "i0", "title": "again"}', "came before"),
        ("[" * 100_000, "not JSON"),
        ('{"id": true, "title": "a truth is no id"}', "no id"),
    ],
)
def test_a_row_that_can_not_be_used_is_refused_with_its_line_and_the_rest_goes_on(
    tmp_path: Path, bad: str, why: str
) -> None:
    ids, notes = replayed(tmp_path, [row(0, 0, "A", "first"), bad, row(2, 1, "A", "last")])
    assert ids == ["i0", "i2"]
    ((line, reason),) = notes.refused
    assert line == 2
    assert why in reason


def test_a_row_without_a_time_is_seen_where_it_stands(tmp_path: Path) -> None:
    undated = {"id": "u", "title": "no time", "published": "yesterday-ish"}
    ids, notes = replayed(tmp_path, [row(0, 0, "A", "first"), undated, row(2, 9, "A", "last")])
    assert ids == ["i0", "u", "i2"]
    assert notes.undated == 1


def test_a_row_without_a_time_does_not_follow_a_wrong_one_before_it_was_put_right(tmp_path: Path) -> None:
    undated = {"id": "u", "title": "no time"}
    wrong = row(1, 0, "A", "a thousand years ahead") | {"published": "3026-11-23T06:00:00Z"}
    ids, notes = replayed(tmp_path, [row(0, 0, "A", "first"), wrong, row(2, 9, "A", "right again"), undated])
    assert ids == ["i0", "i2", "u", "i1"]
    assert notes.undated == 1


def test_labels_of_a_data_set_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", [row(1, 0, "A", "one", alert=True, story="secret", urgency=1)])
    (seen,) = read_stream(path, StreamNotes())
    assert "secret" not in repr(seen.article)
    assert seen.article.urgency == 1


@pytest.mark.parametrize(("told", "urgency"), [(True, None), (0, None), (9, None), (-1, None), ("4", 4), ("flash", 1)])
def test_what_is_no_wires_urgency_is_none(tmp_path: Path, told: object, urgency: int | None) -> None:
    path = write(tmp_path / "s.jsonl", [row(1, 0, "A", "one", urgency=told)])
    (seen,) = read_stream(path, StreamNotes())
    assert seen.article.urgency == urgency


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        list(read_stream(tmp_path / "none.jsonl", StreamNotes()))


def test_an_empty_file_is_an_empty_stream(tmp_path: Path) -> None:
    assert replayed(tmp_path, [""])[0] == []


def test_a_number_is_an_id_too(tmp_path: Path) -> None:
    ids, notes = replayed(
        tmp_path, ['{"id": 7, "title": "one"}', '{"id": 0, "title": "two"}', '{"id": "7", "title": "x"}']
    )
    assert ids == ["7", "0"]
    assert [why for _, why in notes.refused] == ["the id 7 came before"]


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_at_the_end_of_the_calendar_is_none(tmp_path: Path, end: str) -> None:
    stream = tmp_path / "ends.jsonl"
    stream.write_text(json.dumps({"id": "a", "title": "Bridge collapses in Riga", "published": end}) + "\n")
    summary = replay(stream, tmp_path / "out", Rules(), {}, read)
    assert (summary.items, summary.undated) == (1, 1)
