"""The connections to one relay: letters for all that have room go out in one turn, and each letter gets its answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from tests.fakes.relay import DROP, LEAVE, STALL, Relay, running
from tocsin import delivery
from tocsin.delivery import transport
from tocsin.delivery.pool import Pool
from tocsin.delivery.transport import RelayUnavailable
from tocsin.delivery.wire import Answer, Letter

PLAIN = ("PIPELINING",)
CHUNKED = (*PLAIN, "CHUNKING")
CONNECTIONS = 3


def letters(first: int, count: int) -> list[Letter]:
    keys = range(first, first + count)
    return [Letter(n, "a@example.org", f"r{n}@example.org", (b"Subject: x\r\n\r\nx\r\n",)) for n in keys]


def with_pool(
    relay: Relay, act: Callable[[Pool, Callable[[int], Awaitable[None]]], Awaitable[None]], most: int = CONNECTIONS
) -> Counter[int]:
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

        pool = Pool(transport.Relay("127.0.0.1", relay.port, "none", patience=5.0), most, answered)
        await act(pool, until)
        pool.close()

    asyncio.run(run())
    return found


async def all_open(pool: Pool) -> None:
    """Ask for as many connections as there may be, and wait until they are there."""
    while len((await pool.ready(1000)).sessions) < CONNECTIONS:
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("offered", [CHUNKED, PLAIN], ids=["chunking", "pipelining"])
def test_a_turn_is_for_all_connections_that_have_room(offered: tuple[str, ...]) -> None:
    with running(Relay(extensions=offered)) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            await all_open(pool)
            turn = await pool.ready(CONNECTIONS * 4)
            assert turn.room == CONNECTIONS * 4
            turn.send(letters(0, turn.room))
            assert [one.room for one in turn.sessions] == [one.window - 4 for one in turn.sessions]
            await until(CONNECTIONS * 4)

        found = with_pool(relay, act)
    assert found == Counter(range(CONNECTIONS * 4))
    assert relay.connections == CONNECTIONS
    assert len(relay.accepted) == len(found)


def test_a_turn_waits_until_there_is_room_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery.pool, "GATHER_S", 5.0)
    with running(Relay(extensions=PLAIN)) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            await all_open(pool)
            first = 0
            for _ in range(4):
                turn = await pool.ready(1000)
                room = turn.room
                assert room >= CONNECTIONS * 16 // 2, "half of what all hold"
                turn.send(letters(first, room))
                first += room
            await until(first)

        assert set(with_pool(relay, act).values()) == {1}


def test_a_relay_that_takes_its_time_gets_what_it_has_room_for() -> None:
    slow = Relay(policy=lambda stage, to: STALL if stage == "end" and to != "r0@example.org" else None)
    with running(slow) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            await all_open(pool)
            turn = await pool.ready(1000)
            turn.send(letters(0, turn.room))
            await until(1)
            assert (await asyncio.wait_for(pool.ready(16), 2)).room == 1

        with_pool(relay, act)


def a_while(stage: str, recipient: str) -> None:
    """Take a while over each message, whatever the connection, as for the disk."""
    if stage == "end":
        time.sleep(0.004)


@pytest.mark.parametrize(("patience", "connections"), [(0.01, 6), (5.0, 4)], ids=["busy", "quick"])
def test_a_busy_relay_with_chunking_gets_more_connections(
    monkeypatch: pytest.MonkeyPatch, patience: float, connections: int
) -> None:
    """Its disk takes several letters at once, but a connection only one; a quick relay is filled by fewer."""
    monkeypatch.setattr(delivery.pool, "GATHER_S", patience)
    with running(Relay(policy=a_while, extensions=CHUNKED)) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            sent = 0
            while sent < 400:
                turn = await pool.ready(400 - sent)
                room = min(turn.room, 400 - sent)
                turn.send(letters(sent, room))
                sent += room
            await until(400)

        assert with_pool(relay, act, 16) == Counter(range(400))
    assert relay.connections == connections


@pytest.mark.parametrize("most", [1, 4, 16, 64])
def test_however_many_connections_there_are_only_so_many_letters_are_on_their_way(most: int) -> None:
    """A sender that is killed may repeat no more."""
    deaf = Relay(policy=lambda stage, to: STALL if stage == "end" else None, extensions=CHUNKED)
    with running(deaf) as relay:
        sent = 0

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            nonlocal sent
            with suppress(TimeoutError):
                while True:
                    turn = await asyncio.wait_for(pool.ready(1000), 0.5)
                    room = turn.room
                    turn.send(letters(sent, room))
                    sent += room

        with_pool(relay, act, most)
        assert relay.connections <= most
    assert sent == min(16 * most, delivery.pool.IN_FLIGHT)


def test_what_a_lost_connection_had_is_answered_as_lost_and_the_others_go_on() -> None:
    drop = Relay(policy=lambda stage, to: DROP if stage == "end" and to.startswith("r1@") else None)
    with running(drop) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            await all_open(pool)
            turn = await pool.ready(1000)
            turn.send(letters(0, turn.room))
            await until(CONNECTIONS * 16)

        found = with_pool(relay, act)
    assert found == Counter(range(CONNECTIONS * 16))
    assert len(relay.accepted) == CONNECTIONS * 16 - 15  # of the sixteen with r1 only the one before it got through


def from_the_second_on(answer: str) -> Callable[[str, str], str | None]:
    """Return a policy that greets the first connection, and says ``answer`` to each after it."""
    greeted: list[str] = []

    def policy(stage: str, recipient: str) -> str | None:
        if stage == "connect":
            greeted.append(recipient)
        return answer if stage == "connect" and len(greeted) > 1 else None

    return policy


@pytest.mark.parametrize("answer", [STALL, DROP, "421 4.7.0 too many connections"])
def test_a_connection_that_does_not_open_holds_up_no_other(answer: str) -> None:
    """Postfix greets no more clients than it has processes for; others greet after some seconds, to try robots."""
    with running(Relay(from_the_second_on(answer))) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            for first in range(0, 128, 16):
                turn = await asyncio.wait_for(pool.ready(16), 2)
                turn.send(letters(first, 16))
            await until(128)

        found = with_pool(relay, act)
    assert found == Counter(range(128))
    assert len(relay.accepted) == 128
    assert relay.connections <= CONNECTIONS, "one on its way counts too, and one that is refused is not tried again"


def test_what_is_slow_to_open_is_used_by_whoever_comes_later() -> None:
    """Who waited for it has gone elsewhere meanwhile; the connection is there, and no second one is made."""
    with running(Relay(lambda stage, to: STALL if stage == "connect" and relay.connections == 1 else None)) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(pool.ready(1), 0.2)
            turn = await asyncio.wait_for(pool.ready(1), 2)
            turn.send(letters(0, 1))
            await until(1)

        assert with_pool(relay, act) == Counter({0: 1})
    assert relay.connections == 2


def test_a_relay_that_closes_what_it_has_just_opened_is_not_asked_without_end() -> None:
    with running(Relay(lambda stage, to: LEAVE if stage == "ehlo" else None)) as relay:

        async def act(pool: Pool, until: Callable[[int], Awaitable[None]]) -> None:
            for number in range(10):
                try:
                    turn = await asyncio.wait_for(pool.ready(1), 2)
                except RelayUnavailable:
                    continue
                turn.send(letters(number, 1))

        with_pool(relay, act)
    assert relay.connections <= 10
    assert relay.accepted == []
