"""Who the audit log says has called a command."""

from __future__ import annotations

import json

import pytest

from tests.commands.conftest import Call


def test_behind_sudo_the_audit_log_names_the_person(tocsin: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "tocsin")
    for name in ("kim", "mara"):
        monkeypatch.setenv("SUDO_USER", name)
        assert tocsin("mode", "live" if name == "kim" else "shadow").status == 0
    monkeypatch.delenv("SUDO_USER")
    assert tocsin("mode", "live").status == 0
    log = map(json.loads, tocsin("audit", "list", "--json").out.splitlines())
    assert [entry["who"] for entry in log] == ["tocsin", "mara", "kim"]


def test_an_account_without_a_name_is_told_by_its_number(tocsin: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SUDO_USER", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    assert tocsin("mode", "live").status == 0
    assert '"who":"user 4000000"' in tocsin("audit", "list", "--json").out
