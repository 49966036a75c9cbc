"""What ``tocsin check`` finds of feeds: each asked once, as it is listened to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.fakes.publisher import Publisher, answering
from tests.fakes.site import parts_on
from tocsin.delivery.doctor import Finding, Health
from tocsin.settings import Intake
from tocsin.store.engine import Store
from tocsin.upkeep.sources import examine_feeds


def test_each_feed_is_asked_once_and_who_does_not_answer_is_told(store: Store, tmp_path: Path) -> None:
    async def run(listed: dict[str, str]) -> list[Finding]:
        async with Publisher() as publisher:
            publisher.gives("/rss", b"<rss version='2.0'><channel><item><title>A</title></item></channel></rss>")
            publisher.behaviours["/busy"] = answering(b"", "503 Service Unavailable")
            rows = [f'[[source]]\nname = "{name}"\nurl = "{publisher.url(path)}"\n' for name, path in listed.items()]
            (tmp_path / "sources.toml").write_text("".join(rows))
            intake = Intake(sources=tmp_path / "sources.toml", networks=("127.0.0.0/8",))
            settings = parts_on(store, tmp_path, intake=intake).settings.model_copy(update={"database": store.url})
            found = await asyncio.to_thread(lambda: list(examine_feeds(settings)))
            assert len(publisher.requests) == len(listed)
            return found

    found = asyncio.run(run({"Well": "/rss", "Busy": "/busy", "Gone": "/gone"}))
    busy, gone, all_told = (one.text for one in found)
    assert "Busy" in busy
    assert "asked again by itself" in busy
    assert "Gone" in gone
    assert "correct its url" in gone
    assert all_told == "1 of 3 feeds and channels answer"
    assert [one.health for one in found] == [Health.WARNING, Health.WARNING, Health.GOOD]
    assert asyncio.run(run({"Gone": "/gone"}))[-1].health is Health.BAD
    [nothing] = asyncio.run(run({}))
    assert nothing.health is Health.WARNING
    assert "nothing is listened to" in nothing.text
