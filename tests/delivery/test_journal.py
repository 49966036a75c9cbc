"""What a sender notes outlives it, whenever it is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

from tocsin.delivery.journal import ROOM, Journal, read_orphan, remove


def _note_and_die(file: Path, lines: list[bytes], committing: bytes, *, committed: bool) -> None:
    journal = Journal(file)
    if committing:
        journal.note(committing + b"\n")
        journal.turn()
    for line in lines:
        journal.note(line + b"\n")
    if committed:
        journal.forget()
    os.kill(os.getpid(), signal.SIGKILL)


def _left_by(file: Path, lines: list[bytes], committing: bytes = b"", *, committed: bool = False) -> list[bytes] | None:
    given = {"committed": committed}
    process = multiprocessing.get_context("fork").Process(
        target=_note_and_die, args=(file, lines, committing), kwargs=given
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return read_orphan(file)


def test_a_killed_sender_leaves_all_it_noted(tmp_path: Path) -> None:
    lines = [b"one", b"two", b"three"]
    assert _left_by(tmp_path / "a.log", lines) == lines


def test_more_than_a_file_holds_at_first(tmp_path: Path) -> None:
    lines = [b"%d " % number * 100 for number in range(ROOM // 200)]
    assert sum(map(len, lines)) > 2 * ROOM
    assert _left_by(tmp_path / "a.log", lines) == lines


def test_what_is_committed_is_forgotten_and_the_rest_kept(tmp_path: Path) -> None:
    assert sorted(_left_by(tmp_path / "a.log", [b"new"], b"old") or []) == [b"new", b"old"]
    assert _left_by(tmp_path / "b.log", [b"new"], b"old", committed=True) == [b"new"]


def test_one_that_lives_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.log")
    journal.note(b"in hand\n")
    assert read_orphan(tmp_path / "a.log") is None
    journal.close(keep=True)
    assert read_orphan(tmp_path / "a.log") == [b"in hand"]
    remove(tmp_path / "a.log")
    assert read_orphan(tmp_path / "a.log") == []


def test_a_line_half_written_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"whole\nhal" + bytes(100) + b"f\n")
    assert read_orphan(file) == [b"whole"]
