"""What every test may use, and what happens to tests whose needs this machine can't meet."""

import os
from pathlib import Path

import pytest

from tests.lacks import NEEDS, data_folder, split

LEFT_OUT = pytest.StashKey[dict[str, int]]()


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of the data sets."""
    return data_folder()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    can, left = split(items)
    if left and os.environ.get("CI") == "true":
        raise pytest.UsageError("CI must run every test, but lacks " + ", ".join(NEEDS[name][0] for name in left))
    config.stash[LEFT_OUT] = {name: len(tests) for name, tests in left.items()}
    config.hook.pytest_deselected(items=[test for tests in left.values() for test in tests])
    items[:] = can


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, count in terminalreporter.config.stash.get(LEFT_OUT, {}).items():
        terminalreporter.write_line(f"left out: {count} tests, for this machine lacks {NEEDS[name][0]}", yellow=True)
