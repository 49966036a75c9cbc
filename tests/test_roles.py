"""The process tree of ``tocsin run``."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.fakes.site import parts_on
from tests.killing import children_of
from tocsin.roles.play import play
from tocsin.roles.tree import pause_s, processes_of
from tocsin.settings import Mail, Returned, Settings
from tocsin.store.engine import Store, StoreBusy
from tocsin.wiring import Parts


def test_a_machine_has_a_sender_for_each_core_unless_told_otherwise() -> None:
    cores = os.cpu_count() or 1
    assert processes_of(Settings()) == ("web", "newsroom", *["send"] * cores)
    assert processes_of(Settings(mail=Mail(senders=3))) == ("web", "newsroom", "send", "send", "send")


def test_the_mailroom_runs_where_mail_comes_in(tmp_path: Path) -> None:
    one = Mail(senders=1)
    ways = Returned(lmtp="127.0.0.1:2424"), Returned(smtp="127.0.0.1:2525"), Returned(maildir=tmp_path)
    for way in ways:
        assert processes_of(Settings(mail=one, returned=way)) == ("web", "newsroom", "mailroom", "send")
    by_hook = Returned(ses_topics=("arn:aws:sns:eu-west-1:1:bounces",))
    assert processes_of(Settings(mail=one, returned=by_hook)) == ("web", "newsroom", "send")


def test_a_role_that_dies_all_night_is_started_again_every_half_minute() -> None:
    assert [pause_s(deaths) for deaths in (1, 2, 3)] == [0.4, 0.8, 1.6]
    assert pause_s(5000) == 30.0


def test_roles_end_when_the_root_of_their_tree_is_killed(tmp_path: Path) -> None:
    config = tmp_path / "tocsin.toml"
    config.write_text('folder = "."\n')
    root = [
        sys.executable,
        "-c",
        f"from pathlib import Path; from tocsin.roles.tree import run_tree; run_tree(['send'], Path({str(config)!r}))",
    ]
    with subprocess.Popen(root, cwd=tmp_path) as tree:
        while not (roles := children_of(tree.pid)):
            time.sleep(0.05)
        tree.kill()
    until = time.monotonic() + 120
    while any(_runs(role) for role in roles):
        assert time.monotonic() < until, "it still holds its port, and a sender's place"
        time.sleep(0.05)


@pytest.mark.parametrize(("told", "times"), [(False, 2), (True, 1)])
def test_a_role_begins_anew_when_its_database_is_back_unless_it_is_told_to_end(
    sqlite_store: Store, tmp_path: Path, told: bool, times: int
) -> None:
    played = []

    async def role(parts: Parts, stop: asyncio.Event) -> None:
        played.append(stop)
        if len(played) == 1:
            if told:
                os.kill(os.getpid(), signal.SIGTERM)
                await stop.wait()
            raise StoreBusy("somebody writes")

    with capture_logs() as logs:
        play(role, parts_on(sqlite_store, tmp_path))
    assert len(played) == times
    assert [one["event"] for one in logs] == ["store.away", "store.back"][:times]


def _runs(process: int) -> bool:
    try:
        return "Z (zombie)" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
