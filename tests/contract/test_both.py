"""Every contract test of the store runs on both engines: counted, so that none is left out by oversight."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lacks import ROOT


@pytest.mark.postgres
def test_both_engines_have_the_same_tests() -> None:
    collect = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", str(Path(__file__).parent)]
    listed = subprocess.run(collect, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    names = [line.partition("::")[2] for line in listed if "::" in line]
    on_sqlite = sorted(name.replace("[sqlite", "[") for name in names if "[sqlite" in name)
    on_postgres = sorted(name.replace("[postgres", "[") for name in names if "[postgres" in name)
    assert on_sqlite == on_postgres
    assert len(on_sqlite) > 50
