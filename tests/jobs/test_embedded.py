"""Jobs in the SQLite file: done at least once, by one worker, again after a failure, taken over after a death."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.event import listen

from tocsin.errors import Permanent, Temporary
from tocsin.jobs.embedded import LEFT_BEHIND, EmbeddedJobs
from tocsin.jobs.port import Job
from tocsin.store.engine import Store
from tocsin.store.jobs import add_job, claim_job, next_job, put_back
from tocsin.store.migrate import upgrade


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path}/tocsin.sqlite3")
    upgrade(store)
    return store


def now() -> datetime:
    return datetime.now(UTC)


def work_until(
    jobs: EmbeddedJobs, handler: Callable[[Job], None], done: Callable[[], bool], name: str = "read"
) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        working = asyncio.create_task(jobs.work({name: handler}, stop))
        async with asyncio.timeout(10):
            while not done():
                await asyncio.sleep(0.005)
        stop.set()
        await working

    asyncio.run(run())


def test_a_committed_job_is_done_and_a_rolled_back_one_never_was(store: Store) -> None:
    jobs, seen = EmbeddedJobs(store, now), list[str]()
    with pytest.raises(RuntimeError), store.write() as connection:
        jobs.enqueue(connection, "read", "rolled back")
        raise RuntimeError
    with store.write() as connection:
        jobs.enqueue(connection, "read", "low")
        jobs.enqueue(connection, "read", "high", priority=5)
        jobs.enqueue(connection, "other", "not ours", priority=9)
    work_until(jobs, lambda job: seen.append(job.payload), lambda: len(seen) == 2)
    assert seen == ["high", "low"]


def test_of_one_key_at_most_one_waits(store: Store) -> None:
    jobs = EmbeddedJobs(store, now)
    with store.write() as connection:
        for _ in range(3):
            jobs.enqueue(connection, "read", "drain", key="drain")
        claimed = claim_job(connection, ("read",), "w", now(), now() - LEFT_BEHIND)
        assert claimed is not None
        jobs.enqueue(connection, "read", "drain", key="drain")  # the one in hand may have looked already
        assert claim_job(connection, ("read",), "w", now(), now() - LEFT_BEHIND) is not None
        assert claim_job(connection, ("read",), "w", now(), now() - LEFT_BEHIND) is None


def test_a_temporary_failure_is_tried_again_and_a_permanent_one_is_laid_aside(store: Store) -> None:
    jobs, attempts, given = EmbeddedJobs(store, now), list[int](), list[str]()

    def handler(job: Job) -> None:
        if job.payload == "hopeless":
            given.append(job.payload)
            raise Permanent("it is no article")
        attempts.append(job.attempt)
        if job.attempt < 3:
            raise Temporary("the relay is away")

    with store.write() as connection:
        jobs.enqueue(connection, "read", "hopeless")
        jobs.enqueue(connection, "read", "stubborn")
    work_until(jobs, handler, lambda: attempts == [1, 2, 3])
    assert attempts == [1, 2, 3]
    assert given == ["hopeless"]


def test_a_defect_in_a_handler_ends_neither_the_worker_nor_the_job(store: Store) -> None:
    jobs, attempts = EmbeddedJobs(store, now), list[int]()

    def handler(job: Job) -> None:
        attempts.append(job.attempt)
        if job.attempt == 1:
            raise ZeroDivisionError

    with store.write() as connection:
        jobs.enqueue(connection, "read", "x")
    work_until(jobs, handler, lambda: len(attempts) == 2)


def test_a_dead_worker_s_job_is_taken_over_and_a_living_one_s_is_not(store: Store) -> None:
    jobs = EmbeddedJobs(store, now)
    with store.write() as connection:
        jobs.enqueue(connection, "read", "left behind")
        began = now()
        assert claim_job(connection, ("read",), "dead", began, began - LEFT_BEHIND) is not None
        still = began + LEFT_BEHIND - timedelta(seconds=1)
        assert claim_job(connection, ("read",), "heir", still, still - LEFT_BEHIND) is None
        later = began + LEFT_BEHIND + timedelta(seconds=1)
        taken = claim_job(connection, ("read",), "heir", later, later - LEFT_BEHIND)
    assert taken is not None
    assert (taken.attempts, taken.deaths) == (2, 1)


@pytest.mark.parametrize("name", ["read", "send"])
def test_the_next_job_is_found_at_once_whatever_waits(store: Store, name: str) -> None:
    """A newsroom that takes in hundreds of feeds has tens of thousands to read; a sender looks after every commit."""
    later = now() + timedelta(hours=1)

    def steps() -> int:
        """Count how many rows (in hundreds of instructions of SQLite) a claim and a look take."""
        taken = 0
        with store.write() as connection:
            file = connection.connection.driver_connection
            assert isinstance(file, sqlite3.Connection)

            def step() -> None:
                nonlocal taken
                taken += 1

            file.set_progress_handler(step, 100)
            claim_job(connection, (name, "duty"), "worker", now(), now() - LEFT_BEHIND)
            next_job(connection, (name, "duty"), now(), now(), now() - LEFT_BEHIND)
            file.set_progress_handler(None, 0)
        return taken

    with store.write() as connection:
        add_job(connection, "read", "0", key=None, priority=10, run_at=later)
        add_job(connection, "read", "1", key=None, priority=0, run_at=now())
    few = steps()
    with store.write() as connection:
        for number in range(5000):
            add_job(connection, "read", str(number), key=None, priority=0, run_at=now())
    assert steps() <= few + 2


def test_the_most_urgent_job_of_all_names_is_taken_first_then_the_oldest(store: Store) -> None:
    start = now()
    with store.write() as connection:
        for name, payload, priority, age in [
            ("duty", "old", 0, 9), ("read", "older", 0, 10), ("read", "urgent", 10, 1),
            ("duty", "urgent, older", 10, 2), ("read", "later", 20, -60),
        ]:  # fmt: skip
            run_at = start - timedelta(seconds=age)
            add_job(connection, name, payload, key=None, priority=priority, run_at=run_at)
        claims = [claim_job(connection, ("read", "duty"), "w", start, start - LEFT_BEHIND) for _ in range(5)]
    assert [claim and claim.payload for claim in claims] == ["urgent, older", "urgent", "older", "old", None]


def test_only_deaths_in_a_row_count_against_a_job(store: Store) -> None:
    """One that was put back, whatever for, has let its worker live."""
    jobs, at = EmbeddedJobs(store, now), now()
    with store.write() as connection:
        jobs.enqueue(connection, "read", "x", run_at=at)
        for deaths in (0, 1, 2):
            taken = claim_job(connection, ("read",), "w", at, at - LEFT_BEHIND)
            assert taken is not None
            assert taken.deaths == deaths
            at += 2 * LEFT_BEHIND
            if deaths == 2:
                put_back(connection, taken, "w", at, "not now")
        again = claim_job(connection, ("read",), "w", at, at - LEFT_BEHIND)
    assert again is not None
    assert again.deaths == 0


def test_a_job_is_begun_within_milliseconds_of_its_commit(store: Store) -> None:
    jobs, delays = EmbeddedJobs(store, now), list[float]()

    async def run() -> None:
        stop = asyncio.Event()
        handler: Callable[[Job], None] = lambda job: delays.append(now().timestamp() - float(job.payload))  # noqa: E731
        working = asyncio.create_task(jobs.work({"read": handler}, stop))
        for count in range(1, 12):
            with store.write() as connection:
                jobs.enqueue(connection, "read", str(now().timestamp()))
            while len(delays) < count:
                await asyncio.sleep(0.002)
        stop.set()
        await working

    asyncio.run(run())
    assert sorted(delays)[len(delays) // 2] < 0.1


@pytest.mark.parametrize("back", [timedelta(seconds=90), timedelta(hours=2)])
def test_what_was_to_come_in_seconds_does_not_wait_for_a_clock_that_was_set_back(store: Store, back: timedelta) -> None:
    shift, seen = [timedelta()], list[str]()
    jobs = EmbeddedJobs(store, lambda: now() + shift[0])

    def ring(job: Job) -> None:
        seen.append(job.payload)
        with store.write() as connection:
            jobs.enqueue(connection, "ring", str(len(seen)), run_at=jobs.clock() + timedelta(seconds=0.5))
        if len(seen) == 1:
            shift[0] = -back

    with store.write() as connection:
        jobs.enqueue(connection, "ring", "0")
    work_until(jobs, ring, lambda: len(seen) == 2, "ring")
    assert seen == ["0", "1"]


def test_a_clock_that_jumps_ahead_makes_nothing_run_twice(store: Store) -> None:
    shift, seen = [timedelta()], list[str]()
    jobs = EmbeddedJobs(store, lambda: now() + shift[0])
    with store.write() as connection:
        jobs.enqueue(connection, "read", "soon", run_at=now() + timedelta(minutes=5))
        jobs.enqueue(connection, "read", "first")

    def handler(job: Job) -> None:
        seen.append(job.payload)
        shift[0] = timedelta(hours=1)

    work_until(jobs, handler, lambda: len(seen) >= 2)
    assert seen == ["first", "soon"]


def test_whoever_holds_the_file_does_not_hold_the_sockets_of_the_worker_s_loop(store: Store) -> None:
    jobs, seen, gaps = EmbeddedJobs(store, now), list[str](), [0.0]
    with store.write() as connection:
        jobs.enqueue(connection, "read", "waits")

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        with store.write():
            working = asyncio.create_task(jobs.work({"read": lambda job: seen.append(job.payload)}, stop))
            ends = loop.time() + 1.0
            while (began := loop.time()) < ends:
                await asyncio.sleep(0.01)
                gaps.append(loop.time() - began)
        async with asyncio.timeout(10):
            while not seen:
                await asyncio.sleep(0.01)
        stop.set()
        await working

    asyncio.run(run())
    assert max(gaps) < 0.7, "the worker's wait for the file was everybody's"


def test_an_idle_worker_asks_for_no_turn_to_write(store: Store) -> None:
    said: list[str] = []
    listen(store.engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement))

    async def run() -> None:
        stop = asyncio.Event()
        working = asyncio.create_task(EmbeddedJobs(store, now).work({"read": lambda job: None}, stop))
        await asyncio.sleep(2.5)
        stop.set()
        await working

    asyncio.run(run())
    assert [statement for statement in said if statement.startswith("UPDATE")] == []
