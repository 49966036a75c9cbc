"""The first command of a new installation, as somebody types it, and as a script runs it without a terminal."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import Type, extract_parameters

from tocsin.settings import load_settings


def tocsin(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a session of its own, so that there is no terminal to ask on."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return subprocess.run(
        [sys.executable, "-m", "tocsin", *arguments],
        cwd=folder,
        env=clean,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """Give the file that holds the admin's password."""
    file = tmp_path / "password"
    file.write_text("correct horse battery staple\n", encoding="utf-8")
    return file


def begin(folder: Path, password: Path) -> subprocess.CompletedProcess[str]:
    named = ("--name", "The Alder Courier", "--admin", "mara")
    return tocsin(folder, "init", "newsroom", *named, "--password-file", str(password))


def test_an_installation_begins_with_secrets_only_its_owner_reads(tmp_path: Path, password: Path) -> None:
    begun = begin(tmp_path, password)
    assert (begun.returncode, begun.stderr) == (0, "")
    assert "mode live" in begun.stdout
    newsroom = tmp_path / "newsroom"
    assert "The Alder Courier" in (newsroom / "tocsin.toml").read_text(encoding="utf-8")
    secret = newsroom / "var" / "push.secret"
    assert secret.stat().st_mode & 0o077 == 0
    people = tocsin(tmp_path, "people", "list", "--config", "newsroom/tocsin.toml")
    assert "mara" in people.stdout
    mode = tocsin(tmp_path, "mode", "--config", "newsroom/tocsin.toml")
    assert "shadow" in mode.stdout
    with closing(sqlite3.connect(newsroom / "var" / "tocsin.sqlite3")) as database:
        (kept,) = database.execute("SELECT password FROM people").fetchone()
    cost = extract_parameters(kept)
    # OWASP's Password Storage Cheat Sheet asks for 19 MiB and two rounds at least.
    assert cost.type is Type.ID
    assert cost.memory_cost >= 19 * 1024
    assert cost.time_cost >= 2


def test_beginning_again_keeps_what_is_there(tmp_path: Path, password: Path) -> None:
    begin(tmp_path, password)
    settings = tmp_path / "newsroom" / "tocsin.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "# ours\n", encoding="utf-8")
    secret = (tmp_path / "newsroom" / "var" / "push.secret").read_bytes()
    again = begin(tmp_path, password)
    assert again.returncode == 2
    assert "tocsin people add" in again.stderr
    assert settings.read_text(encoding="utf-8").endswith("# ours\n")
    assert (tmp_path / "newsroom" / "var" / "push.secret").read_bytes() == secret


def test_without_a_terminal_it_says_what_to_give_instead_and_writes_nothing(tmp_path: Path) -> None:
    nobody = tocsin(tmp_path, "init", "newsroom")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "--password-file" in nobody.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_the_defaults_that_help_tells_hold(tmp_path: Path, password: Path) -> None:
    begun = tocsin(tmp_path, "init", "newsroom", "--password-file", str(password))
    assert (begun.returncode, begun.stderr) == (0, "")
    assert "First admin" not in begun.stdout
    people = tocsin(tmp_path, "people", "list", "--json", "--config", "newsroom/tocsin.toml")
    assert '"name":"admin"' in people.stdout


@pytest.mark.parametrize(
    ("base_url", "port", "told"),
    [
        ("http://127.0.0.1:8123", 8123, "The site will listen on 127.0.0.1, port 8123."),
        (
            "http://desk.example:8123",
            8123,
            "to reach it as http://desk.example:8123, set host under [web], or put a proxy",
        ),
        ("https://news.example", 8000, "port 8000: put the proxy that answers at https://news.example in front of it."),
        ("https://news.example:8443", 8000, "put the proxy that answers at https://news.example:8443 in front"),
        ("http://news.example", 8000, "put the proxy that answers at http://news.example in front"),
    ],
)
def test_the_site_listens_where_its_address_says(
    tmp_path: Path, password: Path, base_url: str, port: int, told: str
) -> None:
    named = ("--name", "x", "--admin", "mara", "--password-file", str(password), "--base-url", base_url)
    said = tocsin(tmp_path, "init", "newsroom", *named)
    assert load_settings(tmp_path / "newsroom" / "tocsin.toml").web.port == port
    assert told in said.stdout


@pytest.mark.parametrize("base_url", ["http://news.example:99999", "http://news.example:0", "http://[::1", "news:8000"])
def test_an_address_that_can_t_be_one_writes_nothing(tmp_path: Path, base_url: str) -> None:
    said = tocsin(tmp_path, "init", "here", "--name", "x", "--admin", "mara", "--base-url", base_url)
    assert said.returncode == 2
    assert "is no address of a site" in said.stderr
    assert not (tmp_path / "here").exists()
