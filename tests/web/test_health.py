"""What a machine that watches is told: whether an alert would leave now."""

import json
from pathlib import Path

import pytest

from tests.fakes.site import ask, running_site
from tocsin.store.engine import Store
from tocsin.web import health


def test_a_disk_without_room_is_told_before_the_next_alert_needs_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_site(store, tmp_path, lambda parts: (health.router(parts),)) as site:
        assert (ask(site, "GET", "/healthz").status, _told(ask(site, "GET", "/healthz").text)) == (200, "ok")
        monkeypatch.setattr(health, "LEAST_ROOM", 1 << 62)
        assert (ask(site, "GET", "/healthz").status, _told(ask(site, "GET", "/healthz").text)) == (503, "disk full")


def _told(body: str) -> str:
    return str(json.loads(body)["status"])
