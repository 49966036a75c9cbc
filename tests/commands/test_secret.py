"""Links in mails are good with one secret: a database is served with its own, or with none."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tests.commands.sent import reader
from tocsin.secret import mark_of
from tocsin.store.audit import entries
from tocsin.wiring import Parts

TOUCHING = (("people", "list"), ("reader", "a@example.org"), ("mode", "live"))


def test_a_database_without_its_secret_is_not_served_with_another(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    reader(parts, "a@example.org")
    (tmp_path / "secret").unlink()
    for words in TOUCHING:
        said = tocsin(*words)
        assert said.status == 1
        assert "The secret is missing" in said.err
        assert f"{tmp_path / 'secret'}" in said.err
    assert not (tmp_path / "secret").exists()


def test_a_second_machine_with_a_secret_of_its_own_is_refused(parts: Parts, tocsin: Call, tmp_path: Path) -> None:
    assert tocsin("mode").status == 0  # the database is known from now on, before anybody has signed up
    own = (tmp_path / "secret").read_bytes()
    (tmp_path / "secret").write_bytes(os.urandom(32))
    for words in TOUCHING:
        said = tocsin(*words)
        assert said.status == 1
        assert "belongs to another secret" in said.err
        assert f"{tmp_path / 'secret'}" in said.err
    assert "belongs to another secret" in tocsin("check").out
    (tmp_path / "secret").unlink()
    assert "The secret is missing" in tocsin("mode").err
    assert not (tmp_path / "secret").exists()
    (tmp_path / "secret").write_bytes(own)
    assert tocsin("mode").status == 0


def test_a_lost_secret_is_replaced_only_by_who_says_so(
    parts: Parts, tocsin: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(parts, "a@example.org")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    own = (tmp_path / "secret").read_bytes()
    assert tocsin("secret", "new").status == 2  # nobody is there to be asked
    assert (tmp_path / "secret").read_bytes() == own
    (tmp_path / "secret").unlink()
    assert tocsin("secret", "new", "--yes").status == 0
    new = (tmp_path / "secret").read_bytes()
    assert new != own
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert tocsin("mode").status == 0
    with parts.store.read() as connection:
        assert [entry.act for entry in entries(connection)] == ["secret.new"]
    (tmp_path / "secret").write_bytes(own)
    assert tocsin("mode").status == 1


def test_the_mark_tells_nothing_of_the_secret() -> None:
    assert mark_of(b"a" * 32) != mark_of(b"b" * 32)
    assert (b"a" * 32).hex()[:32] not in mark_of(b"a" * 32)
