"""Each benchmark says what it measures, and each of its options has a word of help."""

import re
import runpy
from pathlib import Path

import pytest

from tests.lacks import ROOT

BENCHES = sorted(
    file.stem
    for file in Path(ROOT / "bench").glob("*.py")
    if "__main__" in file.read_text() and file.stem != "mailman_deliver"  # which Mailman's own Python runs
)


@pytest.mark.parametrize("name", BENCHES)
def test_it_says_what_it_measures(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", [f"{name}.py", "--help"])
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"bench.{name}", run_name="__main__")
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said.startswith(f"usage: python -m bench.{name}")
    first = (ROOT / "bench" / f"{name}.py").read_text().partition('"""')[2].partition("\n")[0]
    assert first in said
    for option in re.findall(r"^  (?:--)?[a-z].*$", said, re.MULTILINE):
        assert re.fullmatch(r"  \S+( \S+)?  +\S.*", option), f"{option}: what for, and in what unit?"
