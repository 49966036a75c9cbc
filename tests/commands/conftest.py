"""An installation on a real store, and the command line as a person calls it."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.site import parts_on
from tocsin import cli
from tocsin.commands import output
from tocsin.private_files import write_private
from tocsin.store.engine import Store
from tocsin.wiring import Parts


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    status: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def parts(store: Store, tmp_path: Path) -> Parts:
    """Give the parts of the installation that ``tocsin`` finds."""
    parts = parts_on(store, tmp_path)
    write_private(tmp_path / "secret", parts.secret)
    return parts


@pytest.fixture
def tocsin(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Give the command line of an installation: called with words, it returns its exit status and what it printed."""
    (tmp_path / "tocsin.toml").write_text(f'folder = "."\ndatabase = "{parts.store.url}"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for console in (output.out, output.err):  # made when it was imported, by whichever test came first
        monkeypatch.setattr(console, "width", 300)

    def call(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["tocsin", *words])
        told, blamed = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        status: object = 0
        with redirect_stdout(told), redirect_stderr(blamed):
            try:
                cli.main()
            except SystemExit as end:
                status = end.code or 0
        assert isinstance(status, int), status
        return Said(status, *(stream.buffer.getvalue().decode() for stream in (told, blamed)))

    return call
