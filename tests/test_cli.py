"""The command line as a whole: every command explains itself, and mistakes are told in one line."""

from __future__ import annotations

import os
import resource
import socket
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from tocsin.cli import COMMANDS, _load, main

_HEAVY = ("sqlalchemy", "numpy", "fastapi", "trafilatura", "aiohttp", "lxml", "cryptography")


def _within(words: tuple[str, ...], place: Any) -> Iterator[tuple[tuple[str, ...], Callable[..., object] | None]]:
    """Yield a command, or a group and all that is in it: the words that call it, and what they run."""
    if not isinstance(place, typer.Typer):
        yield words, place
        return
    yield words, None
    for command in place.registered_commands:
        assert command.callback is not None
        yield (*words, command.name or command.callback.__name__), command.callback
    for group in place.registered_groups:
        yield from _within((*words, str(group.name)), group.typer_instance)


_RUN = dict(pair for name, place in COMMANDS.items() for pair in _within((name,), _load(place)))
EVERY = list(_RUN)


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


@pytest.mark.parametrize("words", [words for words, run in _RUN.items() if "```" in (run.__doc__ or "")], ids=" ".join)
def test_examples_stand_on_lines_of_their_own(words: tuple[str, ...], tocsin: Callable[..., Said]) -> None:
    _, examples, _ = str(_RUN[words].__doc__).split("```")
    shown = [line.strip() for line in tocsin(*words, "--help").out.splitlines()]
    for line in examples.strip().splitlines():
        assert line.strip() in shown


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
        (("stop",), "Missing argument"),
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
def test_nothing_to_show_is_status_3(words: tuple[str, ...], tocsin: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").touch()
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


def test_a_file_that_is_missing_is_told_in_a_line(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    said = tocsin("init", "here", "--name", "x", "--admin", "kim", "--password-file", "absent")
    assert (said.status, said.err) == (1, "tocsin: The input can't be read: absent: No such file or directory\n")
    (tmp_path / "word.txt").write_text("word")
    said = tocsin("replay", "word.txt", "--out", "report", "--sources", "absent.toml")
    assert said.status == 1
    assert "absent.toml: there is no such file" in said.err


def test_a_wrong_option_names_the_help_of_its_own_command(tocsin: Callable[..., Said]) -> None:
    said = tocsin("bench", "send", "--bogus")
    assert said.status == 2
    assert "See: tocsin bench send --help" in said.err


def test_a_name_with_a_backslash_makes_settings_that_can_be_read(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse battery staple")
    name = 'The "C:\\temp" Post'
    said = tocsin("init", "here", "--name", name, "--admin", "kim", "--password-file", "password")
    assert (said.status, said.err) == (0, "")
    assert tomllib.loads((tmp_path / "here" / "tocsin.toml").read_text())["newsroom"]["name"] == name


def test_a_site_s_address_that_is_none_writes_nothing(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    said = tocsin("init", "here", "--name", "x", "--admin", "kim", "--base-url", "news.example")
    assert said.status == 2
    assert "is no address of a site" in said.err
    assert not (tmp_path / "here").exists()


def test_whoever_is_asked_in_the_wrong_folder_says_so(
    tocsin: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TOCSIN_DEADMAN_URL", "https://watcher.example/")  # which is no setting
    for words in (
        *(("reader", "a@b.example"), ("consent", "verify"), ("move", "--to", "postgresql://x/y")),
        *(("run",), ("web",), ("newsroom",), ("send",), ("mailroom",)),
    ):
        said = tocsin(*words)
        assert said.status == 2
        assert "there is no tocsin.toml in this folder" in said.err
    assert list(tmp_path.iterdir()) == []


def test_origins_go_on_without_a_file_that_cannot_be_read(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(
        "Three people were killed in Kyiv on Friday, the mayor said, as Reuters reported."
    )
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)) * 8)
    said = tocsin("origins", "absent", "photo.jpg", "one.txt")
    assert said.status == 0
    assert "absent: No such file or directory" in said.err
    assert "photo.jpg: There is no article in it: it is not text" in said.err
    assert "in 1 articles" in said.out
    assert tocsin("origins", "absent").status == 1


def test_a_file_that_is_no_database_is_told(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("folder = '.'")
    (tmp_path / "tocsin.sqlite3").write_bytes(b"This is not a database. " * 400)
    said = tocsin("people", "list")
    assert said.status == 1
    assert "The database is damaged, or the file is none: file is not a database. Restore" in said.err


def test_the_database_is_its_owner_s_only(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("folder = 'var'")
    said = tocsin("people", "list")
    assert said.status == 3
    assert "Nobody may sit at the desk yet" in said.err
    for file in (tmp_path / "var").glob("tocsin.sqlite3*"):
        assert file.stat().st_mode & 0o077 == 0, file


def test_one_relay_is_told_with_the_names_of_its_tables(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("folder = 'var'")
    assert "There is one relay, [mail] in tocsin.toml; several are set as [[relay]]." in tocsin("relays").err


def test_a_replay_says_which_rows_it_could_not_read(tocsin: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('not this\n{"title": "nor this"}\n')
    said = tocsin("replay", "s.jsonl", "--out", "report")
    assert said.status == 1
    assert "2 rows could not be read; line 1: not JSON" in said.err
    assert "line 2: no id" in said.err


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """Give a folder with what a newcomer may name by mistake, and settings."""
    (tmp_path / "empty").touch()
    (tmp_path / "photo").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)) * 8)
    (tmp_path / "folder").mkdir()
    (tmp_path / "tocsin.toml").write_text("folder = 'var'")
    (tmp_path / "s.jsonl").write_text(
        '{"id": "1", "published": "2022-11-11T05:00Z", "source": "x", "title": "A bridge"}\n'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("init", "empty", "--name", "x", "--admin", "k"), 2, "empty is a file; name a folder"),
        (
            ("init", "new", "--name", "x", "--admin", "k", "--password-file", "photo"),
            1,
            "photo: it is not text in UTF-8",
        ),
        (("init", "new", "--name", "x", "--admin", "k", "--password-file", "empty"), 2, "12 to 256 characters"),
        (("people", "add", "kim"), 2, "name a file with --password-file"),
        (("people", "list", "--config", "photo"), 2, "photo: it is not text in UTF-8"),
        (("people", "list", "--config", "folder"), 2, "folder: Is a directory"),
        (("alerts", "list"), 3, "Nothing is held"),
        (("record", "--out", "no/s.jsonl"), 2, "--out no/s.jsonl: its folder is not there"),
        (("record", "--out", "folder"), 2, "--out folder: this is a folder"),
        (("record", "--out", "x", "--since", "yesterday"), 2, "'yesterday' is neither an ISO 8601 time"),
        (("replay", "empty", "--out", "o"), 3, "There is nothing to replay in empty"),
        (("replay", "s.jsonl", "--out", "photo"), 2, "--out photo: this is a file; name a folder"),
        (
            ("replay", "s.jsonl", "--out", "o", "--rules", "absent"),
            1,
            "can't be read: absent: No such file or directory",
        ),
        (("replay", "s.jsonl", "--out", "o", "--sources", "photo"), 2, "photo: it is not text in UTF-8"),
        (("demo", "--once", "--articles", "photo"), 1, "photo: There is no article in it"),
        (("deliveries", "seven"), 2, "'seven' is no whole number. See: tocsin deliveries --help"),
        (("check", "--wait", "-1"), 2, "-1 is too small: 0 is the least."),
        (("dkim", "new", "--kind", "dsa"), 2, "'dsa' is not one of 'rsa', 'ed25519'."),
        (("nonsens",), 2, "No such command 'nonsens'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_newcomer_s_mistake_is_told_in_a_line(
    words: tuple[str, ...], status: int, told: str, tocsin: Callable[..., Said], wrong: Path
) -> None:
    assert wrong
    said = tocsin(*words)
    assert said.status == status
    assert told in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "status", "told"),
    [
        ("folder = 's.jsonl'", 2, "s.jsonl is no folder, so no database can lie in"),
        ("database = 'sqlite:///folder'", 2, "folder is a folder; database names a file"),
        ("database = 'mysql://x'", 2, "database must be sqlite:///FILE or postgresql://"),
        ("database = 'postgresql://127.0.0.1:1/x'", 1, "Connection refused"),
        ("database = 'sqlite:///other.sqlite3'", 1, "are not those that Tocsin left there"),
    ],
)
def test_a_database_that_can_t_be_is_told_in_a_line(
    settings: str, status: int, told: str, tocsin: Callable[..., Said], wrong: Path
) -> None:
    other = sqlite3.connect(wrong / "other.sqlite3")
    other.execute("CREATE TABLE articles (title TEXT)")
    other.close()
    (wrong / "tocsin.toml").write_text(f"{settings}\n")
    said = tocsin("people", "list")
    assert (said.status, said.out) == (status, "")
    assert told in said.err
    assert len(said.err.splitlines()) == 1


def role(folder: Path, name: str) -> Said:
    """Play a role in a process of its own: it sets up logs for all that comes after."""
    words = [sys.executable, "-m", "tocsin", name]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "tocsin.toml").write_text(f"folder = 'var'\n[web]\nport = {port}\n")
        said = role(tmp_path, "web")
    assert said.status == 1
    assert said.err == (
        f"tocsin: The site can't listen at its address: 127.0.0.1, port {port}: Address already in use. "
        "Set host and port under [web] in tocsin.toml\n"
    )


def test_a_key_that_is_missing_ends_the_sender_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("folder = 'var'\n[mail]\ndkim_key_file = 'absent.pem'\n")
    said = role(tmp_path, "send")
    assert said.status == 1
    assert said.err.splitlines()[-1] == "tocsin: absent.pem: No such file or directory"
    assert "Traceback" not in said.err


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_a_disk_that_is_full_leaves_no_half_file_that_would_be_kept(wrong: Path) -> None:
    (wrong / "password").write_text("correct horse battery staple")
    for words, file in (
        (("init", "here", "--name", "x", "--admin", "kim", "--password-file", "password"), "here/tocsin.toml"),
        (("calibrate", "s.jsonl", "--sheet", "long.tsv"), "long.tsv"),
    ):
        (wrong / "s.jsonl").write_text(
            "".join(f'{{"id": "{number}", "source": "x", "title": "A bridge"}}\n' for number in range(50))
        )
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *words],
            cwd=wrong,
            preexec_fn=_limited,
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (1, f"tocsin: {file}: File too large\n")
        assert not (wrong / file).exists()
        assert not list((wrong / file).parent.glob(".*"))


def test_a_terminal_that_knows_ascii_only_is_told_in_ascii(wrong: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    (wrong / "s.jsonl").write_text('{"id": "1", "source": "x", "title": "Міст"}\n')
    for words in (("check", "--config", "folder/absent"), ("read", "--plain", "s.jsonl"), ("--help",)):
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *words],
            cwd=wrong,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr


def test_whoever_starts_a_second_service_is_told_on_the_terminal(wrong: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (wrong / "tocsin.toml").write_text(f"folder = 'var'\n[web]\nport = {taken.getsockname()[1]}\n")
        words = [sys.executable, "-m", "tocsin", "run"]
        with subprocess.Popen(words, cwd=wrong, stderr=subprocess.PIPE, text=True) as service:
            assert service.stderr is not None
            assert service.stderr.readline().startswith("Tocsin runs.")
            told = service.stderr.readline()
            service.terminate()
            service.stderr.read()
    assert "does Tocsin run already?" in told
    assert service.returncode in (0, 143)
