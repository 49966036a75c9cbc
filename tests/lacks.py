"""What this machine lacks for some tests: left out by name on a developer's machine, a failure under ``CI=true``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """Return the folder of the data sets: ``TOCSIN_DATA``, else ``../shared/data`` beside the checkout."""
    return Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data")).resolve()


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, newest version first, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    if found:
        return found[-1].parent
    return None if (initdb := shutil.which("initdb")) is None else Path(initdb).resolve().parent


def chromium() -> str | None:
    """Return the browser's program, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def dovecot() -> str | None:
    """Return the IMAP server's program, or None."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")


NEEDS: dict[str, tuple[str, Callable[[], bool]]] = {
    "data": ("the data sets (set TOCSIN_DATA)", lambda: data_folder().is_dir()),
    "postgres": ("PostgreSQL's server programs (Debian: postgresql)", lambda: postgres_programs() is not None),
    "imap": ("Dovecot (Debian: dovecot-imapd)", lambda: dovecot() is not None),
    "browser": ("Chromium (Debian: chromium)", lambda: chromium() is not None),
}


def split(items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], dict[str, list[pytest.Item]]]:
    """Tell the tests that can run here from those that lack something, by what they lack."""
    lacking = {name for name, (_, there) in NEEDS.items() if not there()}
    can: list[pytest.Item] = []
    left: dict[str, list[pytest.Item]] = {}
    for item in items:
        missing = next((name for name in sorted(lacking) if item.get_closest_marker(name)), None)
        (can if missing is None else left.setdefault(missing, [])).append(item)
    return can, left
