"""Each line of ``docs/security.md`` names a test that exists, or says that it has none."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"^\| (?!Requirement|---)(?P<what>[^|]+) \|[^|]+\| (?P<shown>[^|]+) \|$", re.MULTILINE)
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
LINES = {row["what"]: row["shown"] for row in _ROW.finditer((ROOT / "docs/security.md").read_text())}


@pytest.mark.parametrize("line", LINES)
def test_it_is_shown_by_a_test_that_exists(line: str) -> None:
    named = _NAMED.findall(LINES[line])
    assert named or LINES[line].startswith(("read the code", "–")), "it names no test"
    for file, test in named:
        places = [ROOT / "tests" / file] if "/" in file else list((ROOT / "tests").rglob(file))
        assert any(place.exists() and f"\ndef {test}(" in place.read_text() for place in places), f"{file}::{test}"


def test_the_checklist_covers_its_chapters() -> None:
    chapters = {number for what in LINES for number in re.findall(r"(?:^| )(\d+)\.\d+\.\d+", what)}
    assert {"2", "3", "4", "5", "7"} <= chapters
    assert len(LINES) > 25
