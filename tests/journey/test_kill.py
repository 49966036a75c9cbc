"""Killing the process between any two stages and starting it again delivers the alert once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.publisher import Publisher
from tests.journey.world import STORY, World, until
from tocsin.demo.inbox import Inbox

READERS = 3


@pytest.mark.parametrize(
    ("count", "when"), [(1, "before"), (1, "after"), *((count, "after") for count in range(2, 9)), (5, "before")]
)
def test_a_killed_service_delivers_once(tmp_path: Path, count: int, when: str) -> None:
    asyncio.run(_die_and_rise(tmp_path, count, when))


async def _die_and_rise(folder: Path, count: int, when: str) -> None:
    async with Publisher() as publisher, Inbox(lambda: datetime.now(UTC)) as inbox:
        world = World(folder, publisher, inbox)
        with world.service(count, when) as doomed:
            await until(world.primed, 90, world.log, doomed)
            world.break_story()
            await until(lambda: doomed.poll() is not None, 60, world.log)
        assert doomed.returncode == -9
        with world.service() as risen:
            await until(lambda: len(_readers(world)) == READERS, 90, world.log, risen)
            await asyncio.sleep(1.0)
        _check(world)


def _readers(world: World) -> set[str]:
    return {message.to[0] for message in world.alerts()}


def _check(world: World) -> None:
    """Each reader has the story once; a repeat, of what was in flight at the death, is the same message."""
    ids = {(message.to[0], str(message.message["Message-ID"])) for message in world.alerts()}
    assert len(ids) == READERS
    assert max(Counter(message.to[0] for message in world.alerts()).values()) <= 2
    assert all(STORY[:40] in str(message.message["Subject"]) for message in world.alerts())
    with world.store.read() as connection:
        versions = connection.exec_driver_sql("SELECT count(*) FROM versions").scalar()
        states = connection.exec_driver_sql("SELECT count(*) FROM deliveries").scalar()
    assert (versions, states) == (1, READERS)
