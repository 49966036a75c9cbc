from pathlib import Path

import pytest

from tests.replay.streams import row, write
from tocsin.errors import BadInput
from tocsin.replay.stream import StreamNotes, read_stream


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


def test_labels_of_a_data_set_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", [row(1, 0, "A", "one", alert=True, story="secret", urgency=1)])
    (seen,) = read_stream(path, StreamNotes())
    assert "secret" not in repr(seen.article)
    assert seen.article.urgency == 1


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        list(read_stream(tmp_path / "none.jsonl", StreamNotes()))


def test_an_empty_file_is_an_empty_stream(tmp_path: Path) -> None:
    assert replayed(tmp_path, [""])[0] == []
