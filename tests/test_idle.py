"""A service with nothing to do sleeps: it is woken by commits, not by looking for them."""

import sys
import time
from pathlib import Path
from subprocess import Popen

import pytest

from tests.killing import children_of

QUIET = 60.0
"""Times a second that a newsroom and a sender may wake, together; they do so 15 times. By looking it was 400 to 600."""


def wakings(pid: int) -> int:
    """Return how often the threads of a process have gone to sleep so far, whatever else the machine does."""
    status = (file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/status"))
    lines = (line for text in status for line in text.splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def per_second(roles: list[int], seconds: float) -> float:
    before, began = sum(map(wakings, roles)), time.monotonic()
    time.sleep(seconds)
    return (sum(map(wakings, roles)) - before) / (time.monotonic() - began)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted by Linux")
def test_roles_without_work_hardly_wake(tmp_path: Path) -> None:
    config = tmp_path / "tocsin.toml"
    config.write_text('folder = "."\n[intake]\nsources = "sources.toml"\n')
    (tmp_path / "sources.toml").write_text("")
    roles = f"['newsroom', 'send'], Path({str(config)!r})"
    code = f"from pathlib import Path; from tocsin.roles.tree import run_tree; run_tree({roles})"
    with Popen([sys.executable, "-c", code], cwd=tmp_path) as tree:
        try:
            until = time.monotonic() + 60
            while len(started := children_of(tree.pid)) < 2:
                assert time.monotonic() < until
                time.sleep(0.1)
            time.sleep(5)
            while (rate := per_second(started, 2)) > QUIET and time.monotonic() < until:
                pass
            assert rate <= QUIET
        finally:
            tree.terminate()
