"""The connections to one relay: letters for all that have room go out in one turn, and each letter gets its answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.fakes.relay import DROP, Relay, running
from tocsin.delivery import transport
from tocsin.delivery.pool import Pool
from tocsin.delivery.wire import Answer, Letter

PLAIN = ("PIPELINING",)
CHUNKED = (*PLAIN, "CHUNKING")
CONNECTIONS = 3


def letters(first: int, count: int) -> list[Letter]:
    keys = range(first, first + count)
    return [Letter(n, "a@example.org", f"r{n}@example.org", (b"Subject: x\r\n\r\nx\r\n",)) for n in keys]


def with_pool(relay: Relay, act: Callable[[Pool, Callable[[int], Awaitable[None]]], Awaitable[None]]) -> Counter[int]:
    """Let ``act`` use a pool, with a way to wait for so many answers; return how many came for each letter."""
    found: Counter[int] = Counter()

    async def run() -> None:
        changed = asyncio.Event()

        def answered(letter: Letter, answer: Answer) -> None:
            found[letter.key] += 1
            changed.set()

        async def until(count: int) -> None:
            while found.total() < count:
                changed.clear()
                await asyncio.wait_for(changed.wait(), 10)

        pool = Pool(transport.Relay("127.0.0.1", relay.port, "none", patience=5.0), CONNECTIONS, answered)
        await act(pool, until)
        pool.close()

    asyncio.run(run())
    return found


@pytest.mark.parametrize("offered", [CHUNKED, PLAIN], ids=["chunking", "pipelining"])
def test_a_turn_is_for_all_connections_that_have_room(offered: tuple[str, ...]) -> None:
    with running(Relay(extensions=offered)) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            await asyncio.gather(*(pool.ready(4) for _ in range(CONNECTIONS)))
            turn = await pool.ready(4)
            assert turn.room == CONNECTIONS * 4
            turn.send(letters(0, turn.room))
            assert [one.room for one in turn.sessions] == [one.window - 4 for one in turn.sessions]
            await until(CONNECTIONS * 4)

        found = with_pool(relay, act)
    assert found == Counter(range(CONNECTIONS * 4))
    assert relay.connections == CONNECTIONS
    assert len(relay.accepted) == len(found)


def test_what_a_lost_connection_had_is_answered_as_lost_and_the_others_go_on() -> None:
    drop = Relay(policy=lambda stage, to: DROP if stage == "end" and to.startswith("r1@") else None)
    with running(drop) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            await asyncio.gather(*(pool.ready(16) for _ in range(CONNECTIONS)))
            turn = await pool.ready(16)
            turn.send(letters(0, turn.room))
            await until(CONNECTIONS * 16)

        found = with_pool(relay, act)
    assert found == Counter(range(CONNECTIONS * 16))
    assert len(relay.accepted) == CONNECTIONS * 16 - 15  # of the sixteen with r1 only the one before it got through
