"""The demo as a person starts it in the background, and ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_the_demo_ends_and_leaves_nothing_behind(told: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", "demo", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    ) as demo:
        try:
            assert demo.stdout is not None
            while "has signed up" not in (line := demo.stdout.readline()):
                assert line, "it ended before its first story"
            demo.send_signal(told)
            assert demo.wait(30) == 128 + told
        finally:
            demo.kill()
    assert not list(tmp_path.glob("tocsin-demo-*"))
