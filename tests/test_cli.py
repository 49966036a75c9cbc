"""The command line as a whole: every command explains itself, and mistakes are told in one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tocsin.cli import COMMANDS, main

_HEAVY = ("sqlalchemy", "numpy", "fastapi", "trafilatura", "aiohttp", "lxml", "cryptography")
_GROUPS = {
    "alerts": ("list", "approve", "correct", "withdraw", "drop"),
    "people": ("list", "add", "role", "disable", "password", "reset-factor"),
    "audit": ("list", "verify"),
    "consent": ("show", "verify"),
    "retention": ("run",),
    "dkim": ("new",),
    "bench": ("send", "match"),
}
EVERY = [(name,) for name in COMMANDS] + [(group, name) for group, names in _GROUPS.items() for name in names]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    status: int
    out: str
    err: str


@pytest.fixture
def tocsin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Give the command line, called in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")

    def call(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["tocsin", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return Said(int(end.value.code or 0), *capsys.readouterr())

    return call


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...], tocsin: Callable[..., Said]) -> None:
    said = tocsin(*words, "--help")
    assert said.status == 0
    assert f"Usage: tocsin {' '.join(words)}" in said.out
    assert len(said.out.split()) > 20


def test_the_list_of_commands_loads_nothing_heavy() -> None:
    look = f"import sys, tocsin.cli as c; c.build(None); print(*(m for m in {_HEAVY} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""


def test_a_command_loads_only_what_it_needs() -> None:
    look = f"import sys, tocsin.cli as c; c.build('pause'); print(*(m for m in {_HEAVY} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert {"numpy", "trafilatura", "fastapi"}.isdisjoint(done.stdout.split())


def test_the_list_names_every_command(tocsin: Callable[..., Said]) -> None:
    told = tocsin("--help").out
    assert [name for name in COMMANDS if name not in told] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("deliveries", "seven"), "tocsin deliveries --help"),
        (("deliveries",), "Missing argument"),
        (("pause", "7", "--nope"), "No such option: --nope"),
        (("sources", "--config", "missing.toml"), "missing.toml"),
        (("bench", "send", "--recipients", "5", "--smtp", "nowhere"), "HOST:PORT"),
    ],
)
def test_wrong_use_is_told_in_one_line(words: tuple[str, ...], told: str, tocsin: Callable[..., Said]) -> None:
    said = tocsin(*words)
    assert said.status == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert told in said.err


@pytest.mark.parametrize("words", [("alerts", "list"), ("deliveries", "1"), ("why", "s1"), ("audit", "list")], ids=str)
def test_nothing_to_show_is_status_3(words: tuple[str, ...], tocsin: Callable[..., Said]) -> None:
    assert tocsin(*words).status == 3


def test_a_reader_that_has_seen_enough_causes_no_complaint(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("The bridge is closed, officials said on Friday. " * 2000, encoding="utf-8")
    words = [sys.executable, "-m", "tocsin", "read", "--json", "--plain", *[str(page)] * 20]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 1
