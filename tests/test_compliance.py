"""Each rule in docs/compliance.md names a test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = [line for line in (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8").splitlines() if "::" in line]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_line_of_the_tables_names_a_test() -> None:
    text = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| rule")]
    assert len(rows) > 20
    assert [row for row in rows if not _NAMED.search(row)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule[2:32])
def test_the_tests_that_a_line_names_are_there(rule: str) -> None:
    assert [name for file, name in _NAMED.findall(rule) if name not in names_in(file)] == []
